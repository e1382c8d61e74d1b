"""Records of every kind, made in one line."""

from __future__ import annotations

from defenderdesk.vault import Edit, Vault


def make(vault: Vault, kind: str, **fields: object) -> str:
    record = vault.new_id()
    edits = [Edit(record, "kind", kind)]
    for name, value in fields.items():
        if isinstance(value, list):
            edits += [Edit(record, name, one, "add") for one in value]
        else:
            edits.append(Edit(record, name, value))  # type: ignore[arg-type]
    vault.save(edits)
    return record
