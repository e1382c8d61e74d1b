"""The pages of the sidebar: each made when it is first shown, its signals led to the main view."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from defenderdesk.ui.calendar.month import CalendarPage
from defenderdesk.ui.calendar.today import Today
from defenderdesk.ui.cases.board import Board
from defenderdesk.ui.cases.conflicts import Conflicts
from defenderdesk.ui.cases.list import CasesList
from defenderdesk.ui.exchange.page import Exchange
from defenderdesk.ui.joint.page import Together
from defenderdesk.ui.people.page import People
from defenderdesk.ui.people.visits import Visits
from defenderdesk.ui.settings.page import Settings
from defenderdesk.ui.warning import Warnings
from defenderdesk.ui.work.preferences import Preferences
from defenderdesk.ui.workspace.office import OfficePage
from defenderdesk.ui.workspace.page import Workspace

if TYPE_CHECKING:
    from defenderdesk.ui.shell.main_view import MainView


def make_page(name: str, view: MainView, preferences: Preferences) -> QWidget:
    """The page of that name."""
    session, toast = view.session, view.toast
    if name == "today":
        today = Today(session)
        today.opened.connect(view.open_day)
        today.case_opened.connect(view.open_case)
        today.page_wanted.connect(view.show_page)
        return today
    if name == "cases":
        cases = CasesList(session)
        cases.opened.connect(view.open_case)
        cases.new_wanted.connect(view.new_case)
        return cases
    if name == "people":
        people = People(session, toast)
        people.case_opened.connect(view.open_case)
        return people
    if name == "board":
        board = Board(session)
        board.opened.connect(view.open_case)
        return board
    if name == "calendar":
        calendar = CalendarPage(session)
        calendar.opened.connect(view.open_day)
        return calendar
    if name == "visits":
        visits = Visits(session, toast)
        visits.record_opened.connect(view.open_linked)
        return visits
    if name == "warnings":
        warnings = Warnings(session)
        warnings.opened.connect(view.open_case)
        warnings.counted.connect(view.count_alerts)
        return warnings
    if name == "together":
        joint = Together(session)
        joint.opened.connect(view.open_case)
        return joint
    if name == "conflicts":
        conflicts = Conflicts(session, toast)
        conflicts.open_case.connect(view.open_case)
        return conflicts
    if name == "exchange":
        exchange = Exchange(session)
        exchange.case_wanted.connect(view.open_case)
        return exchange
    if name == "workspace":
        return Workspace(session)
    if name == "office":
        return OfficePage(session, toast)
    settings = Settings(session, preferences)
    settings.preferred.connect(view.preferred)
    return settings
