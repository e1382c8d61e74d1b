"""Pictures of every main screen, drawn off the screen: for the user guide, the website, and for
whoever changes a screen and wants to see it in both languages and both themes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtWidgets import QApplication, QMainWindow, QWidget

from defenderdesk import i18n
from defenderdesk.ui.cases.quick import QuickEntry
from defenderdesk.ui.emergency.plans import Plans
from defenderdesk.ui.entry.first_run import CHOICE, CODE, CREATE, LANGUAGE, PASSPHRASE, FirstRun
from defenderdesk.ui.entry.unlock import Unlock
from defenderdesk.ui.look import theme
from defenderdesk.ui.shell.app import application
from defenderdesk.ui.shell.main_view import MainView
from defenderdesk.ui.shell.sidebar import PAGES
from defenderdesk.ui.work import gui_gc
from defenderdesk.ui.work.preferences import Preferences
from defenderdesk.ui.work.session import Session
from defenderdesk.vault.types import CaseFilter

if TYPE_CHECKING:
    from defenderdesk.vault import Vault

SIZE = (1280, 800)


def save_all(
    vault: Vault,
    out: Path,
    languages: Sequence[str] = ("en", "fr"),
    themes: Sequence[str] = ("light", "dark"),
) -> list[Path]:
    """Write `out/<language>-<theme>-<screen>.png` for each screen; the paths written."""
    app = application()
    before = i18n.language()
    out.mkdir(parents=True, exist_ok=True)
    written = []
    try:
        for language in languages:
            i18n.use(language)
            rtl = i18n.is_rtl()
            app.setLayoutDirection(Qt.LayoutDirection.RightToLeft if rtl else Qt.LayoutDirection.LeftToRight)
            for chosen in themes:
                theme.apply(app, chosen)
                for name, widget in _screens(vault, Preferences(language, chosen)):
                    path = out / f"{language}-{chosen}-{name}.png"
                    widget.grab().save(str(path))
                    written.append(path)
    finally:
        i18n.use(before)
        app.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        theme.apply(app)
        gui_gc.end()
    return written


def _screens(vault: Vault, preferences: Preferences) -> Iterator[tuple[str, QWidget]]:
    for name, screen in _entry(vault.profile):
        with _shown(screen) as window:
            yield name, window
    session = Session(vault, vault.info())
    view = MainView(session, preferences)
    view.sync.stop()
    with _shown(view) as window:
        for name, prepare in _scenes(view, vault):
            prepare()
            _settle(session)
            yield name, window
        quick = QuickEntry(session)
        quick.show()
        _settle(session)
        yield "quick-entry", quick
        quick.deleteLater()
        plans = Plans(session, "")
        plans.show()
        _settle(session)
        yield "plans", plans
        plans.deleteLater()
    session.operations.close(lambda: None).wait(5)


def _entry(profile: Path) -> Iterator[tuple[str, QWidget]]:
    steps = {
        "first-1-language": LANGUAGE,
        "first-2-passphrase": PASSPHRASE,
        "first-3-code": CODE,
        "first-4-workspace": CHOICE,
        "first-5-create": CREATE,
    }
    for name, step in steps.items():
        screen = FirstRun(profile, None, step)
        if step == PASSPHRASE:
            screen.passphrase.first.setText("quiet lantern folds the map")
            screen.passphrase.second.setText("quiet lantern folds the map")
            while not screen.passphrase.ready():  # it is measured in a thread of its own
                QCoreApplication.processEvents()
        if step == CODE:
            screen.show_code("7WAJI-5WM7W-UU7XX-WLHQ4-XP6KR7")
        yield name, screen
        screen.operations.close(lambda: None)
    unlock = Unlock(profile)
    yield "unlock", unlock
    unlock.operations.close(lambda: None)


_SECTIONS = (
    "timeline",
    "advice",
    "involvement",
    "event",
    "act",
    "consent",
    "submission",
    "intervention",
    "proceeding",
    "hearing",
    "assessment",
    "measure",
    "attachment",
    "history",
)


def _scenes(view: MainView, vault: Vault) -> Iterator[tuple[str, Callable[[], object]]]:
    yield "today", lambda: view.show_page("today")
    yield "cases", lambda: view.show_page("cases")
    rows = vault.cases(CaseFilter(), 0, 1)
    if rows:
        case = rows[0].id
        yield "case-overview", lambda: view.open_case(case, "case")
        for kind in _SECTIONS:
            yield f"case-{kind}", partial(view.open_case, case, kind)
    for page in PAGES[2:]:
        yield page, partial(view.show_page, page)
    for person in vault.views.newest("person", 1):
        yield "person", partial(view.open_record, person.id, "person")
    for visit in vault.views.newest("visit", 1):
        yield "visit", partial(view.open_record, visit.id, "visit")


class _shown:  # noqa: N801 (reads as a statement)
    """`with _shown(widget) as window`: the widget in a window of the usual size."""

    def __init__(self, widget: QWidget) -> None:
        self._window = QMainWindow()
        self._window.setCentralWidget(widget)
        self._window.resize(*SIZE)

    def __enter__(self) -> QMainWindow:
        self._window.show()
        _events(0.15)
        return self._window

    def __exit__(self, *_: object) -> None:
        self._window.hide()
        self._window.deleteLater()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def _events(seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        QApplication.processEvents()
        time.sleep(0.005)


def _settle(session: Session) -> None:
    """Let the screens read what they show."""
    _events(0.1)
    until = time.monotonic() + 5
    while session.operations.busy and time.monotonic() < until:
        _events(0.02)
    _events(0.05)
