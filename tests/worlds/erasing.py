"""The pages of a vault in which nothing erased may be found."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from defenderdesk.interchange.json import exchange_json
from defenderdesk.vault import Edit, Vault
from tests.conftest import Pair
from tests.worlds.records import new_case

CANARY = "Xanthippe Kwabena"


def pages(vault: Vault) -> bytes:
    """Everything that the database's files hold, decrypted page by page, free ones as well
    (SQLCipher 4: AES-256-CBC, 80 bytes reserved at the end of each page, IV first)."""
    [salt] = vault.store.writer.execute("PRAGMA cipher_salt").fetchone()
    key = vault.store.data_key
    out = []
    for name in ("vault.db", "vault.db-wal"):
        path = vault.profile / name
        data = path.read_bytes() if path.exists() else b""
        at, step = (0, 4096) if name == "vault.db" else (32 + 24, 4096 + 24)
        while at + 4096 <= len(data):
            page = data[at : at + 4096]
            start = 16 if page.startswith(bytes.fromhex(salt)) else 0
            iv = page[4096 - 80 : 4096 - 64]
            cipher = Cipher(algorithms.AES(key), modes.CBC(iv)).decryptor()
            out.append(cipher.update(page[start : 4096 - 80]))
            at += step
    return b"".join(out)


def everywhere(vault: Vault) -> list[str]:
    """Where the canary is still found."""
    found = []
    data = pages(vault)
    assert b"CREATE TABLE" in data, "the pages are read rightly"
    for form in (CANARY.encode(), CANARY.casefold().encode(), b"xanthipp"):
        if form in data:
            found.append(f"pages: {form!r}")
    if vault.search("Xanthippe"):
        found.append("search")
    if CANARY in exchange_json.dump_text(vault):
        found.append("dump")
    return found


@pytest.fixture
def case(pair: Pair) -> str:
    """A case with the canary in several values over time, and an attachment; everybody has it."""
    case = new_case(pair.office, "Case")
    pair.office.save([Edit(case, "summary", f"{CANARY} was threatened")])
    pair.office.save([Edit(case, "summary", f"{CANARY} was arrested")])
    pair.office.save([Edit(case, "tags", CANARY, "add"), Edit(case, "status", "open")])
    path = pair.folder / "statement.txt"
    path.write_text(f"I, {CANARY}, state")
    pair.office.attach(case, path)
    pair.carry(pair.office, pair.laptop)
    pair.carry(pair.laptop, pair.office)
    return case
