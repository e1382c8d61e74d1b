"""Worlds for the tests of the screens: a vault with the public sample cases, or with many."""

from __future__ import annotations

import json
from pathlib import Path

from PySide6.QtWidgets import QLabel, QWidget

from defenderdesk import resources
from defenderdesk.ui.shell.app import Window
from defenderdesk.ui.work.session import new_record
from defenderdesk.vault import Edit, Vault
from tests import blank

PASSPHRASE = "quiet lantern folds the map"


def new_vault(profile: Path, workspace: str = "Maison des défenseurs") -> tuple[Vault, str]:
    vault, code = blank.vault_in(profile, PASSPHRASE)
    if workspace:
        vault.found(workspace, "Amina Diallo", "Great Lakes")
    return vault, code


KEPT: list[QWidget] = []
"""Windows of the test that runs. They have no parent, so the last who lets one go destroys it; if
that is a button of its own that Qt takes apart, both are destroyed twice, and it crashes."""


def stands(window: Window) -> bool:
    """Whether the main screen of an unlocked window is there for keys: Qt shows a new central
    widget only with the next turn of the event loop, and a key that comes before it is lost."""
    return window.view is not None and window.view.isVisible()


def words_of(widget: QWidget) -> str:
    """Every visible label of a widget, one after the other."""
    return " ".join(one.text() for one in widget.findChildren(QLabel) if one.isVisible())


def fill_samples(vault: Vault, most: int = 100) -> list[str]:
    """The public sample cases; the ids of the cases."""
    path = resources.path("samples", "public_cases.json")
    cases = json.loads(path.read_text(encoding="utf-8"))["cases"]
    desk = vault.info().desks[0].id
    made = []
    for i, sample in enumerate(cases[:most]):
        fields = {
            "title": sample["title"],
            "reference": sample["id"],
            "country": sample["country"],
            "status": ("open", "urgent", "open", "closed")[i % 4],
            "priority": ("high", "medium", "low")[i % 3],
            "summary": sample.get("summary") or sample["incidents"][0]["description"],
            "profiles": sample.get("profile_ids") or [],
            "context": sample.get("risk_indicator_ids") or [],
        }
        case, edits = new_record(vault, "case", fields)
        for victim in sample["victims"]:
            edits += new_record(
                vault,
                "involvement",
                {
                    "case": case,
                    "name": victim["name"],
                    "part": "defender",
                    "role": victim.get("role"),
                    "organisation": victim.get("organisation"),
                    "gender": victim.get("gender"),
                },
            )[1]
        for incident in sample["incidents"]:
            edits += new_record(
                vault,
                "event",
                {
                    "case": case,
                    "date": incident["date"],
                    "date_end": incident.get("date_end"),
                    "place": incident.get("place"),
                    "acts": incident.get("violation_ids") or [],
                    "description": incident["description"],
                    "perpetrators": incident.get("alleged_perpetrators") or [],
                },
            )[1]
        for document in sample["documents"]:
            edits += new_record(
                vault,
                "intervention",
                {
                    "case": case,
                    "mechanism": document["mechanism_id"],
                    "date": document["date"],
                    "document_kind": document["kind"],
                    "url": document["url"],
                    "language": document["language"],
                },
            )[1]
            edits += new_record(
                vault,
                "source",
                {
                    "case": case,
                    "name": document["url"].split("/")[2],
                    "source_type": "document",
                    "reliability": "confirmed",
                },
            )[1]
        vault.save(edits, desk)
        made.append(case)
    return made


def fill_many(vault: Vault, count: int) -> None:
    """`count` small cases, in change sets of a thousand."""
    desk = vault.info().desks[0].id
    countries = ("CD", "BI", "RW", "UG", "KE")
    for start in range(0, count, 1000):
        edits = []
        for i in range(start, min(start + 1000, count)):
            edits += new_record(
                vault,
                "case",
                {
                    "title": f"Case number {i:06}",
                    "country": countries[i % 5],
                    "status": ("open", "closed")[i % 2],
                    "priority": ("high", "low")[i % 2],
                },
            )[1]
        vault.save(edits, desk)


def colleague(office: Vault, folder: Path) -> Vault:
    """A second laptop in the workspace of `office`, with everything the office has."""
    from defenderdesk.sync.bundles import receiving
    from defenderdesk.sync.enrolment import approval, invitation, join_request

    field, _ = Vault.create(folder / "field", PASSPHRASE, unlock_seconds=0.01)
    invitation.invite(office, folder / "a.ddinvite")
    join_request.join(field, folder / "a.ddinvite", "Béatrice Kaya", folder / "a.ddjoin")
    approval.approve(office, folder / "a.ddjoin", folder / "first.ddbundle")
    receiving.receive(field, folder / "first.ddbundle")
    return field


def quarrel(office: Vault, field: Vault, folder: Path, record: str, name: str) -> None:
    """Both change one field of a record at the same time; the office receives the other's."""
    from defenderdesk.sync.bundles import exporting, receiving

    office.save([Edit(record, name, "As the office has it")])
    field.save([Edit(record, name, "As it was in the field")])
    out = folder / "stick"
    out.mkdir(exist_ok=True)
    exporting.export(field, out)
    receiving.receive(office, out)
