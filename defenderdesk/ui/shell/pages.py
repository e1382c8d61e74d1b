"""The pages of the sidebar: how each is made, and which of its signals leads to what.

Pages emit and know nothing of the main view; it makes a page when it is first shown, and connects
its signals to the actions that this table names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from PySide6.QtWidgets import QWidget

from defenderdesk.ui.calendar.month import CalendarPage
from defenderdesk.ui.calendar.today import Today
from defenderdesk.ui.cases.board import Board
from defenderdesk.ui.cases.conflicts import Conflicts
from defenderdesk.ui.cases.deleted import DeletedPage
from defenderdesk.ui.cases.list import CasesList
from defenderdesk.ui.cases.same import Duplicates
from defenderdesk.ui.exchange.page import Exchange
from defenderdesk.ui.joint.page import Together
from defenderdesk.ui.parts.notice import Toast
from defenderdesk.ui.people.page import People
from defenderdesk.ui.people.visits import Visits
from defenderdesk.ui.settings.page import Settings
from defenderdesk.ui.warning import Warnings
from defenderdesk.ui.work.preferences import Preferences
from defenderdesk.ui.work.session import Session
from defenderdesk.ui.workspace.office import OfficePage
from defenderdesk.ui.workspace.page import Workspace


@dataclass(frozen=True)
class Page:
    """One page: what makes it, and by the name of each of its signals the main view's action."""

    make: Callable[[Session, Toast, Preferences], QWidget]
    leads: Mapping[str, str] = field(default_factory=dict)


PAGES: Mapping[str, Page] = {
    "today": Page(
        lambda session, _toast, _preferences: Today(session),
        {"opened": "open_day", "case_opened": "open_case", "page_wanted": "show_page"},
    ),
    "cases": Page(
        lambda session, _toast, _preferences: CasesList(session),
        {"opened": "open_case", "new_wanted": "new_case"},
    ),
    "people": Page(lambda session, toast, _preferences: People(session, toast), {"case_opened": "open_case"}),
    "board": Page(lambda session, _toast, _preferences: Board(session), {"opened": "open_case"}),
    "calendar": Page(lambda session, _toast, _preferences: CalendarPage(session), {"opened": "open_day"}),
    "visits": Page(
        lambda session, toast, _preferences: Visits(session, toast),
        {"record_opened": "open_linked"},
    ),
    "warnings": Page(
        lambda session, _toast, _preferences: Warnings(session),
        {"opened": "open_case", "counted": "count_alerts"},
    ),
    "together": Page(lambda session, _toast, _preferences: Together(session), {"opened": "open_case"}),
    "conflicts": Page(
        lambda session, toast, _preferences: Conflicts(session, toast), {"open_case": "open_case"}
    ),
    "duplicates": Page(
        lambda session, toast, _preferences: Duplicates(session, toast), {"opened": "open_linked"}
    ),
    "deleted": Page(
        lambda session, toast, _preferences: DeletedPage(session, toast), {"opened": "open_case"}
    ),
    "exchange": Page(lambda session, _toast, _preferences: Exchange(session), {"case_wanted": "open_case"}),
    "workspace": Page(lambda session, _toast, _preferences: Workspace(session), {"case_opened": "open_case"}),
    "office": Page(lambda session, toast, _preferences: OfficePage(session, toast)),
    "settings": Page(
        lambda session, _toast, preferences: Settings(session, preferences),
        {"preferred": "preferred"},
    ),
}
