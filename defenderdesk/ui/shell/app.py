"""The desktop application: one window, which shows first run, unlock, or the main screen.

Locking flushes what was typed (also in quick entry), takes the screens away at once, and closes
the vault behind them when the last save is committed. The vault also locks by itself after some
minutes without use.
"""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QLibraryInfo, QObject, QSize, Qt, QTimer, QTranslator
from PySide6.QtGui import QCloseEvent, QWindow
from PySide6.QtWidgets import QApplication, QDialog, QMainWindow, QMessageBox

from defenderdesk import i18n
from defenderdesk.errors import IncompleteInstallError
from defenderdesk.i18n import text
from defenderdesk.ui.cases.quick import QuickEntry
from defenderdesk.ui.entry.first_run import LANGUAGE, PASSPHRASE, FirstRun
from defenderdesk.ui.entry.unlock import Unlock
from defenderdesk.ui.guard import capture, panic, told
from defenderdesk.ui.guard.clipboard import ClipboardGuard
from defenderdesk.ui.guard.guard import Guard, read_chosen
from defenderdesk.ui.guard.rehearsal import Rehearsal
from defenderdesk.ui.look import icons, theme
from defenderdesk.ui.parts.ask import ask
from defenderdesk.ui.parts.notice import BugDialog
from defenderdesk.ui.shell.main_view import MainView
from defenderdesk.ui.work import gui_gc
from defenderdesk.ui.work.preferences import Preferences
from defenderdesk.ui.work.session import Session

if TYPE_CHECKING:
    from defenderdesk.vault import Vault
    from defenderdesk.vault.types import Info

IDLE_CHECK = 5_000
"""Milliseconds between two looks at the clock."""

SLEPT = 35.0
"""Seconds between two looks that say that the computer slept."""

COVER = 250
"""Milliseconds between two looks for windows to keep out of captures."""

ASKED_CHECK = 300
"""Milliseconds between two looks whether another process asks to lock."""

_USE = (QEvent.Type.KeyPress, QEvent.Type.MouseButtonPress, QEvent.Type.Wheel)


class Window(QMainWindow):
    """The window."""

    def __init__(
        self,
        profile: Path,
        unlock_seconds: float = 1.0,
        leave: Callable[[], object] = panic.end_process,
        guard: Callable[[Preferences], Guard] = Guard,
    ) -> None:
        super().__init__()
        self._profile = profile
        self._leave = leave
        self._unlock_seconds = unlock_seconds
        self.preferences = Preferences.load(profile)
        self._make_guard = guard
        self._guard: Guard | None = None
        self._clipboard = ClipboardGuard(self.preferences, self)
        self._cover = QTimer(self, interval=COVER)
        self._cover.timeout.connect(self._cover_windows)
        if capture.able():
            self._cover.start()
        self._translator: QTranslator | None = None
        self._closing: threading.Event | None = None
        self.view: MainView | None = None
        self.session: Session | None = None
        self._ending: Session | None = None
        self.setWindowTitle("DefenderDesk")
        self.setMinimumSize(940, 560)
        room = self.screen().availableGeometry().size()  # an old laptop's is lower than 800
        self.resize(QSize(1280, 800).boundedTo(room))
        self._used = (0.0, 0.0)
        self._looked = 0.0
        self._idle = QTimer(self, interval=IDLE_CHECK)
        self._idle.timeout.connect(self._look_at_clock)
        self._told_to_end = False
        self._asked = QTimer(self, interval=ASKED_CHECK)
        self._asked.timeout.connect(self._look_whether_asked)
        self._ear = panic.Ear(profile, leave, self)
        self._ear.asked.connect(self.panic)
        self._leaving: panic.Leaving | None = None
        application().focusWindowChanged.connect(self._watch)
        self._dress()
        self.enter()

    # -- before the vault is open --------------------------------------------------------------

    def enter(self) -> None:
        """Show first run or unlock."""
        from defenderdesk.vault import Vault

        if Vault.exists(self._profile):
            self._unlock()
        else:
            self._first_run(None, LANGUAGE)

    def _first_run(self, vault: Vault | None, step: int) -> None:
        screen = FirstRun(self._profile, vault, step, self._unlock_seconds)
        screen.opened.connect(self.open)
        screen.restored.connect(lambda: QTimer.singleShot(0, self, self._unlock))
        screen.language_chosen.connect(self._first_language)
        self.setCentralWidget(screen)

    def _first_language(self, language: str) -> None:
        self.preferences.language = language
        self._dress()
        self._first_run(None, PASSPHRASE)

    def _unlock(self) -> None:
        screen = Unlock(self._profile, self._closing)
        screen.opened.connect(self.open)
        screen.gone.connect(lambda: QTimer.singleShot(0, self, self.enter))
        screen.language_chosen.connect(self._unlock_language)
        self.setCentralWidget(screen)

    def _unlock_language(self, language: str) -> None:
        self.preferences.language = language
        self.preferences.save(self._profile)
        self._dress()
        self._unlock()

    def _dress(self) -> None:
        i18n.use(self.preferences.language)
        app = application()
        rtl = i18n.is_rtl()
        app.setLayoutDirection(Qt.LayoutDirection.RightToLeft if rtl else Qt.LayoutDirection.LeftToRight)
        if self._translator:
            app.removeTranslator(self._translator)
        self._translator = QTranslator(self)
        folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
        if self._translator.load(f"qtbase_{i18n.language()}", folder):
            app.installTranslator(self._translator)
        theme.apply(app, self.preferences.theme, self.preferences.text_size)
        self.setWindowIcon(icons.icon("shield", "accent"))

    # -- the open vault ------------------------------------------------------------------------

    def open(self, vault: Vault, info: Info) -> None:
        """Show the main screen of a vault, or finish its first run."""
        if not info.workspace:
            QTimer.singleShot(0, self, lambda: self._first_run(vault, LANGUAGE))
            return
        self.preferences.save(self._profile)
        self.session = Session(vault, info)
        self.session.revoked.connect(self._revoked)
        self._watch_over(self.session)
        self._show_main()
        self._touch()
        self._idle.start()
        self._asked.start()

    def _watch_over(self, session: Session) -> None:
        """Have the machine and the stick lock this session."""
        guard = self._make_guard(self.preferences)
        guard.setParent(session)
        guard.watch.closing = lambda: self._closing  # of the lock that it brought about
        guard.lock_wanted.connect(self.lock)
        guard.panic_wanted.connect(self.panic)
        guard.lost.connect(self._guard_lost)
        guard.start()
        session.operations.read(guard, lambda: read_chosen(session.vault), guard.choose)
        session.guard = self._guard = guard

    def _guard_lost(self) -> None:
        if self.view:
            self.view.notice.say(
                text("This computer no longer says when it sleeps or locks."),
                text("Lock with Ctrl+L before you leave it."),
                "warning",
            )

    def _unwatch(self) -> None:
        if self._guard:
            self._guard.stop()
            self._guard = None

    def _cover_windows(self) -> None:
        capture.cover_all(self.preferences.hide_from_captures)

    def _show_main(self) -> None:
        assert self.session
        self.view = MainView(self.session, self.preferences)
        self.view.lock_wanted.connect(self.lock)
        self.view.preferred.connect(self._prefer)
        self.setCentralWidget(self.view)

    def _prefer(self) -> None:
        """Language or look changed: make the screens anew."""
        self._dress()
        self._touch()
        if self.view:
            self.view.sync.stop()
            self.view.flush()
        QTimer.singleShot(0, self, self._show_settings)

    def _show_settings(self) -> None:
        if self.session:
            self._show_main()
            assert self.view
            self.view.show_page("settings")

    def lock(self) -> None:
        """Save, take the screens away, close the vault."""
        if not self.session or not self.view:
            return
        self._idle.stop()
        self._asked.stop()
        self._gather()
        for dialog in self.view.findChildren(QDialog):
            dialog.hide()
            dialog.deleteLater()
        self._closing = self.session.close()
        self._unwatch()
        self._ending = self.session  # lives until its last save is written
        self.view, self.session = None, None
        self._clipboard.clear_all()
        self._unlock()

    def _revoked(self) -> None:
        """The keys are gone, on the office's wish: nothing is left to unlock."""
        self.lock()
        self.enter()

    def _gather(self) -> None:
        """Give what was typed to the writing lane."""
        assert self.view
        self.view.sync.stop()
        self.view.flush()
        for entry in self.view.findChildren(QuickEntry):
            entry.keep()

    def panic(self) -> None:
        """Hide everything at once, then let go of the keys and end the process. What was typed
        is still written if that takes but a moment (see `ui.guard.panic`)."""
        if self._leaving:
            return
        self._leaving = panic.Leaving(self._leave)
        panic.hide_everything()
        self._ear.heard()
        panic.Curtain(self)
        self._idle.stop()
        self._asked.stop()
        self._unwatch()
        session = self.session
        with contextlib.suppress(Exception):  # a bug of a form must not keep the process
            if self.view:
                self._gather()
        if session:
            self._closing = session.close()
            self._ending, self.session, self.view = session, None, None
        self._leaving.close(session, self._closing)

    def _touch(self) -> None:
        self._used = (time.time(), time.monotonic())
        self._looked = time.time()

    def _look_at_clock(self) -> None:
        """Lock when nobody used it for long. Both clocks count: the monotonic one stands still
        while a laptop sleeps, and the other can be set back. Who looks late has slept, on
        machines too that say nothing of it."""
        looked, self._looked = self._looked, time.time()
        if self.preferences.lock_with_computer and self._looked - looked > SLEPT:
            self.lock()
            return
        idle = max(time.time() - self._used[0], time.monotonic() - self._used[1])
        if idle >= max(self.preferences.lock_minutes, 1) * 60:
            self.lock()

    def _look_whether_asked(self) -> None:
        """Lock when `defenderdesk lock` asks for it."""
        from defenderdesk.vault import Vault

        if Vault.asked_to_lock(self._profile):
            self.lock()

    def tell_bug(self, exc: BaseException) -> None:
        """A mistake of the program that nothing else caught."""
        if self.view:
            self.view.tell_bug(exc)
        else:
            BugDialog(exc, self).open()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if self.preferences.panic and panic.pressed(event):
            rehearsal = application().activeModalWidget()
            if isinstance(rehearsal, Rehearsal):
                rehearsal.happened()
            else:
                self.panic()
            return True
        if event.type() in _USE and self.session:
            self._touch()
        return False

    def _watch(self, window: QWindow | None) -> None:
        """Notice keys and clicks in every window of ours (a filter on the whole application
        would run for every event of every widget)."""
        if window:
            window.installEventFilter(self)
            if capture.able():
                self._cover_windows()

    def end(self) -> None:
        """Ends because the system says so (SIGTERM): as closing does, and nobody is asked."""
        self._told_to_end = True
        for dialog in application().topLevelWidgets():
            if isinstance(dialog, QDialog):
                dialog.reject()  # one that waits for an answer would keep the process
        self.close()
        application().quit()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Leave nothing half written."""
        if self.view and self.view.failing() and not self._told_to_end:
            sentence = text("Something is not saved yet, and would be lost.")
            if not ask(self, text("Close"), sentence, text("Close all the same"), text("Stay")):
                event.ignore()
                return
        screen = self.centralWidget()
        if self.session:
            self.lock()
            screen = self.centralWidget()
        if isinstance(screen, FirstRun | Unlock):
            screen.end()
        if self._closing:
            self._closing.wait(30)
        self._ear.end()
        application().focusWindowChanged.disconnect(self._watch)
        event.accept()


def application() -> QApplication:
    """The Qt application, made when there is none."""
    app = QApplication.instance()
    return app if isinstance(app, QApplication) else QApplication(sys.argv[:1])


def default_profile() -> Path:
    """The place of the vault when nobody says otherwise; the command line says the same."""
    from platformdirs import user_data_path

    return user_data_path("defenderdesk", appauthor=False) / "default"


def main(argv: list[str], profile: Path | None = None) -> int:
    """Run the desktop until it is closed; the exit code."""
    if profile is None:
        if "--profile" in argv[:-1]:
            profile = Path(argv[argv.index("--profile") + 1])
        else:
            profile = default_profile()
    app = application()
    app.setApplicationName("DefenderDesk")
    app.setDesktopFileName("defenderdesk")
    try:
        window = Window(profile)
    except IncompleteInstallError as error:  # without its drawings there is no window to tell it in
        happened, next_step = i18n.error(error)
        QMessageBox.critical(None, "DefenderDesk", f"{happened}\n\n{next_step}")
        return int(error.exit)
    sys.excepthook = lambda _kind, exc, _trace: window.tell_bug(exc)  # nothing of it is printed
    window.show()
    with told.to_end(window, window.end):
        code = app.exec()
    sys.excepthook = sys.__excepthook__
    window.deleteLater()
    gui_gc.end()
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
