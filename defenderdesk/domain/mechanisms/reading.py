"""The rules that ship with the program, read from `resources/mechanisms/*.json`.

The format is `docs/format/mechanism.md`. A file that does not keep to it is a mistake of ours:
reading is strict, and the tests read every file.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

from defenderdesk.domain import tables
from defenderdesk.domain.countries import BODIES
from defenderdesk.domain.deadlines import KINDS, MARKS, ROLLS, UNITS, WHO, Clock
from defenderdesk.domain.mechanisms import needs
from defenderdesk.domain.mechanisms.clocks import AFTER, GIVEN, LABELS
from defenderdesk.domain.mechanisms.model import (
    CHANNELS,
    CLASSES,
    DOCUMENTS,
    EFFECTS,
    MEMBERS,
    OUTSIDERS,
    PRINTS,
    REGIONS,
    REMEDIES,
    USES,
    WHEN,
    Channel,
    Exclusion,
    Mechanism,
    Region,
    Rule,
    Scope,
    Section,
    Use,
    Window,
)
from defenderdesk.domain.workdays import SEATS
from defenderdesk.errors import OurError

FORMAT = 1


def _one_of(value: str, allowed: Any, what: str) -> str:
    if value not in allowed:
        raise OurError(what=f"a mechanism's {what} is {value!r}")
    return value


def _mark(fields: Mapping[str, Any]) -> str:
    return _one_of(fields["verified"], MARKS[:3], "verified")


def _rule(fields: Mapping[str, Any], codes: tuple[str, ...] = ()) -> Rule:
    code = fields.get("code", "")
    if codes:
        _one_of(code, codes, "rule")
    return Rule(fields["text"], _mark(fields), code)


def _scope(fields: Mapping[str, Any]) -> Scope:
    acts, profiles = frozenset(fields.get("acts", ())), frozenset(fields.get("profiles", ()))
    apart = fields.get("unsuitable")
    if apart is None:
        return Scope(acts, profiles)
    return Scope(acts, profiles, frozenset(apart["acts"]), apart["why"], _mark(apart))


def _clock(fields: Mapping[str, Any]) -> Clock:
    return Clock(
        fields["name"],
        fields["label"],
        _one_of(fields["after"], AFTER, "after"),
        int(fields["count"]),
        _one_of(fields["unit"], UNITS, "unit"),
        _one_of(fields["kind"], KINDS, "kind of clock"),
        _one_of(fields["who"], WHO, "who"),
        _one_of(fields.get("roll", "none"), ROLLS, "roll"),
        _one_of(fields.get("seat", ""), ["", *SEATS], "seat"),
        _mark(fields),
        fields["source"],
        _one_of(fields.get("given", ""), ["", *GIVEN], "fact"),
        fields.get("replaces", ""),
    )


def _section(fields: Mapping[str, Any]) -> Section:
    asks, prints = fields.get("asks", ()), fields.get("prints", ())
    for need in (*fields["needs"], *asks):
        for path in needs.paths(need):
            if not needs.is_path(path):
                raise OurError(what=f"a mechanism's need is {path!r}")
    for derived in prints:
        _one_of(derived, PRINTS, "print")
    return Section(
        fields["id"],
        fields["label"],
        fields.get("hint", ""),
        fields.get("required", True),
        _mark(fields),
        tuple(fields["needs"]),
        fields.get("confidential", False),
        tuple(asks),
        tuple(prints),
        fields.get("source", ""),
    )


def _use(fields: Mapping[str, Any]) -> Use:
    return Use(
        _one_of(fields["code"], USES, "use"),
        fields["label"],
        fields["required"],
        fields.get("may_justify", False),
        fields.get("refusable", False),
        _mark(fields),
    )


def _exclusion(fields: Mapping[str, Any]) -> Exclusion:
    for other in fields["others"]:
        if other.startswith("@"):
            _one_of(other[1:], CLASSES, "class")
    return Exclusion(
        tuple(fields["others"]),
        _one_of(fields["effect"], EFFECTS, "effect"),
        _one_of(fields["when"], WHEN, "when"),
        fields["text"],
        _mark(fields),
    )


def _channel(fields: Mapping[str, Any]) -> Channel:
    kind = _one_of(fields["kind"], CHANNELS, "channel")
    return Channel(kind, fields["address"], _mark(fields), fields.get("use", ""))


def _window(fields: Mapping[str, Any]) -> Window:
    month, day = fields["opens"]
    return Window(fields["name"], fields["label"], (month, day), _mark(fields), fields.get("source", ""))


def read(fields: Mapping[str, Any]) -> Mechanism:
    """One mechanism from the content of its file; OurError or KeyError for what is not one."""
    if fields["format"] != FORMAT:
        raise OurError(what=f"a mechanism's format is {fields['format']!r}")
    region = fields["region"]
    rule = _one_of(region["rule"], REGIONS[:-1], "region")
    if rule in (MEMBERS, OUTSIDERS):
        _one_of(region["of"], BODIES, "region")
    return Mechanism(
        id=fields["id"],
        names=MappingProxyType(dict(fields["names"])),
        acronym=fields["acronym"],
        body=fields["body"],
        seat=_one_of(fields["seat"], ["", *SEATS], "seat"),
        class_=_one_of(fields["class"], CLASSES, "class"),
        region=Region(rule, region.get("of", "")),
        accepts=tuple(_one_of(code, DOCUMENTS, "document") for code in fields["accepts"]),
        scope=_scope(fields["scope"]),
        who_can_submit=_rule(fields["who_can_submit"]),
        remedies=_rule(fields["remedies"], REMEDIES),
        languages=tuple(fields["languages"]),
        verified=_mark(fields),
        languages_open=fields["languages_open"],
        urgent=fields["urgent"],
        one_person=fields.get("one_person", False),
        mandate=fields["mandate"],
        condition=fields.get("condition", ""),
        order=fields["order"],
        uses=tuple(map(_use, fields["uses"])),
        clocks=tuple(map(_clock, fields["clocks"])),
        windows=tuple(map(_window, fields["windows"])),
        contents=tuple(map(_section, fields["contents"])),
        exclusions=tuple(map(_exclusion, fields["exclusions"])),
        channels=tuple(map(_channel, fields["channels"])),
        publication=_rule(fields["publication"]),
        publication_days=fields.get("publication_days"),
        follow_up=_rule(fields["follow_up"]),
        anonymous=_rule(fields["anonymous"]) if "anonymous" in fields else None,
        media=_rule(fields["media"]) if "media" in fields else None,
        verification=fields["verification"],
        sources=tuple(fields["sources"]),
        checked=fields["checked"],
    )


@cache
def load() -> Mapping[str, Mechanism]:
    """Every mechanism that ships with the program, by id, in the order of lists."""
    found = [
        read(json.loads(text)) for name, text in tables.texts("mechanisms").items() if name.endswith(".json")
    ]
    found.sort(key=lambda mechanism: mechanism.order)
    return MappingProxyType({mechanism.id: mechanism for mechanism in found})


def _texts(mechanism: Mechanism) -> Iterator[str]:
    yield from (mechanism.body, mechanism.mandate, mechanism.condition, mechanism.scope.why)
    rules = (
        mechanism.who_can_submit,
        mechanism.remedies,
        mechanism.publication,
        mechanism.follow_up,
        mechanism.anonymous,
        mechanism.media,
    )
    yield from (rule.text for rule in rules if rule)
    for section in mechanism.contents:
        yield from (section.label, section.hint)
    for channel in mechanism.channels:
        yield channel.use
        if channel.kind in ("form", "post", "person", "phone"):
            yield channel.address  # a way in words; an address of the web is no message
    yield from (use.label for use in mechanism.uses)
    yield from (clock.label for clock in mechanism.clocks)
    yield from (window.label for window in mechanism.windows)
    yield from (exclusion.text for exclusion in mechanism.exclusions)


def messages() -> Iterator[str]:
    """Every text of the shipped rules that a face shows, each once, for the translators. The
    names of mechanisms are not among them: the files carry them in their languages."""
    found: dict[str, None] = {}
    for mechanism in load().values():
        found.update(dict.fromkeys(_texts(mechanism)))
    found.update(dict.fromkeys([*DOCUMENTS.values(), *USES.values(), *needs.messages(), *LABELS]))
    yield from (text for text in found if text)
