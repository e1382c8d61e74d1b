"""A case as the field has it: people, a trial, submissions, protection, a visit; all relative to
today. Made once for all tests, each of which gets a copy: deriving a key costs most of a second."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from defenderdesk.domain.values import Value
from defenderdesk.ui.work.session import new_record
from defenderdesk.vault import Vault
from defenderdesk.vault.keys import slots
from tests.ui.world import PASSPHRASE, new_vault


def day(distance: int) -> str:
    """The ISO date so many days from today."""
    return (date.today() + timedelta(days=distance)).isoformat()


def add(vault: Vault, kind: str, **fields: Value) -> str:
    """A record, saved; its id."""
    record, edits = new_record(vault, kind, fields)
    vault.save(edits, vault.info().desks[0].id if kind == "case" else None)
    return record


@dataclass(frozen=True)
class Field:
    """The ids of what `field_case` made."""

    case: str
    person: str
    inv: str
    event: str
    proceeding: str
    hearing: str
    sent: str
    draft: str
    late_task: str
    today_task: str
    plan: str
    visit: str


def field_case(vault: Vault) -> Field:
    """One case of a defender before a court in Uganda, and what was done for her."""
    case = add(
        vault,
        "case",
        title="Grace Nakato: arrest",
        country="UG",
        status="urgent",
        priority="high",
        reference="UG-1",
        summary="Arrested after a protest.",
    )
    person = add(vault, "person", name="Grace Nakato", gender="f", country="UG")
    inv = add(vault, "involvement", case=case, name="Grace Nakato", part="defender", person=person)
    event = add(
        vault,
        "event",
        case=case,
        date=day(-60),
        place="Kampala",
        acts=["arbitrary_arrest"],
        description="Taken from her office.",
        perpetrators=["police"],
    )
    proceeding = add(
        vault,
        "proceeding",
        case=case,
        title="State v. Nakato",
        court="Buganda Road Court",
        judge="Hon. Kayizzi",
        against=[inv],
    )
    hearing = add(
        vault,
        "hearing",
        case=case,
        proceeding=proceeding,
        date=day(3),
        purpose="Plea",
        court="Buganda Road Court",
        status="set",
    )
    sent = add(
        vault,
        "submission",
        case=case,
        mechanism="un_sr_hrd",
        stage="sent",
        sent=day(-63),
        document="urgent_appeal",
        for_whom=[inv],
    )
    draft = add(vault, "submission", case=case, mechanism="eu_guidelines", stage="draft", for_whom=[inv])
    late = add(vault, "task", case=case, title="Translate the charges", due=day(-2), status="open")
    now = add(vault, "task", case=case, title="Call the family", due=day(0), status="open")
    plan = add(
        vault,
        "plan",
        case=case,
        title="Grace Nakato",
        person=inv,
        call="1. Her sister\n2. The lawyer",
        agreed="Two missed calls: the lawyer goes.",
        not_to_do="Do not call her parents.",
        agreed_on=day(-30),
        review=day(60),
    )
    visit = add(
        vault,
        "visit",
        title="Mission to Uganda",
        country="UG",
        status="planned",
        date=day(20),
        date_end=day(25),
    )
    return Field(case, person, inv, event, proceeding, hearing, sent, draft, late, now, plan, visit)


@cache
def _prepared() -> tuple[tempfile.TemporaryDirectory[str], bytes, Field]:
    folder = tempfile.TemporaryDirectory(prefix="defenderdesk-field-")
    profile = Path(folder.name) / "profile"
    vault, _ = new_vault(profile)
    made = field_case(vault)
    vault.close()
    return folder, slots.unlock(profile, PASSPHRASE), made


def open_copy(profile: Path) -> tuple[Vault, Field]:
    """A vault of its own that holds the case."""
    folder, key, made = _prepared()
    shutil.copytree(Path(folder.name) / "profile", profile)
    return Vault._open(profile, 0, lambda: key), made
