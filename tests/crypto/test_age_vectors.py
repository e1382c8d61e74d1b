"""Every vector of the CCTV age test kit (npm `cctv-age`), by name and expected outcome.

The names are pinned here, so that a vector that vanishes or changes its mind fails a test.
"""

from __future__ import annotations

import hashlib
import io
import zlib
from dataclasses import dataclass
from pathlib import Path

import pytest

from defenderdesk.crypto.age import (
    Identity,
    Opener,
    RandomOpener,
    ScryptIdentity,
    parse_identity,
)
from defenderdesk.crypto.age.feed import Feed
from defenderdesk.crypto.age.header import encode_header, read_header
from defenderdesk.errors import DamagedError, LimitError, NotForUsError

EXPECTED = {
    "success": """
        armor_crlf armor_full_last_line armor_hybrid armor_no_eol armor_scrypt
        armor_whitespace_outside armor_x25519 hybrid hybrid_and_x25519 hybrid_grease
        hybrid_multiple_recipients scrypt stanza_empty_body stanza_empty_last_line
        stanza_valid_characters stream_257_chunks stream_257_chunks_full stream_258_chunks
        stream_empty_payload stream_last_chunk_full stream_last_chunk_full_second
        stream_three_chunks stream_two_chunks x25519 x25519_grease
        x25519_multiple_recipients
    """,
    "no match": """
        armor_no_match hybrid_bad_tag hybrid_currupted_enc_mlkem hybrid_currupted_enc_x25519
        hybrid_no_match hybrid_uppercase scrypt_bad_tag scrypt_no_match scrypt_uppercase
        scrypt_work_factor_wrong x25519_bad_tag x25519_lowercase x25519_no_match
    """,
    "HMAC failure": """
        hmac_bad
    """,
    "header failure": """
        armor_empty armor_header_crlf empty header_crlf hmac_extra_space hmac_garbage
        hmac_missing hmac_no_space hmac_not_canonical hmac_trailing_space hmac_truncated
        hybrid_extra_argument hybrid_identity hybrid_long_file_key hybrid_long_share
        hybrid_low_order hybrid_not_canonical_body hybrid_not_canonical_enc
        hybrid_short_share hybrid_x25519_arg scrypt_and_x25519 scrypt_double
        scrypt_extra_argument scrypt_long_file_key scrypt_not_canonical_body
        scrypt_not_canonical_salt scrypt_salt_long scrypt_salt_missing scrypt_salt_short
        scrypt_work_factor_23 scrypt_work_factor_hex scrypt_work_factor_leading_garbage
        scrypt_work_factor_leading_plus scrypt_work_factor_leading_zero_decimal
        scrypt_work_factor_leading_zero_octal scrypt_work_factor_missing
        scrypt_work_factor_negative scrypt_work_factor_overflow
        scrypt_work_factor_trailing_garbage scrypt_work_factor_zero stanza_bad_start
        stanza_base64_padding stanza_empty_argument stanza_invalid_character
        stanza_long_line stanza_missing_body stanza_missing_final_line
        stanza_multiple_short_lines stanza_no_arguments stanza_not_canonical
        stanza_spurious_cr stream_no_nonce stream_short_nonce version_unsupported
        x25519_extra_argument x25519_identity x25519_long_file_key x25519_long_share
        x25519_low_order x25519_not_canonical_body x25519_not_canonical_share
        x25519_short_share
    """,
    "payload failure": """
        armor_garbage_encoded stream_bad_tag stream_bad_tag_second_chunk
        stream_bad_tag_second_chunk_full stream_last_chunk_empty stream_missing_tag
        stream_no_chunks stream_no_final stream_no_final_full stream_no_final_two_chunks
        stream_no_final_two_chunks_full stream_short_chunk stream_short_second_chunk
        stream_trailing_garbage_long stream_trailing_garbage_short stream_two_final_chunks
        stream_two_final_chunks_full stream_two_final_chunks_second
        stream_two_final_chunks_short
    """,
    "armor failure": """
        armor_empty_last_line armor_empty_line_begin armor_empty_line_end
        armor_eol_between_padding armor_garbage_leading armor_garbage_trailing armor_headers
        armor_invalid_character_header armor_invalid_character_payload armor_long_line
        armor_lowercase armor_no_end_line armor_no_padding armor_not_canonical
        armor_pgp_checksum armor_short_line armor_whitespace_begin armor_whitespace_end
        armor_whitespace_eol armor_whitespace_last_line armor_whitespace_line_start
        armor_wrong_type
    """,
}
OUTCOMES = {name: outcome for outcome, names in EXPECTED.items() for name in names.split()}


@dataclass
class Vector:
    facts: dict[str, str]
    identities: list[Identity]
    body: bytes


def load(npm: Path, name: str) -> Vector:
    head, body = (npm / "vectors" / name).read_bytes().split(b"\n\n", 1)
    identities: list[Identity] = []
    facts: dict[str, str] = {}
    for line in head.decode().splitlines():
        key, value = line.split(": ", 1)
        if key == "identity":
            identities.append(parse_identity(value))
        elif key == "passphrase":
            identities.append(ScryptIdentity(value))
        else:
            facts[key] = value
    assert set(facts) <= {"expect", "payload", "file key", "armored", "compressed", "comment"}
    return Vector(facts, identities, zlib.decompress(body) if "compressed" in facts else body)


def read_at_random(vector: Vector) -> bytes:
    opener = RandomOpener(io.BytesIO(vector.body), vector.identities)
    return opener.read_at(0, opener.size)


def test_all_vectors_are_here(npm: Path) -> None:
    assert len(OUTCOMES) == 143
    assert sorted(path.name for path in (npm / "vectors").iterdir()) == sorted(OUTCOMES)


@pytest.mark.parametrize("name", sorted(OUTCOMES))
def test_vector(npm: Path, name: str) -> None:
    vector = load(npm, name)
    outcome = OUTCOMES[name]
    assert vector.facts["expect"] == outcome
    released = hashlib.sha256()

    def drain(opener: Opener) -> None:
        for chunk in opener.chunks():
            released.update(chunk)

    def run() -> None:
        drain(Opener(io.BytesIO(vector.body), vector.identities))

    if outcome == "success":
        run()
        assert released.hexdigest() == vector.facts["payload"]
        if "armored" not in vector.facts:
            assert hashlib.sha256(read_at_random(vector)).digest() == released.digest()
            feed = Feed(io.BytesIO(vector.body))
            header = encode_header(read_header(feed).stanzas, bytes.fromhex(vector.facts["file key"]))
            assert vector.body.startswith(header)
            assert feed.taken == len(header)
    elif outcome == "no match":
        with pytest.raises(NotForUsError):
            run()
    elif outcome == "payload failure":
        opener = Opener(io.BytesIO(vector.body), vector.identities)
        with pytest.raises(DamagedError):
            drain(opener)
        with pytest.raises(DamagedError):
            opener.read(1)
        assert released.hexdigest() == vector.facts["payload"]
        with pytest.raises(DamagedError):
            read_at_random(vector)
    elif outcome == "armor failure":
        with pytest.raises(DamagedError):
            run()
    else:
        with pytest.raises(DamagedError, match="seal of its header" if "HMAC" in outcome else "."):
            Opener(io.BytesIO(vector.body), vector.identities)


def test_a_costly_passphrase_is_named_as_such(npm: Path) -> None:
    vector = load(npm, "scrypt_work_factor_23")
    with pytest.raises(LimitError):
        Opener(io.BytesIO(vector.body), vector.identities)
