"""The model of a protection mechanism: its mandate, contents, clocks and rules.

All texts are message ids in English, short plain sentences. Every rule carries a mark that says
how well it is verified (`deadlines.MARKS`); the mark is shown wherever the rule is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from defenderdesk.domain.deadlines import Clock

ANY, MEMBERS, OUTSIDERS, PARTIES, LISTED = "any", "members", "outsiders", "parties", "listed"
REGIONS = (ANY, MEMBERS, OUTSIDERS, PARTIES, LISTED)
"""Any State; the members of a body; all others; the parties to a treaty that no list of ours
holds; or the countries that an office listed."""

CLASSES = (
    "special_procedure",
    "wgad_opinion",
    "disappearances",
    "treaty_body",
    "regional_case",
    "regional_measures",
    "regional_mandate",
    "reprisals",
    "political",
    "ngo",
    "funding",
    "own",
)
"""Kinds of procedure, for the rules of duplication. `own`: added by an office."""

BARS, RISK, TELL, NONE = "bars", "risk", "tell", "none"
EFFECTS = (BARS, RISK, TELL, NONE)
WHEN = ("pending", "decided", "any")
REMEDIES = ("required", "not_required", "say_what_was_done")
CHANNELS = ("email", "portal", "post", "form", "phone", "fax", "person")

CONSENTS, ELSEWHERE, SIGNATURE = "consents", "elsewhere", "signature"
PRINTS = (CONSENTS, ELSEWHERE, SIGNATURE)
"""Contents of a section that no field holds: the answer of each person to each question of consent;
the other mechanisms that have the matter; place, date and who signs."""

REMEDIES_SAY = {
    "required": "Remedies in the country must be used first.",
    "not_required": "Remedies in the country need not be used first.",
}
"""The rule on remedies as an office sets it: code and words (message id)."""

DOCUMENTS = {
    "urgent_appeal": "Urgent appeal",
    "allegation_letter": "Allegation letter",
    "other_letter": "Other letter of a mechanism",
    "petition": "Petition",
    "precautionary_measures": "Precautionary measures",
    "communication": "Individual communication",
    "provisional_measures": "Provisional measures",
    "interim_measures": "Interim measures",
    "regular_procedure": "Regular procedure",
    "urgent_action": "Urgent action",
    "prompt_intervention": "Prompt intervention",
    "information_request": "Request for information to the State",
    "joint_action": "Joint action",
    "demarche_request": "Request for a demarche",
    "public_statement": "Request for a public statement",
    "visit_request": "Request for a visit",
    "trial_observation_request": "Request to observe a trial",
    "grant_application": "Application for a grant",
    "relocation_request": "Request for relocation",
    "letter": "Letter",
    "closed_letter": "Closed letter",
    "press_release": "Press release",
    "memorial": "Entry in the memorial",
    "update": "Further information",
    "report": "Report",
}
"""Documents that can be asked of a mechanism: code (of the list `submission_document`) and label
(message id)."""

USES = {
    "mechanism_confidential": "To a mechanism, in confidence",
    "name_to_state": "Name given to the State",
    "name_published": "Name published",
    "beneficiary": "Named as beneficiary of measures",
    "campaign": "Public campaign",
    "relatives": "The relatives agree that an organisation submits",
    "representation": "Being represented (signed authority)",
}
"""Uses that a mechanism asks consent to: code (of the list `consent_use`) and label (message
id)."""


@dataclass(frozen=True)
class Region:
    """The countries that it covers. `rule`: of `REGIONS`; `of`: the body (`countries.BODIES`) or
    treaty; `countries`: alpha-2 codes, for `listed`."""

    rule: str
    of: str = ""
    countries: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Scope:
    """`acts`: codes of violation that it deals with (empty: all). `profiles`: codes of defenders
    that it is for (empty: all). `unsuitable`: acts that alone are no matter for it, with `why` and
    its mark."""

    acts: frozenset[str] = frozenset()
    profiles: frozenset[str] = frozenset()
    unsuitable: frozenset[str] = frozenset()
    why: str = ""
    verified: str = "U"


@dataclass(frozen=True)
class Section:
    """One part of a submission. `needs`: paths `kind.field` of a case that fill it; `a|b` means
    that either will do. `submission.…` is of the submission to this mechanism. `asks`: paths that
    the form has a place for, and takes empty. `prints`: what is worked out (`PRINTS`). `source`: where it
    was read, by the short names of docs/forms.md."""

    id: str
    label: str
    hint: str = ""
    required: bool = True
    verified: str = "U"
    needs: tuple[str, ...] = ()
    confidential: bool = False
    asks: tuple[str, ...] = ()
    prints: tuple[str, ...] = ()
    source: str = ""


@dataclass(frozen=True)
class Use:
    """A question of consent. `code`: of `USES`. `required`: it must be answered. `may_justify`: a
    reason may stand in for the consent. `refusable`: a No is an answer that it takes."""

    code: str
    label: str
    required: bool = True
    may_justify: bool = False
    refusable: bool = False
    verified: str = "U"


@dataclass(frozen=True)
class Exclusion:
    """The consequence where another mechanism has the matter. `others`: ids, `@class`, or `*` for
    any. `effect`: `bars`, `risk`, `tell` (it wants to know) or `none` (known to be no bar).
    `when`: of `WHEN`."""

    others: tuple[str, ...]
    effect: str
    when: str
    text: str
    verified: str


@dataclass(frozen=True)
class Channel:
    """A way to reach it; `use`: for what (message id, may be empty)."""

    kind: str
    address: str
    verified: str
    use: str = ""


@dataclass(frozen=True)
class Rule:
    """A rule in words with its mark. `code` where the program reasons with it."""

    text: str
    verified: str
    code: str = ""


@dataclass(frozen=True)
class Window:
    """A period of every year: it `opens` on (month, day)."""

    name: str
    label: str
    opens: tuple[int, int]
    verified: str
    source: str = ""


@dataclass(frozen=True)
class Mechanism:
    """One mechanism. `names`: by language code; `languages`: it reads these, and others too where
    `languages_open`. `publication_days`: days that its letters stay confidential, None where
    there is no such term. `urgent`: made for what is going on now. `one_person`: it wants a
    form for each person. `condition`: what must hold
    that the program cannot see (message id). `order`: its place in lists. `anonymous` and
    `media`: rules on who must be named and on sources from the press. `closing`: the day on which this
    year's call closes, set by an office. `checked`: the day of the
    research or of the office's check. `corrected`: the fields that the office set; `shipped`: the
    mechanism before that."""

    id: str
    names: Mapping[str, str]
    acronym: str
    body: str
    seat: str
    class_: str
    region: Region
    accepts: tuple[str, ...]
    scope: Scope
    who_can_submit: Rule
    remedies: Rule
    languages: tuple[str, ...]
    verified: str
    languages_open: bool = False
    urgent: bool = False
    one_person: bool = False
    mandate: str = ""
    condition: str = ""
    order: int = 1000
    uses: tuple[Use, ...] = ()
    clocks: tuple[Clock, ...] = ()
    windows: tuple[Window, ...] = ()
    contents: tuple[Section, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()
    channels: tuple[Channel, ...] = ()
    publication: Rule = field(default_factory=lambda: Rule("", "U"))
    publication_days: int | None = None
    follow_up: Rule = field(default_factory=lambda: Rule("", "U"))
    anonymous: Rule | None = None
    media: Rule | None = None
    verification: str = ""
    sources: tuple[str, ...] = ()
    checked: str = ""
    closing: str = ""
    note: str = ""
    active: bool = True
    corrected: frozenset[str] = frozenset()
    shipped: Mechanism | None = None

    def name(self, language: str) -> str:
        """Its name in a language (`fr_CA` falls back to `fr`, then English, then any, its id)."""
        short = language.replace("-", "_").split("_")[0]
        return (
            self.names.get(short)
            or self.names.get("en")
            or next((name for name in self.names.values() if name), self.id)
        )

    @property
    def short(self) -> str:
        """The name to call it by in a sentence."""
        return self.acronym or self.name("en")

    def clock(self, name: str) -> Clock | None:
        """The clock of that name."""
        return next((clock for clock in self.clocks if clock.name == name), None)

    def of_kind(self, kind: str) -> tuple[Clock, ...]:
        """The clocks of one kind (`deadlines.KINDS`)."""
        return tuple(clock for clock in self.clocks if clock.kind == kind)

    def names_other(self, other: Mechanism, exclusion: Exclusion) -> bool:
        """Tells whether a rule of this mechanism is about `other`."""
        others = exclusion.others
        return other.id in others or f"@{other.class_}" in others or "*" in others
