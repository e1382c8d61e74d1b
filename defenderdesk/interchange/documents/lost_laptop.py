"""Sentences about a lost laptop: whether it is shut out and its keys are gone, and what it held."""

from __future__ import annotations

from collections.abc import Iterator

from defenderdesk import i18n
from defenderdesk.vault.membership.seizure import HeldCase, HeldDesk, Seizure


def lines(found: Seizure) -> Iterator[str]:
    """The whole of it: the laptop, whether its keys are gone, each desk with its cases."""
    yield found.device.label
    yield from (f"  {line}" for line in state(found))
    for desk in found.desks:
        yield ""
        yield from _desk(desk)


def state(found: Seizure) -> Iterator[str]:
    """Sentences on when it was last heard of, whether it was removed, asked to destroy its keys, and
    did."""
    if found.seen:
        yield i18n.text("Last heard of: {when} (by its clock).", when=i18n.day_and_time(found.seen))
    if found.device.travelling:
        yield i18n.text("It travels: everything had left it, if its owner emptied it.")
    if found.removed is None:
        yield i18n.text("It was not removed: it opens whatever is sealed for its desks.")
        return
    yield i18n.text(
        "Removed {when} by {who}.", when=i18n.day_and_time(found.removed), who=", ".join(found.by)
    )
    if found.destroyed:
        yield i18n.text(
            "It says that it destroyed its keys: {when}.", when=i18n.day_and_time(found.destroyed)
        )
    elif found.told:
        yield i18n.text("It is to destroy its keys. The server has word for it; it has not answered.")
    elif found.asked:
        yield i18n.text("It is to destroy its keys. Synchronise, so that the server can tell it.")
    else:
        yield i18n.text("It was not asked to destroy its keys.")
    if found.aside:
        yield i18n.plural(
            "{n} save was written after the desk was taken, and set aside.",
            "{n} saves were written after the desk was taken, and set aside.",
            found.aside,
        )


def _desk(desk: HeldDesk) -> Iterator[str]:
    yield name_of(desk)
    yield from (f"  {line}" for line in about(desk))
    for case in desk.cases:
        number, title = case.reference or str(case.id)[:8], case.title.split("\n")[0]
        said = f"  ({remark})" if (remark := remark_of(case)) else ""
        yield f"    {number}  {title}{said}"


def name_of(desk: HeldDesk) -> str:
    """The desk's name, or the beginning of its id."""
    return desk.name or i18n.text("A desk that this laptop does not hold ({id})", id=desk.id[:8])


def about(desk: HeldDesk) -> Iterator[str]:
    """Sentences on since when the laptop had a desk, its key, and how much was in it."""
    if desk.since:
        yield i18n.text("It had it since {day}.", day=i18n.date(desk.since.date()))
    if desk.history_from:
        day = i18n.date(desk.history_from.date())
        yield i18n.text("It was given no case that had rested since before {day}.", day=day)
    if desk.renewed:
        yield i18n.text("The desk has a new key, which it does not have.")
    else:
        yield i18n.text("It has the key of this desk.")
    if desk.name:
        sure = sum(case.sure for case in desk.cases)
        yield i18n.text(
            "Cases: {sure}, and {perhaps} that may have come. Attachments: {files} ({size}).",
            sure=i18n.number(sure),
            perhaps=i18n.number(len(desk.cases) - sure),
            files=i18n.number(desk.attachments),
            size=i18n.size(desk.bytes),
        )


def remark_of(case: HeldCase) -> str:
    """The remark beside a case: that it may only have come, or was deleted."""
    said = [] if case.sure else [i18n.text("may have come")]
    if case.deleted:
        said.append(i18n.text("deleted"))
    return ", ".join(said)
