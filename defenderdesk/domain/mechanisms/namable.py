"""Persons who may be named in a submission, and everybody else in the case by whatever names them.

Named is who agreed to the uses that the mechanism asks for, and who is said to have done it.
Everybody else is hidden: other victims, relatives, witnesses, lawyers, and sources that nobody
ticked. Records that are one person (a link, an equal name) are one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache

from defenderdesk.domain import countries, withheld
from defenderdesk.domain.casefile import CaseFile, Fields, one, texts
from defenderdesk.domain.concerns import same_person
from defenderdesk.domain.kinds import WHOLE
from defenderdesk.domain.mechanisms import consent
from defenderdesk.domain.mechanisms.model import Mechanism
from defenderdesk.domain.names import Person
from defenderdesk.domain.names.surface import folded_words, unspaced_words

PERPETRATOR = "perpetrator"
_GROUPS = frozenset(
    folded_words(
        "association union network committee foundation league ngo centre center group collective coalition "
        "federation organisation organization institute movement forum council society initiative watch "
        "project platform radio newspaper ltd inc comité ligue ong réseau collectif fondation mouvement "
        "conseil syndicat asociación fundación red colectivo comisión centro movimiento sindicato consejo "
        "associação fundação for against without pour contre sans por para contra students members workers "
        "activists journalists lawyers women villagers residents family families witnesses étudiants membres "
        "travailleurs militants journalistes avocats "
        "femmes famille estudiantes miembros trabajadores "
        "activistas periodistas abogados mujeres familia طلاب اعضاء عائلة студенты члены семья "
        "جمعية منظمة مركز شبكة لجنة نقابة اتحاد фонд центр комитет союз организация"
    )
)
"""Words in the names of organisations, folded. A person may bear one of them (Red, Sin, For): such a
name is doubtful, and the rest of its words is asked about."""
_REACHED = ("phone", "mobile", "fax", "email", "web", "contact")
_APART = re.compile(r"[,;/\n]|\s(?:and|et|y|und|и|و)\s")
_FINE = (consent.GIVEN, consent.JUSTIFIED)
_REFUSED = frozenset({consent.REFUSED, consent.WITHDRAWN})


@dataclass(frozen=True)
class Somebody:
    """One person of a case. `ids`: of all records that are this person; `names`: as recorded in
    the case and on the person; `name`: to call them by, the person's own where there is one;
    `human`: no organisation or group by its record; `doubtful`: one by the look of the name;
    `former`: names in this case that the person does not bear any more."""

    ids: frozenset[str]
    name: str
    names: tuple[str, ...]
    reached: tuple[str, ...] = ()
    human: bool = True
    doubtful: bool = False
    may: bool = False
    former: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The record that stands for the person."""
        return min(self.ids) if self.ids else self.name

    def person(self) -> Person:
        """The person as texts are searched for them."""
        dull = _dull() if self.doubtful else frozenset[str]()
        return Person(self.key, self.names, self.reached, not self.may, self.human, dull)


def named(
    mechanism: Mechanism, case: CaseFile, submission: Fields, people: list[Fields], on: date
) -> list[Somebody]:
    """Everybody in a case, those first whom the submission is for (`people`, involvements), in
    their order, and whether the mechanism may be given their names."""
    ticked = frozenset(texts(submission, "sources"))
    return everybody(case, people, lambda record: _may(mechanism, case, record, ticked, on))


def everybody(case: CaseFile, people: list[Fields], may: Callable[[Fields], bool]) -> list[Somebody]:
    """Everybody in a case, `people` first; `may`: whether the one of a record may be named."""
    order = [*people, *(i for i in case.of("involvement") if i not in people), *case.of("source")]
    found: dict[str, Somebody] = {}
    for record in order:
        if somebody := _somebody(case, record):
            found = _joined(found, replace(somebody, may=may(record)))
    for name in _in_passing(case):
        found = _joined(found, Somebody(frozenset(), name, (name,)))
    return list(found.values())


def _somebody(case: CaseFile, record: Fields) -> Somebody | None:
    linked = one(record, "person")
    known = case.find("person", linked) or case.find("organisation", linked) or {}
    written = [one(record, "name")]
    own = one(known, "name")
    names = [name for name in (own, *written, *texts(known, "other_names"), one(known, "acronym")) if name]
    if not names:
        return None
    ids = same_person(case, [one(record, "id"), linked]) if linked else frozenset({one(record, "id")})
    reached = [one(r, f) for r in (record, known, *_addresses(case, linked)) for f in _REACHED]
    former = tuple(n for n in written if own and n and _is_former(n, own))
    human = one(known, "kind") != "organisation" and one(known, "naming") != "group"
    sex = one(record, "gender") or one(known, "gender")
    return Somebody(
        ids - {""},
        own or names[0],
        tuple(dict.fromkeys(names)),
        tuple(filter(None, reached)),
        human,
        human and not sex and not _GROUPS.isdisjoint(folded_words(names[0])),
        former=former,
    )


def _addresses(case: CaseFile, person: str) -> Iterator[Fields]:
    yield from (a for a in case.of("address") if person and one(a, "person") == person)


def _words(name: str) -> frozenset[str]:
    return frozenset((*folded_words(name), *unspaced_words(name)))


def _is_former(written: str, own: str) -> bool:
    """Tells whether a name is another than the person's, rather than a shorter or longer form."""
    mine, its = _words(written), _words(own)
    return not (mine <= its or its <= mine)


@cache
def _dull() -> frozenset[str]:
    """Words that name nobody by themselves in a name that may be an organisation's: those that such
    names are made of, and the names of States."""
    states = (name for code in countries.codes() for name in countries.names(code))
    return _GROUPS.union(*map(folded_words, states))


def _may(mechanism: Mechanism, case: CaseFile, record: Fields, ticked: frozenset[str], on: date) -> bool:
    if not {WHOLE, "name"}.isdisjoint(withheld.names(record)):
        return False
    if one(record, "part") == PERPETRATOR:
        return True
    ids = same_person(case, [one(record, "id"), one(record, "person")])
    given = [consent.status(case.of("consent"), ids, mechanism.id, code, on) for code in asked(mechanism)]
    if one(record, "kind") == "source":  # a tick does not undo what the person said
        return one(record, "id") in ticked and not _REFUSED.intersection(given)
    needed = [code for code in mechanism.uses if code.required and not code.refusable]
    return all(g in _FINE for g in given) if needed else any(g in _FINE for g in given)


def asked(mechanism: Mechanism) -> list[str]:
    """The uses that a person must have agreed to before they are named: all that it cannot do
    without; where there are none, any one use of it, or giving it in confidence."""
    needed = [use.code for use in mechanism.uses if use.required and not use.refusable]
    return needed or [*(use.code for use in mechanism.uses), "mechanism_confidential"]


_NAMED_IN = (("proceeding", "lawyers"), ("organisation", "heads"), ("organisation", "legal_representative"))
"""Fields that hold names of persons who have no record of their own."""


def _in_passing(case: CaseFile) -> Iterator[str]:
    for kind, field in _NAMED_IN:
        for record in case.of(kind):
            for text in texts(record, field):
                for name in _APART.split(text):
                    if name.strip() and len(name) < 80:
                        yield name.strip()


def _joined(found: Mapping[str, Somebody], new: Somebody) -> dict[str, Somebody]:
    """The persons with one more, who is one of them where a record or the whole name is equal.
    May one record be named, so may the person, but for a source: the name is then known."""
    out = dict(found)
    for key, old in found.items():
        equal = {_words(n) for n in old.names} & {_words(n) for n in new.names}
        if old.ids & new.ids or equal:
            out[key] = Somebody(
                old.ids | new.ids,
                old.name,
                tuple(dict.fromkeys((*old.names, *new.names))),
                tuple(dict.fromkeys((*old.reached, *new.reached))),
                old.human and new.human,
                old.doubtful and new.doubtful,
                old.may or new.may,
                tuple(dict.fromkeys((*old.former, *new.former))),
            )
            return out
    out[new.key] = new
    return out
