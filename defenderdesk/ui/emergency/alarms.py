"""Alarms that cannot wait: a missed check-in, a release that needs a second person, a drill.

A strip above every page, as long as there is something. One press stops a false alarm. It looks
again with every change and every minute; it works as long as the vault is open, which it says
where packages are prepared.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from defenderdesk.domain.checkins import Phase
from defenderdesk.i18n import plural, text
from defenderdesk.interchange.emergency import wording as said
from defenderdesk.ui.emergency import acting
from defenderdesk.ui.exchange.escrow import Seen, Waiting, waiting
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.notice import Notice
from defenderdesk.ui.parts.widgets import (
    Item,
    button,
    column,
    drawing,
    empty,
    label,
    panel,
    row,
    set_look,
)
from defenderdesk.ui.work.session import Session, concerns
from defenderdesk.vault.emergency import packages
from defenderdesk.vault.emergency.packages import Emergency
from defenderdesk.vault.types import Change

EVERY = 60_000
"""Milliseconds between two looks."""
MOST = 3
"""Lines that are shown at once: the page below has to be reached, too."""
_ALARMING = (Phase.LATE, Phase.MISSED, Phase.WAITING, Phase.RELEASE)
_KINDS = ("emergency", "emergency_step", "held_emergency")
Found = tuple[list[tuple[Emergency, bool]], list[Waiting]]
Line = tuple[bool, Callable[[], QWidget]]
"""A line of the strip: True if it presses, and what makes its widget."""


class Alarms(QFrame):
    """The strip; hidden while all is well."""

    opened = Signal(object, str, object)
    """A case, a section, a record."""
    held_wanted = Signal(object)
    """A partner's package is to be looked at."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._all = False
        self._seen: Seen = {}
        self.notice = Notice()
        self._lines = QVBoxLayout()
        self._lines.setContentsMargins(0, 0, 0, 0)
        self._lines.setSpacing(Space.M)
        self.setLayout(column(panel(self._lines), self.notice, gap=Space.S, margins=Space.M))
        self.hide()
        self._timer = QTimer(self, interval=EVERY)
        self._timer.timeout.connect(self.load)
        self._timer.start()
        session.changed.connect(self._news)
        self.load()

    def _news(self, change: Change) -> None:
        if concerns(change, kinds=_KINDS):
            self.load()

    def load(self) -> None:
        """Look at every package."""
        vault, seen = self._session.vault, self._seen

        def work() -> Found:
            ours = [(one, vault.emergency.can_release(one)) for one in vault.emergency.all_of() if one.live]
            return ours, waiting(vault, seen)

        self._session.operations.read(self, work, self._show, key=f"alarms-{id(self)}")

    def _show(self, found: Found) -> None:
        empty(self._lines)
        now = self._session.vault.emergency.now()
        lines: list[Line] = [(not h.drill, partial(self._held, h)) for h in found[1]]
        for one, mine in found[0]:
            lines += self._of(one, mine, now)
        lines.sort(key=lambda line: not line[0])  # what presses first
        most = len(lines) if self._all else MOST
        for _, make in lines[:most]:
            self._lines.addWidget(make())
        more = len(lines) - MOST
        if more > 0 and not self._all:
            told = label(plural("There is {n} more.", "There are {n} more.", more), "lead", wrap=True)
            line = row(told, button(text("Show all"), self._show_all))
            line.setStretch(0, 1)
            self._lines.addWidget(panel(line))
        self._all = self._all and more > 0
        danger = any(pressing for pressing, _ in lines)
        set_look(self, "look", "notice-danger" if danger else "notice-warning")
        self.setVisible(bool(lines))

    def _show_all(self) -> None:
        self._all = True
        self.load()

    def _of(self, one: Emergency, mine: bool, now: datetime) -> list[Line]:
        out: list[Line] = []
        by = one.released_by()
        standing = one.standing(now)
        if by:
            after = max(s.at for s in one.of(packages.RELEASE, packages.SERVER_RELEASE))
            there = any(s.at >= after for s in one.of(packages.HANDED))
            if not there or not one.released():
                out.append((True, partial(self._released, one, mine, by)))
        elif standing is not None and standing.phase in _ALARMING:
            pressing = standing.phase is not Phase.LATE
            out.append((pressing, partial(self._missed, one, now)))
        if one.drill is not None:
            out.append((False, partial(self._drill, one, mine)))
        return out

    def _line(self, title: str, sentences: list[str], acts: list[QWidget], role: str) -> QWidget:
        words_ = [label(title, "lead", wrap=True)]
        words_ += [label(one, "", wrap=True) for one in sentences if one]
        icon = drawing("warning" if role == "danger" else "bell", role, 22)
        items: list[Item] = [column(icon, None), column(*words_, gap=2), *acts]
        line = row(*items, gap=Space.M)
        line.setStretch(1, 1)
        return panel(line)

    def _open(self, one: Emergency) -> QWidget:
        return button(text("Open"), partial(self.opened.emit, one.case, "emergency", one.id), "quiet")

    def _missed(self, one: Emergency, now: datetime) -> QWidget:
        standing = one.standing(now)
        assert standing is not None
        state = said.check_ins(standing)
        heard = button(
            text("I heard from them"),
            partial(acting.heard, self._session, self, one, self.notice),
            "primary",
            "check",
        )
        acts: list[QWidget] = [heard]
        if standing.phase is not Phase.LATE:
            acts.append(acting.wait_button(self._session, self, one, self.notice))
        acts.append(self._open(one))
        return self._line(one.title, [state.words, said.by_itself(standing)], acts, state.kind)

    def _released(self, one: Emergency, mine: bool, by: list[str]) -> QWidget:
        who = ", ".join(said.member(name) for name in by)
        reasons = [said.reason(s.note) for s in one.of(packages.RELEASE) if s.note]
        acts: list[QWidget] = []
        if not one.released():
            title = text("{who} released the emergency package: {person}", who=who, person=one.title)
            lines = [*reasons[-1:], text("One more person is needed.")]
            if mine and self._session.info.member not in by:
                acts.append(
                    button(
                        text("Release it…"),
                        partial(acting.release, self._session, self, one, self.notice),
                        "danger",
                    )
                )
        else:
            title = text("The emergency package is released: {person}", person=one.title)
            lines = [text("By {who}.", who=who), *reasons[-1:]]
            if not one.server:
                lines.append(text("Write the release, and bring it to the partner now."))
                acts.append(
                    button(text("Write it for the partner…"), partial(self._write, one), "primary", "export")
                )
            acts.append(
                button(
                    text("They have it"),
                    partial(
                        acting.act,
                        self._session,
                        self,
                        partial(self._session.vault.emergency.handed, one.id),
                        self.notice,
                    ),
                    "",
                    "check",
                )
            )
        acts.append(
            button(
                text("False alarm…"), partial(acting.end, self._session, self, one, self.notice), "", "close"
            )
        )
        return self._line(title, lines, [*acts, self._open(one)], "danger")

    def _write(self, one: Emergency) -> None:
        def done(name: str) -> None:
            self.notice.say(text("Written: {name}. Bring it to the partner.", name=name), kind="success")

        acting.write_release(self._session, self, one, self.notice, done)

    def _drill(self, one: Emergency, mine: bool) -> QWidget:
        assert one.drill is not None
        by = one.released_by(one.drill.id)
        acts: list[QWidget] = []
        if mine and self._session.info.member not in by and not one.released(one.drill.id):
            acts.append(
                button(
                    text("Release (drill)"),
                    partial(acting.release, self._session, self, one, self.notice, True),
                    "primary",
                )
            )
        title = text("Drill: the emergency package of {person}", person=one.title)
        lines = [text("Released by {who}.", who=", ".join(by))] if by else []
        lines.append(text("It is not real. Do what you would do if it were."))
        return self._line(title, lines, [*acts, self._open(one)], "warning")

    def _held(self, held: Waiting) -> QWidget:
        if held.drill:
            title = text("A drill of {partner}: {person}", partner=held.partner, person=held.title)
            lines = [text("Open it, and say the three words to them.")]
        else:
            title = text(
                "{partner} released an emergency package to you: {person}",
                partner=held.partner,
                person=held.title,
            )
            lines = [held.reason, text("Open it now.")]
        go = button(text("Open…"), partial(self.held_wanted.emit, held.record), "primary", "shield")
        return self._line(title, lines, [go], "warning" if held.drill else "danger")
