"""The practice workspace: invented cases in uninhabited territories, to try everything on.

The cases come from a file; what has days to come (a hearing, a reply, a review, a visit) is added
around the day on which the workspace is made, so that there is something to do in it.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from defenderdesk import resources
from defenderdesk.domain.kinds import KIND
from defenderdesk.domain.values import Value
from defenderdesk.errors import NotFoundError
from defenderdesk.interchange.json import exchange_json, public_cases
from defenderdesk.vault import Edit, Vault

_ARREST, _THREATS, _RAID = "PRACTICE-01", "PRACTICE-02", "PRACTICE-03"


def fill(vault: Vault, today: date | None = None) -> None:
    """Puts the practice cases into a founded workspace; twice makes nothing twice."""
    exchange_json.load(vault, resources.shipped("samples", "practice_cases.json"))
    _Work(vault, today or date.today()).write()


class _Work:
    """The work on the practice cases. Ids are made from what each record is, so that a second
    writing finds the first."""

    def __init__(self, vault: Vault, today: date) -> None:
        self.vault, self.today = vault, today
        self.edits: list[Edit] = []

    def day(self, away: int) -> str:
        return (self.today + timedelta(days=away)).isoformat()

    def add(self, mark: str, kind: str, /, **fields: Any) -> str:
        record = public_cases.record_id(kind, "practice", mark)
        try:
            self.vault.get(record)
        except NotFoundError:
            self.edits.append(Edit(record, KIND, kind))
            for name, value in fields.items():
                many: list[Value] = value if isinstance(value, list) else []
                self.edits += [Edit(record, name, one, "add") for one in many]
                if not isinstance(value, list):
                    self.edits.append(Edit(record, name, value))
        return record

    def write(self) -> None:
        """All of it, as one change set."""
        self._judicial(self.vault.resolve(_ARREST))
        self._threatened(self.vault.resolve(_THREATS))
        self._visit(self.vault.resolve(_RAID))
        if self.edits:
            self.vault.save(self.edits)

    def _judicial(self, case: str) -> None:
        [who, *_] = [r.id for r in self.vault.children(case, "involvement")]
        person = self.add(
            "ilse",
            "person",
            name="Ilse Bergström",
            gender="f",
            country="BV",
            profiles=["land_rights"],
            contact="Through her lawyer only",
        )
        aid = self.add("aid", "organisation", name="Southern Legal Aid", acronym="SLA", country="BV")
        self.edits.append(Edit(who, "person", person))
        trial = self.add(
            "trial",
            "proceeding",
            case=case,
            title="State v. Bergström",
            against=[who],
            proceeding_type="criminal",
            stage="trial_set",
            court="Court of Port Nyrøysa",
            judge="Judge Halvorsen",
            accuser="Public prosecutor",
            detention="bail",
            date=self.day(-200),
        )
        self.add(
            "charge",
            "charge",
            case=case,
            proceeding=trial,
            against=who,
            law="Penal Code",
            article="art. 212 (incitement)",
            status="brought",
        )
        self.add(
            "hearing",
            "hearing",
            case=case,
            proceeding=trial,
            date=self.day(6),
            time="09:30",
            purpose="First day of the trial",
            status="set",
            court="Court of Port Nyrøysa",
            observers="One observer asked for",
        )
        self.add(
            "consent",
            "consent",
            case=case,
            person=who,
            answer="yes",
            date=self.day(-180),
            uses=["mechanism_confidential", "name_to_state"],
            until=self.day(25),
            how="By voice, in her own language",
        )
        self.add(
            "letter",
            "submission",
            case=case,
            mechanism="un_sr_hrd",
            stage="sent",
            document="urgent_appeal",
            for_whom=[who],
            sent=self.day(-70),
            letter=self.day(-65),
            language="en",
            urgency="The trial begins within weeks.",
        )
        self.add(
            "draft",
            "submission",
            case=case,
            mechanism="observatory_ua",
            stage="draft",
            document="alert",
            for_whom=[who],
        )
        self.add(
            "observe",
            "task",
            case=case,
            title="Confirm the trial observer",
            status="open",
            due=self.day(2),
            task_type="prepare",
        )
        self.add(
            "lawyer",
            "measure",
            case=case,
            measure_type="legal_support",
            status="in_force",
            for_whom=[who],
            organisation=aid,
            date=self.day(-150),
            review=self.day(10),
        )

    def _threatened(self, case: str) -> None:
        [who, *_] = [r.id for r in self.vault.children(case, "involvement")]
        risk = self.add(
            "risk",
            "assessment",
            case=case,
            for_whom=[who],
            date=self.day(-40),
            level="high",
            review=self.day(-1),
            checked=True,
            reasons="Calls became more precise after the second article; he lives alone.",
            wishes="To write on from another town.",
        )
        self.add(
            "calls",
            "factor",
            case=case,
            assessment=risk,
            component="threat",
            what="Calls at night that name his street",
            date=self.day(-45),
        )
        self.add(
            "alone",
            "factor",
            case=case,
            assessment=risk,
            component="vulnerability",
            what="Lives alone, on the ground floor",
        )
        self.add(
            "editor",
            "factor",
            case=case,
            assessment=risk,
            component="capacity",
            what="An editor who answers day and night",
        )
        self.add(
            "plan",
            "plan",
            case=case,
            title="Mateo Lund",
            person=who,
            call="1. His editor, day and night\n2. The desk officer\n3. His sister",
            agreed="If he misses two check-ins, the editor goes to his flat with a witness.",
            not_to_do="Do not call the police before the editor has been there.",
            proof_words="What did we eat on the day we met? — Soup",
            agreed_on=self.day(-40),
            review=self.day(20),
        )

    def _visit(self, case: str) -> None:
        visit = self.add(
            "visit",
            "visit",
            title="Visit to the southern islands (fictional)",
            country="AQ",
            status="planned",
            date=self.day(40),
            date_end=self.day(46),
            members=["Two experts"],
            aims="Meet the women’s centre; raise the seized registers.",
        )
        self.add(
            "raised",
            "raised",
            visit=visit,
            about=case,
            consent=True,
            what="Return of the registers",
            with_whom="Minister of Justice",
        )
        self.add(
            "meeting",
            "meeting",
            visit=visit,
            with_whom="South Ice Women’s Centre",
            meeting_type="organisation",
            date=self.day(41),
            time="10:00",
            consent=True,
            risk_checked=True,
            status="planned",
            place="Told by voice",
        )
        self.add(
            "promise",
            "obligation",
            case=case,
            text="The registers are to be returned",
            owed_by="Ministry of Justice",
            status="not_started",
            review=self.day(30),
        )
