"""The emergency packages of a case: how each stands, and what can be done with it now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QListWidgetItem, QVBoxLayout, QWidget

from defenderdesk import i18n
from defenderdesk.domain import vocabulary
from defenderdesk.i18n import plural, text
from defenderdesk.interchange.emergency import wording as said
from defenderdesk.sync import link_policy
from defenderdesk.ui.emergency import acting
from defenderdesk.ui.emergency.prepare import Prepare
from defenderdesk.ui.look import icons
from defenderdesk.ui.look.palette import Space
from defenderdesk.ui.parts.fitting import Fitted
from defenderdesk.ui.parts.lines import lines
from defenderdesk.ui.parts.notice import Notice
from defenderdesk.ui.parts.pages import Pages
from defenderdesk.ui.parts.record_item import record_of, set_record
from defenderdesk.ui.parts.widgets import (
    EmptyState,
    Item,
    button,
    card,
    column,
    empty,
    label,
    panel,
    row,
    scroll,
)
from defenderdesk.ui.records.links import Links
from defenderdesk.ui.work.session import Session, concerns
from defenderdesk.vault.emergency import packages, steps
from defenderdesk.vault.emergency.packages import Emergency
from defenderdesk.vault.types import Change

_PAST = 50
"""Steps that are shown of what was done."""
_LOOK = {"danger": "alert", "warning": "warning", "success": "well", "info": "muted"}


@dataclass(frozen=True)
class Seen:
    """A package, and what this laptop can do with it."""

    found: Emergency
    partner: str
    mine: bool
    lost: tuple[str, ...]
    away: tuple[str, ...]
    moved: bool
    """True if its letters lie at a server that this laptop does not use (any more)."""


class Packages(QWidget):
    """The page within a case."""

    def __init__(self, session: Session, links: Links, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._links = session, links
        self._case = ""
        self._seen: dict[str, Seen] = {}
        self._wanted = ""
        self._shown = ""
        self.notice = Notice()
        self.list = lines(text("Emergency packages"))
        self.list.setMinimumWidth(200)
        self.list.setMaximumWidth(300)
        self.list.currentItemChanged.connect(lambda item, _: self._choose(item))
        self._page = QVBoxLayout()
        self._page.setContentsMargins(0, 0, 0, 0)
        self._page.setSpacing(Space.M)
        add = button(text("Prepare one…"), self.prepare, "", "plus")
        side = column(add, self.list, gap=Space.S)
        both = row(side, scroll(Fitted(column(panel(self._page), None, gap=0))), gap=Space.L)
        both.setStretch(0, 2)
        both.setStretch(1, 5)
        nothing = EmptyState(
            "shield",
            text("Emergency packages"),
            text(
                "What a trusted partner is to have if this person is taken: sealed now, opened "
                "only when the persons you choose release it."
            ),
            button(text("Prepare one…"), self.prepare, "primary", "plus"),
        )
        self._pages = Pages(nothing, panel(both), shown=0)
        layout = column(self.notice, self._pages, gap=Space.M)
        layout.setStretch(1, 1)
        self.setLayout(layout)
        session.changed.connect(self._news)

    def _news(self, change: Change) -> None:
        if self._case and concerns(change, kinds=("emergency", "emergency_step")):
            self.load(self._case)

    def load(self, case: str, record: str = "") -> None:
        """Read the packages of a case, and show one."""
        self._case = case
        self._wanted = record or self._wanted
        vault = self._session.vault

        def work() -> list[Seen]:
            server = link_policy.public_address(str(vault.setting("server") or ""))
            return [
                Seen(
                    one,
                    said.partner(vault, one.organisation),
                    vault.emergency.can_release(one),
                    tuple(vault.emergency.lost(one)) if one.live else (),
                    tuple(vault.emergency.away(one)) if one.live else (),
                    bool(server and one.server) and one.server != server,
                )
                for one in vault.emergency.all_of(case)
            ]

        self._session.operations.read(self, work, self._show, self.notice.fail, key=f"packages-{id(self)}")

    def _now(self) -> datetime:
        return self._session.vault.emergency.now()

    def _show(self, seen: list[Seen]) -> None:
        self._seen = {one.found.id: one for one in seen}
        wanted = self._wanted if self._wanted in self._seen else self._shown
        self._wanted = ""
        blocked = self.list.blockSignals(True)
        self.list.clear()
        for one in seen:
            state = said.state(one.found, self._now())
            item = QListWidgetItem(f"{one.found.title}\n{one.partner}")
            set_record(item, one.found.id)
            item.setToolTip(state.words)
            role = {"info": "muted", "success": "accent"}.get(state.kind, state.kind)
            item.setIcon(icons.icon("shield", role))
            self.list.addItem(item)
            if one.found.id == wanted:
                self.list.setCurrentItem(item)
        if self.list.count() and self.list.currentRow() < 0:
            self.list.setCurrentRow(0)
        self.list.blockSignals(blocked)
        self._pages.turn(1 if seen else 0)
        self._choose(self.list.currentItem())

    def _choose(self, item: QListWidgetItem | None) -> None:
        empty(self._page)
        self._shown = record_of(item)
        if one := self._seen.get(self._shown):
            for made in self._cards(one):
                self._page.addWidget(made)

    # -- what is shown --------------------------------------------------------------------------

    def _cards(self, one: Seen) -> list[QWidget]:
        found = one.found
        cards = [self._head(one)]
        if found.live:
            if found.agreement is not None:
                cards.append(self._check_ins(found))
            cards.append(self._release(one))
            cards.append(self._drill(one))
        cards.append(self._past(found))
        return cards

    def _head(self, one: Seen) -> QWidget:
        found = one.found
        state = said.state(found, self._now())
        items: list[Item] = [
            label(
                text("{person}, for {partner}", person=found.title, partner=one.partner), "heading", wrap=True
            ),
        ]
        if found.agreement is None or found.released_by() or not found.live:
            items.append(label(state.words, _LOOK[state.kind], wrap=True))
        if found.agreed:
            items.append(label(found.agreed, "", wrap=True))
        about = text("Prepared on {date} by {who}.", date=i18n.date(found.prepared), who=found.maker)
        items.append(label(about, "muted", wrap=True))
        if found.ended_why:
            items.append(label(found.ended_why, "", wrap=True))
        if found.live:
            line: list[Item] = []
            if not found.of(packages.HANDED) and not found.released_by():
                items.append(
                    label(
                        text("Hand the file to the partner, and let them look whether it opens."),
                        "warning",
                        wrap=True,
                    )
                )
                line.append(button(text("They have it"), partial(self._handed, found), "", "check"))
            line += [None, button(text("End it…"), partial(self.end, found), "quiet", "close")]
            items.append(row(*line))
        return card(*items, gap=Space.S)

    def _check_ins(self, found: Emergency) -> QWidget:
        standing = found.standing(self._now())
        assert standing is not None
        state = said.check_ins(standing)
        items: list[Item] = [
            label(text("Check-ins"), "lead"),
            label(state.words, _LOOK[state.kind], wrap=True),
        ]
        if (going := said.by_itself(standing)) and not found.released():
            items.append(label(going, "", wrap=True))
        if standing.last:
            items.append(
                label(
                    text("Last heard from on {time}.", time=i18n.day_and_time(standing.last)),
                    "muted",
                    wrap=True,
                )
            )
        heard = button(
            text("I heard from them"),
            partial(acting.heard, self._session, self, found, self.notice),
            "primary",
            "check",
        )
        wait = acting.wait_button(self._session, self, found, self.notice)
        items.append(row(heard, wait, None))
        return card(*items, gap=Space.S)

    def _release(self, one: Seen) -> QWidget:
        found = one.found
        by = found.released_by()
        need = plural("{n} person releases it.", "{n} persons release it together.", found.need)
        items: list[Item] = [label(text("Who may release it"), "lead"), label(need, "muted")]
        for name in found.holders:
            mark, look = "", ""
            if name in by:
                mark, look = text("released it"), "alert"
            elif name in one.lost:
                mark, look = text("has no laptop any more that could"), "warning"
            elif name in one.away:
                mark, look = text("cannot until their laptop is back from its journey"), "warning"
            items.append(label(_marked(name, mark) if mark else name, look, wrap=True))
        if found.timed:
            mark = text("released it") if packages.SERVER in by else text("if check-ins were missed")
            items.append(label(_marked(text("The server"), mark), "", wrap=True))
        if one.moved:
            sentence = (
                text(
                    "The office has another server now: check-ins no longer move what the old one "
                    "hands out. End it, synchronise once more with the old server, and prepare a "
                    "new one."
                )
                if found.timed
                else text(
                    "The office has another server now: a release no longer reaches the "
                    "partner by itself. Prepare a new one."
                )
            )
            items.append(label(sentence, "alert", wrap=True))
        if sentence := said.too_few(found, one.lost, one.away):
            items.append(label(sentence, "alert", wrap=True))
        line: list[Item] = []
        if one.mine and self._session.info.member not in by:
            line.append(
                button(
                    text("Release it…"),
                    partial(acting.release, self._session, self, found, self.notice),
                    "danger",
                )
            )
        if steps.letters(found):
            line.append(
                button(
                    text("Write the release for the partner…"),
                    partial(self._write, found, False),
                    "primary" if found.released() else "",
                    "export",
                )
            )
        if not one.mine and not line:
            items.append(label(text("This laptop holds no piece of it."), "muted", wrap=True))
        if line:
            items.append(row(*line, None))
        return card(*items, gap=Space.S)

    def _drill(self, one: Seen) -> QWidget:
        found, drill = one.found, one.found.drill
        items: list[Item] = [label(text("Drill"), "lead")]
        if drill is None:
            last = (
                text("The last one went through on {date}.", date=i18n.day_and_time(found.drilled))
                if found.drilled
                else text("It was never tried. A drill goes the whole way and opens nothing real.")
            )
            items.append(label(last, "muted", wrap=True))
            begin = partial(self._session.vault.emergency.begin_drill, found.id)
            items.append(row(button(text("Begin a drill"), partial(self._act, begin), "", "bell"), None))
            return card(*items, gap=Space.S)
        by = found.released_by(drill.id)
        items.append(
            label(
                text("A drill goes on, since {time}.", time=i18n.day_and_time(drill.at)), "warning", wrap=True
            )
        )
        if by:
            items.append(label(text("Released by {who}.", who=", ".join(by)), "", wrap=True))
        line: list[Item] = []
        if one.mine and self._session.info.member not in by:
            line.append(
                button(
                    text("Release (drill)"),
                    partial(acting.release, self._session, self, found, self.notice, True),
                    "primary",
                )
            )
        if by:
            line.append(
                button(text("Write it for the partner…"), partial(self._write, found, True), "", "export")
            )
        stop = partial(self._session.vault.emergency.stop_drill, found.id)
        line += [None, button(text("Break it off"), partial(self._act, stop), "quiet")]
        items.append(row(*line))
        if found.released(drill.id):
            typed = QLineEdit()
            typed.setPlaceholderText(text("The three words that the partner says"))
            typed.setAccessibleName(text("The three words that the partner says"))

            def compare() -> None:
                end = partial(self._session.vault.emergency.end_drill, found.id, typed.text())
                self._act(end)

            typed.returnPressed.connect(compare)
            asked = row(typed, button(text("They are right"), compare, "", "check"))
            asked.setStretch(0, 1)
            items.append(asked)
        return card(*items, gap=Space.S)

    def _past(self, found: Emergency) -> QWidget:
        items: list[Item] = [label(text("What was done"), "lead")]
        steps = [step for step in reversed(found.steps) if step.what != packages.PIECE]
        for step in steps[:_PAST]:
            what = vocabulary.label("emergency_step", step.what, i18n.language())
            if step.until:
                what = _marked(what, i18n.day_and_time(step.until))
            who = text("{member}, {time}", member=step.member, time=i18n.day_and_time(step.at))
            note = said.reason(step.note)
            items.append(column(label(what, "", wrap=True), label(who, "small"), gap=0))
            if note:
                items.append(label(note, "muted", wrap=True))
        if len(steps) > _PAST:
            sentence = plural(
                "{n} earlier step is not shown.", "{n} earlier steps are not shown.", len(steps) - _PAST
            )
            items.append(label(sentence, "muted"))
        if not steps:
            items.append(label(text("Nothing yet."), "muted"))
        return card(*items, gap=Space.S)

    # -- what is done ---------------------------------------------------------------------------

    def _act(self, work: Callable[[], object]) -> None:
        self.notice.clear()
        acting.act(self._session, self, work, self.notice)

    def _handed(self, found: Emergency) -> None:
        self._act(partial(self._session.vault.emergency.handed, found.id))

    def _write(self, found: Emergency, drill: bool) -> None:
        def done(name: str) -> None:
            self.notice.say(text("Written: {name}. Bring it to the partner.", name=name), kind="success")

        acting.write_release(self._session, self, found, self.notice, done, drill)

    def prepare(self) -> None:
        """Prepare one more."""

        def done(name: str) -> None:
            self.notice.say(
                text("Sealed: {name}. Hand it to the partner now, and agree a drill.", name=name),
                kind="success",
            )

        dialog = Prepare(self._session, self._case, self._links, done, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def end(self, found: Emergency) -> None:
        """Ask why, then end it."""
        acting.end(self._session, self, found, self.notice)


def _marked(what: str, why: str) -> str:
    return text("{what}: {why}", what=what, why=why)
