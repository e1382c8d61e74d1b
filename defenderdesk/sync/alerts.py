"""Alerts: what an exchange gives reason to worry about, in sentences: attacks, copies, wrong
clocks.

Each is (what was seen, what to do), as both faces show it. They are said when they are seen, and
kept until a person has read them: an exchange may run when nobody looks. Nothing of it stops the
work.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from defenderdesk.errors import Message, StorageError
from defenderdesk.vault.coercion import duress

if TYPE_CHECKING:
    from defenderdesk.vault import Vault
    from defenderdesk.vault.receiving.receive import Received

KEPT = "worries"
MAX_KEPT = 50
NOT_SENT = "not sent"
"""Reason why what somebody says they hold is not believed: they do not send it."""
ASIDE = "{member}’s laptop was removed, or lost its desk, and wrote on. That is set aside ({n})."


@dataclass
class Seen:
    """The part of a receive report and of a synchronisation report that alerts come from (see
    `receive.Received`). `removed_senders`: members whose device was removed and sent it afterwards;
    `parted_by`: member whose history parted → who says so; `withheld`: members whose work the server
    does not deliver, `claimed_by`: members who say that they have it; `refuted`: (who said that they
    hold it, whose work; empty: this laptop's; why it is not believed); `late`: those whose work it had
    held back, and delivers now; `left_out`: bundles that it lists no more, or damaged; `rolled_back`:
    the server forgot; `shut_out`: members who took this laptop from the server's list."""

    forked: list[str] = field(default_factory=list)
    parted: list[str] = field(default_factory=list)
    parted_by: dict[str, str] = field(default_factory=dict)
    aside: dict[str, int] = field(default_factory=dict)
    removed_senders: list[str] = field(default_factory=list)
    renewed: bool = False
    suspect_clock: bool = False
    withheld: list[str] = field(default_factory=list)
    claimed_by: list[str] = field(default_factory=list)
    refuted: list[tuple[str, str, str]] = field(default_factory=list)
    rolled_back: bool = False
    late: list[str] = field(default_factory=list)
    left_out: int = 0
    shut_out: list[str] = field(default_factory=list)
    taken: list[tuple[str, int]] = field(default_factory=list)


Alert = tuple[Message, Message]


def alerts_of(report: Seen) -> list[Alert]:
    """The sentences, the most pressing first."""
    out: list[Alert] = []
    if report.renewed:
        out.append(
            (
                Message("The history of this laptop goes on elsewhere: it has a new identity now."),
                Message(
                    "Nothing is lost. If you did not restore a backup, somebody may have copied "
                    "this laptop: tell your office at once, by voice."
                ),
            )
        )
    for member in () if report.renewed else report.forked:
        out.append(
            (
                Message("Two histories of {member}’s laptop exist. Both are kept.", member=member),
                Message(
                    "It was copied, or restored from a backup. Ask {member}, by voice, what "
                    "happened; if nobody knows, remove the laptop.",
                    member=member,
                ),
            )
        )
    for member in report.parted:
        out.append(
            (
                Message(
                    "{sender} was shown another history of {member} than you, or says so.",
                    sender=report.parted_by.get(member, ""),
                    member=member,
                ),
                Message(
                    "Exchange once more with everybody you can reach, by stick as well. If it "
                    "stays, somebody stands between you, or {sender}’s laptop says what is not so: tell your "
                    "office.",
                    sender=report.parted_by.get(member, ""),
                ),
            )
        )
    for member, count in report.aside.items():
        out.append(
            (
                Message(
                    ASIDE,
                    member=member,
                    n=count,
                ),
                Message("An administrator can take them in, under Workspace."),
            )
        )
    for member in report.removed_senders:
        if member not in report.aside:
            out.append(
                (
                    Message("This came from {member}’s laptop, which was removed.", member=member),
                    Message("What others wrote in it was taken in. Ask how it came to you."),
                )
            )
    for member in report.shut_out:
        out.append(
            (
                Message("{member}’s laptop had shut this one out of the server.", member=member),
                Message(
                    "It is let in again: nobody decided that it should leave. Ask {member}, by voice; if "
                    "they do not know of it, remove their laptop.",
                    member=member,
                ),
            )
        )
    if report.rolled_back:
        out.append(
            (
                Message("The server has forgotten what it held."),
                Message("Everything is sent to it again. Ask who runs it whether a backup was restored."),
            )
        )
    if report.left_out:
        out.append(
            (
                Message("The server does not deliver {n} bundles that others sent.", n=report.left_out),
                Message(
                    "They are asked for again each time, and colleagues send what you lack. It is "
                    "said when they come."
                ),
            )
        )
    if report.late:
        out.append(
            (
                Message(
                    "The server had held back what was sent to it, and delivers it now: {who}.",
                    who=", ".join(report.late),
                ),
                Message("Nothing is missing any more. Ask who runs the server what happened."),
            )
        )
    if report.withheld:
        out.append(
            (
                Message(
                    "The server does not deliver what it was given: {who}.",
                    who=", ".join(report.withheld),
                ),
                Message(
                    "It is held by: {by}, they say. Exchange by stick, and ask who runs the server.",
                    by=", ".join(report.claimed_by),
                )
                if report.claimed_by
                else Message("Exchange by stick, and ask who runs the server."),
            )
        )
    out += [_refuted(*one) for one in report.refuted]
    for desk, count in report.taken:
        out.append(
            (
                Message("{desk} was taken from this laptop.", desk=desk),
                Message(
                    "Saves of yours that nobody else has yet: {n}. Export them, or they stay here; "
                    "once they are confirmed, the desk leaves this laptop.",
                    n=count,
                ),
            )
        )
    if report.suspect_clock:
        out.append(
            (
                Message("The clock of a sender’s laptop is more than a day ahead."),
                Message("Nothing is refused for it. Ask them to set it right."),
            )
        )
    return out


def _refuted(by: str, about: str, why: str) -> Alert:
    if not about:
        return (
            Message("{by}’s laptop says that it holds work of yours that you never wrote.", by=by),
            Message(
                "It is not believed. If you restored a backup, the server may hold your work back: exchange "
                "by stick. If not, ask {by}, by voice; if they do not know of it, remove their laptop.",
                by=by,
            ),
        )
    if why == NOT_SENT:
        seen = Message(
            "{by}’s laptop says that it holds work of {member}, and does not send it.", by=by, member=about
        )
    else:
        seen = Message(
            "{by}’s laptop says that it holds work of {member} that {member} does not know of.",
            by=by,
            member=about,
        )
    return seen, Message(
        "It is not believed any more, and the server is not accused. Ask {by}, by voice; if they do not know "
        "of it, remove their laptop.",
        by=by,
    )


def add_seen(report: Seen, one: Received) -> None:
    """Adds what one bundle gave reason to worry about."""
    if one.removed_sender and one.sender not in report.removed_senders:
        report.removed_senders.append(one.sender)
    for member, count in one.aside.items():
        report.aside[member] = report.aside.get(member, 0) + count
    report.forked += [member for member in one.forked if member not in report.forked]
    report.parted_by |= dict.fromkeys(one.parted, one.sender)
    report.parted += [member for member in one.parted if member not in report.parted]
    report.renewed |= one.renewed
    report.suspect_clock |= one.suspect_clock
    report.taken += [item for item in one.taken if item not in report.taken]


def keep_of(vault: Vault, one: Received) -> None:
    """Keeps what one bundle gives reason to worry about: in the write that takes the bundle in, so
    that neither is here without the other."""
    seen = Seen()
    add_seen(seen, one)
    keep(vault, alerts_of(seen))


def of_the_server(report: Seen) -> list[Alert]:
    """Alerts that only the whole exchange shows: what a server held back, or forgot."""
    return alerts_of(
        Seen(
            withheld=report.withheld,
            claimed_by=report.claimed_by,
            refuted=report.refuted,
            rolled_back=report.rolled_back,
            late=report.late,
            left_out=report.left_out,
            shut_out=report.shut_out,
        )
    )


def at_the_door(vault: Vault) -> list[Alert]:
    """Alerts that the key file and the count of wrong passphrases give reason for, once the
    vault is open. Kept; then what the owner chose counts again."""
    found: list[Alert] = []
    if vault.coercion.changed():
        found.append(
            (
                Message("The rule about wrong passphrases is not the one that you chose."),
                Message(
                    "Somebody changed it on the disk, or the disk is damaged. What you chose "
                    "counts again. If it was not you, tell your office."
                ),
            )
        )
    elif vault.coercion.restarted():
        found.append(
            (
                Message("The count of wrong passphrases was missing or damaged, and began anew."),
                Message(
                    "If you did not copy this profile yourself, somebody may have tried to guess "
                    "your passphrase: tell your office, and choose a new one."
                ),
            )
        )
    if vault.settings.get(duress.PUT_BACK, False):
        found.append(
            (
                Message("The key file of this vault is not the one that it wrote last."),
                Message(
                    "What opened the vault earlier may open it again. If you did not put the file "
                    "back yourself, tell your office. Choose a new passphrase and a new recovery "
                    "code; a duress passphrase has to be set anew."
                ),
            )
        )
    if found:
        with contextlib.suppress(StorageError):  # said again at the next opening
            keep(vault, found)
            vault.coercion.put_back()
            vault.settings.put(duress.PUT_BACK, False)
    return found


def keep(vault: Vault, found: Sequence[Alert]) -> None:
    """Keeps alerts until they are dismissed, each once."""
    if not found:
        return
    with vault.transaction():
        present: list[list[Any]] = vault.settings.get(KEPT, [])
        for seen, todo in found:
            item = [seen.text, dict(seen.facts), todo.text, dict(todo.facts)]
            if seen.text == ASIDE:  # each bundle tells of its own part
                item = _added(present, item)
            if item not in [other[1:] for other in present]:
                present.append([vault.now_ms(), *item])
        vault.settings.put(KEPT, present[-MAX_KEPT:])


def _added(present: list[list[Any]], item: list[Any]) -> list[Any]:
    """The item with the number of an earlier one about the same member added; that one goes."""
    for other in present:
        if other[1] == item[0] and other[2].get("member") == item[1].get("member"):
            present.remove(other)
            return [item[0], {**item[1], "n": item[1]["n"] + other[2]["n"]}, *item[2:]]
    return item


def kept(vault: Vault) -> list[tuple[int, Alert]]:
    """(when it was seen in ms, the worry), the newest first."""
    return [
        (when, (Message(seen, **facts), Message(todo, **more)))
        for when, seen, facts, todo, more in reversed(vault.settings.get(KEPT, []))
    ]


def dismiss(vault: Vault) -> None:
    """A person has read them."""
    vault.settings.put(KEPT, [])


def lines(found: Sequence[Alert]) -> list[Message]:
    """The sentences one after the other."""
    return [sentence for alert in found for sentence in alert]
