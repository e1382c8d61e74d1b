"""A case of a few fields, for whatever needs one."""

from __future__ import annotations

from defenderdesk.vault import Edit, Vault


def new_case(vault: Vault, title: str, **fields: object) -> str:
    case = vault.new_id()
    vault.save(
        [Edit(case, "kind", "case"), Edit(case, "title", title)]
        + [Edit(case, name, value) for name, value in fields.items()]  # type: ignore[arg-type]
    )
    return case
