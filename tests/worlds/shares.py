"""A case that is shared with a partner."""

from __future__ import annotations

from defenderdesk.interchange.shares import exporting, importing, received
from defenderdesk.vault import Vault
from tests.worlds.edits import make


def partner(us: Vault, them: Vault, name: str = "Beta") -> str:
    return make(us, "organisation", name=name, recipient=str(them.store.require_identity().recipient))


def a_case(vault: Vault) -> str:
    case = make(vault, "case", title="Nora", country="UG", summary="What happened")
    nora = make(vault, "involvement", case=case, name="Nora Ali", note="inner note")
    event = make(vault, "event", case=case, date="2026-01-02", description="Taken", place="K")
    make(vault, "act", case=case, event=event, victim=nora, act_type="arbitrary_arrest")
    make(vault, "plan", case=case, title="PLAN", call="SECRET")
    make(vault, "source", case=case, name="SOURCE", contact="SECRET")
    make(vault, "note", case=case, text="NOTE")
    return case


def send(us: Vault, them: Vault, case: str, path, **more) -> received.Received:
    chosen = more.pop("chosen", None) or exporting.at_first(us.views.casefile(case))
    exporting.share(us, case, more.pop("to", None) or partner(us, them), chosen, path, **more)
    return importing.open_share(them, path)
