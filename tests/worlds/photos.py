"""A case with a photo that has a history."""

from __future__ import annotations

from pathlib import Path

from defenderdesk.vault import Edit, Vault

CONTENT = b"a photograph of the gate" * 1000


def with_photo(vault: Vault, folder: Path, content: bytes = CONTENT) -> tuple[str, str]:
    """A case and an attachment of it."""
    case, photo = vault.new_id(), vault.new_id()
    vault.save([Edit(case, "kind", "case"), Edit(case, "title", "Nora")])
    (folder / "photo.jpg").write_bytes(content)
    vault.attach(case, folder / "photo.jpg", attachment=photo)
    return case, photo
