"""Rules and alerts in words of the language in use."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from defenderdesk import i18n
from defenderdesk.domain import vocabulary
from defenderdesk.domain.warning import Alert, Named, Rule, Ruled
from defenderdesk.domain.warning.alert import ALERT, NOTICE, Quoted
from defenderdesk.domain.warning.rule import NEW_LAWS, Several
from defenderdesk.errors import Message
from defenderdesk.i18n import text


def say(says: Message | str) -> str:
    """A sentence with its facts, each as the language writes it. What an office wrote itself is
    shown as it is."""
    if isinstance(says, str):
        return says
    return text(says.text, **{name: _fact(fact) for name, fact in says.facts.items()})


def _fact(fact: object) -> object:
    if isinstance(fact, Message):
        return say(fact)
    if isinstance(fact, Named):
        return apart(name_of(fact))
    if isinstance(fact, Several):
        return apart(", ".join(map(name_of, fact.names)))
    if isinstance(fact, Quoted):
        return apart(fact.words)
    if isinstance(fact, date):
        return apart(i18n.date(fact))
    if isinstance(fact, float):
        return apart(decimal(fact))
    return apart(i18n.number(fact)) if isinstance(fact, int) else fact


def apart(fact: str) -> str:
    """In a language that runs from right to left: isolated, so that a date or a foreign word
    keeps its own order and leaves that of the sentence alone (Unicode UAX 9, FSI and PDI)."""
    return f"\u2068{fact}\u2069" if i18n.is_rtl() else fact


def name_of(named: Named) -> str:
    """A code in words."""
    if named.of == "country":
        return i18n.country(named.code) or text("country not given")
    if named.of == "region":
        return i18n.country(named.code) or text("region not given")
    return vocabulary.label(named.of, named.code, i18n.language())


def decimal(value: float) -> str:
    """A mean or rate: whole from ten on, else with one decimal; two where it would be 0.0."""
    if value >= 10 or value == int(value):
        return i18n.number(round(value))
    from babel.numbers import format_decimal

    return str(format_decimal(value, "0.00" if value < 0.1 else "0.0", locale=i18n.language()))


def title(alert: Alert, ruled: Ruled) -> str:
    """The rule that rang, and where."""
    rule = ruled.rule(alert.rule)
    name = rule_name(rule) if rule else alert.rule
    place = alert.place
    return text("{rule}: {place}", rule=name, place=apart(name_of(place))) if place else name


def rule_name(rule: Rule) -> str:
    """The name of a rule."""
    return say(rule.name) or rule.code


def rule_line(rule: Rule) -> str:
    """The second line of a rule in a list."""
    if rule.off:
        return text("Off")
    parts = [
        text("{n} days", n=i18n.number(rule.window_days)),
        vocabulary.label("warning_split", rule.by, i18n.language()),
        text("changed by the office") if rule.shipped and rule.changed - {"off"} else "",
    ]
    return " · ".join(part for part in parts if part)


def in_short(alert: Alert) -> str:
    """The second line of an alert in the list: counted against usual."""
    if alert.measure == NEW_LAWS:
        law = name_of(Named(alert.subject_of, alert.subject)) if alert.subject_of else alert.subject
        return text("{law} · cases: {count}", law=apart(law), count=i18n.number(alert.count))
    facts = {"count": apart(i18n.number(alert.count)), "days": i18n.number(alert.window_days)}
    if not alert.spells:
        return text("{count} in {days} days", **facts)
    return text("{count} in {days} days · usual: {usual}", usual=apart(decimal(alert.expected)), **facts)


def level_name(level: str) -> str:
    """A level as a word."""
    return {ALERT: text("Alert"), NOTICE: text("Notice")}.get(level, text("Too few to say"))


def level_role(level: str) -> str:
    """The role of the theme that a level is drawn in."""
    return {ALERT: "danger", NOTICE: "warning"}.get(level, "muted")


def answer_line(answer: Mapping[str, object]) -> str:
    """The answer that was given, and until when it keeps silent."""
    said = vocabulary.label("alert_answer", str(answer.get("answer") or ""), i18n.language())
    until = str(answer.get("until") or "")
    if until:
        return text("Answered: {answer}. Quiet until {date}.", answer=said, date=i18n.date(until))
    return text("Answered: {answer}.", answer=said)
