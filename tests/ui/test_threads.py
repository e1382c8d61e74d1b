"""The GUI thread never waits: no call of the vault is made from it, results come back to it."""

from __future__ import annotations

import gc
import threading
import time

from PySide6.QtCore import QObject
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from defenderdesk.errors import Cancelled, StorageError
from defenderdesk.ui.cases.quick import QuickEntry
from defenderdesk.ui.shell.main_view import MainView
from defenderdesk.ui.shell.sidebar import PAGES
from defenderdesk.ui.work.operations import Operations
from defenderdesk.ui.work.preferences import Preferences
from defenderdesk.ui.work.session import Session
from defenderdesk.vault import CaseFilter

PURE = {"new_id", "profile"}


class Watched:
    """A vault that notes every method called in the GUI thread."""

    def __init__(self, vault):
        self._vault = vault
        self.in_gui = []

    def __getattr__(self, name):
        found = getattr(self._vault, name)
        if name in PURE or not callable(found):
            return found

        def call(*args, **kwargs):
            if threading.current_thread() is threading.main_thread():
                self.in_gui.append(name)
            return found(*args, **kwargs)

        return call


def test_no_screen_calls_the_vault_in_the_gui_thread(vault, samples, show, idle, qtbot):
    watched = Watched(vault)
    session = Session(watched, vault.info())
    view = show(MainView(session, Preferences("en", "light")))
    idle(session)
    for page in PAGES:
        view.show_page(page)
        idle(session)
    case = vault.cases(CaseFilter(), 0, 1)[0].id
    sections = ("case", "involvement", "event", "source", "intervention", "attachment", "history")
    for section in sections:
        view.open_case(case, section)
        idle(session)
    line = view.case.overview.editors["reference"].line
    QTest.keyClicks(line, "X")
    view.flush()
    idle(session)
    view.undo()
    idle(session)
    view.search.setFocus()
    view.search.setText("uganda")
    qtbot.waitUntil(lambda: not view.search._typing.isActive(), timeout=5000)
    idle(session)
    quick = QuickEntry(session, view)
    quick.editors["involvement", "name"].line.setText("Someone")
    quick.save()
    idle(session)
    assert watched.in_gui == []
    session.operations.close(lambda: None).wait(5)


def test_results_come_back_in_the_gui_thread_and_not_to_the_dead(qapp, qtbot):
    operations = Operations()
    alive, dead = QObject(), QObject()
    told = []
    operations.read(dead, lambda: "late", told.append)
    operations.read(
        alive,
        lambda: threading.current_thread().name,
        lambda name: told.append((name, threading.current_thread() is threading.main_thread())),
    )
    import shiboken6

    shiboken6.delete(dead)
    qtbot.waitUntil(lambda: not operations.busy)
    assert told == [("lane-read", True)]
    operations.close(lambda: None)


def test_only_the_newest_read_of_a_key_is_told(qapp, qtbot):
    operations = Operations()
    receiver = QObject()
    told, ran = [], []

    def work(number):
        ran.append(number)
        time.sleep(0.02)
        return number

    for number in range(20):
        operations.read(receiver, lambda n=number: work(n), told.append, key="typing")
    qtbot.waitUntil(lambda: not operations.busy)
    assert told == [19]
    assert len(ran) < 5
    operations.close(lambda: None)


def test_writes_keep_their_order_and_are_done_before_the_end(qapp):
    operations = Operations()
    receiver = QObject()
    done = []
    for number in range(50):
        operations.write(receiver, lambda n=number: done.append(n))
    assert operations.close(lambda: done.append("closed")).wait(5)
    assert done == [*range(50), "closed"]


def test_trouble_of_the_world_reaches_someone(qapp, qtbot):
    operations = Operations()
    receiver = QObject()
    trouble, bugs, failed = [], [], []
    operations.trouble.connect(trouble.append)
    operations.bug.connect(bugs.append)

    def full():
        raise StorageError(what="the disk is full")

    operations.write(receiver, full)
    operations.write(receiver, full, failed=failed.append)
    operations.write(receiver, lambda: 1 / 0)
    qtbot.waitUntil(lambda: not operations.busy)
    assert [type(e) for e in trouble] == [StorageError]
    assert [type(e) for e in failed] == [StorageError]
    assert [type(e) for e in bugs] == [ZeroDivisionError]
    operations.close(lambda: None)


def test_a_cancelled_errand_says_so_to_its_screen_only(qapp, qtbot):
    operations = Operations()
    receiver = QObject()
    failed, trouble = [], []
    operations.trouble.connect(trouble.append)

    def work(progress):
        while True:
            progress(1, 2)
            time.sleep(0.001)

    task = operations.errand(receiver, work, failed=failed.append)
    task.cancel()
    qtbot.waitUntil(lambda: not operations.busy)
    assert [type(e) for e in failed] == [Cancelled]
    assert trouble == []
    operations.close(lambda: None)


def test_widgets_are_never_destroyed_by_a_worker(session, qtbot):
    """Python collects garbage wherever it allocates; of widgets only the GUI thread may."""
    threads = []

    class Told(QWidget):
        def __del__(self):
            threads.append(threading.current_thread())

    for _ in range(20):
        widget = Told()
        widget.itself = widget  # a cycle, as a dialog makes with its own callbacks
        del widget

    def allocate():
        return [[number, {}] for number in range(300_000)] and gc.isenabled()

    done = []
    session.operations.read(session, allocate, done.append)
    qtbot.waitUntil(lambda: bool(done), timeout=10_000)
    assert done == [False]
    gc.collect()
    assert threads and set(threads) == {threading.main_thread()}
