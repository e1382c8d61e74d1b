"""The one mechanism by which screens ask for work: never in the GUI thread, always told how it
ended.

Three lanes, each one worker thread with its own queue:

* `write`: changes of the vault, in the order they were asked for;
* `read`: what a screen shows. A read with a `key` that has not begun is dropped when a newer
  one with the same key comes (filter as you type asks ten times and reads twice);
* `errand`: export, receive, sync, attach. They may take minutes over a satellite link, and
  a save must not stand behind them.

How a task ended is told in the GUI thread, and only while its `receiver` (a QObject) is alive:
a screen that was closed hears nothing. Errors of the world go to the caller's `failed` or, when
it has none, to the signal `trouble`; our own errors (bugs) always go to `bug`.

What it does not do: retry, order between lanes, keep results.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from functools import partial
from itertools import count
from typing import Any, Generic, Literal, TypeVar

import shiboken6
from PySide6.QtCore import QObject, Qt, Signal

from defenderdesk.errors import Cancelled, OurError, WorldError
from defenderdesk.ui.work import gui_gc

T = TypeVar("T")
Lane = Literal["write", "read", "errand"]
Progress = Callable[[int, int], None]


class Task(Generic[T]):
    """One piece of work under way. `cancel` stops it where it next reports progress."""

    def __init__(
        self,
        work: Callable[[Progress], T],
        receiver: QObject,
        done: Callable[[T], None] | None,
        failed: Callable[[BaseException], None] | None,
        progress: Progress | None,
        key: str,
    ) -> None:
        self.work: Callable[[Progress], T] | None = work
        self.receiver: QObject | None = receiver
        self.done = done
        self.failed = failed
        self.progress = progress
        self.key = key
        self.order = 0
        self._stop = threading.Event()

    def cancel(self) -> None:
        """Ask it to stop; it answers with `Cancelled`."""
        self._stop.set()

    @property
    def cancelled(self) -> bool:
        """True if it was asked to stop."""
        return self._stop.is_set()

    def alive(self) -> bool:
        """Tells whether someone still wants to hear of it."""
        return self.receiver is not None and shiboken6.isValid(self.receiver)

    def forget(self) -> None:
        """It is over: lets the screen go, here in the GUI thread. The worker may hold the task for
        a moment more, and must not be the last who holds a widget: it would be destroyed there."""
        self.work = self.receiver = self.done = self.failed = self.progress = None


class Operations(QObject):
    """The lanes of one open vault; `close` ends them and silences what is still under way."""

    trouble = Signal(object)
    """An error of the world that no screen took care of."""
    bug = Signal(object)
    """An exception that is a mistake of the program."""
    idle = Signal()
    """Nothing is under way any more."""

    _report = Signal(object, object, object)  # task, kind, value

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        gui_gc.here()
        self._open = True
        self._under_way = 0
        self._orders = count(1)
        self._latest: dict[str, int] = {}
        self._queues: dict[str, queue.SimpleQueue[Task[Any] | None]] = {}
        self._threads: list[threading.Thread] = []
        self._left: list[Task[Any]] = []
        """Tasks that ended when nobody was to be told any more; let go with the lanes."""
        self._report.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        for lane in ("write", "read", "errand"):
            self._queues[lane] = queue.SimpleQueue()
            thread = threading.Thread(
                target=self._run,
                args=(self._queues[lane], lane == "write"),
                name=f"lane-{lane}",
                daemon=True,
            )
            self._threads.append(thread)
            thread.start()

    @property
    def busy(self) -> bool:
        """True if anything is under way."""
        return self._under_way > 0

    def read(
        self,
        receiver: QObject,
        work: Callable[[], T],
        done: Callable[[T], None],
        failed: Callable[[BaseException], None] | None = None,
        key: str = "",
    ) -> Task[T]:
        """Read in the background, then `done(result)`."""
        return self.start("read", receiver, lambda _: work(), done, failed, key=key)

    def write(
        self,
        receiver: QObject,
        work: Callable[[], T],
        done: Callable[[T], None] | None = None,
        failed: Callable[[BaseException], None] | None = None,
    ) -> Task[T]:
        """Change something in the background, after the changes asked for before."""
        return self.start("write", receiver, lambda _: work(), done, failed)

    def errand(
        self,
        receiver: QObject,
        work: Callable[[Progress], T],
        done: Callable[[T], None] | None = None,
        failed: Callable[[BaseException], None] | None = None,
        progress: Progress | None = None,
    ) -> Task[T]:
        """Something long, with progress: `work` is given the function to report it to."""
        return self.start("errand", receiver, work, done, failed, progress)

    def start(
        self,
        lane: Lane,
        receiver: QObject,
        work: Callable[[Progress], T],
        done: Callable[[T], None] | None = None,
        failed: Callable[[BaseException], None] | None = None,
        progress: Progress | None = None,
        key: str = "",
    ) -> Task[T]:
        """Put a task in a lane."""
        task = Task(work, receiver, done, failed, progress, key)
        if not self._open:
            return task
        task.order = next(self._orders)
        if key:
            self._latest[key] = task.order
        self._under_way += 1
        self._queues[lane].put(task)
        return task

    def thread_of(self, lane: Lane) -> int:
        """The identity of a lane's thread."""
        place = ("write", "read", "errand").index(lane)
        return self._threads[place].ident or 0

    def close(self, last: Callable[[], object]) -> threading.Event:
        """End the lanes. Writes asked for before are still done, then `last`; reads and errands
        are dropped or asked to stop; nobody is told. The event is set when `last` is over."""
        over = threading.Event()

        def finish(_: Progress) -> None:
            try:
                last()
            finally:
                over.set()

        self._open = False
        self._queues["write"].put(Task(finish, self, None, None, None, ""))
        for lane in self._queues.values():
            lane.put(None)
        return over

    # -- in the worker threads -----------------------------------------------------------------

    def _run(self, lane: queue.SimpleQueue[Task[Any] | None], drains: bool) -> None:
        while True:
            task = lane.get()
            if task is None:
                return
            if not self._open and not drains:
                self._left.append(task)
                continue
            try:
                if task.cancelled or self._superseded(task):
                    raise Cancelled
                assert task.work is not None
                value = task.work(partial(self._progress, task))
            except BaseException as exc:  # every end is told, in the GUI thread
                self._tell(task, "failed", exc)
            else:
                self._tell(task, "done", value)
            del task

    def _superseded(self, task: Task[Any]) -> bool:
        return bool(task.key) and self._latest.get(task.key) != task.order

    def _progress(self, task: Task[Any], done: int, total: int) -> None:
        if task.cancelled or not self._open:
            raise Cancelled
        if task.progress:
            self._tell(task, "progress", (done, total))

    def _tell(self, task: Task[Any], kind: str, value: object) -> None:
        if self._open and shiboken6.isValid(self):
            self._report.emit(task, kind, value)
        else:
            self._left.append(task)

    # -- in the GUI thread ---------------------------------------------------------------------

    def _deliver(self, task: Task[Any], kind: str, value: Any) -> None:
        try:
            self._hear(task, kind, value)
        finally:
            if kind != "progress":
                task.forget()

    def _hear(self, task: Task[Any], kind: str, value: Any) -> None:
        if kind != "progress":
            self._under_way -= 1
        if not self._open:
            return
        if kind == "progress":
            if task.alive() and task.progress:
                task.progress(*value)
        elif kind == "done":
            if task.alive() and task.done and not self._superseded(task):
                task.done(value)
        else:
            self._fail(task, value)
        if self._under_way == 0:
            self.idle.emit()

    def _fail(self, task: Task[Any], exc: BaseException) -> None:
        world = isinstance(exc, WorldError | OSError) and not isinstance(exc, OurError)
        if not world:
            self.bug.emit(exc)
        elif isinstance(exc, Cancelled) and (not task.cancelled or self._superseded(task)):
            return
        if task.alive() and task.failed:
            task.failed(exc)
        elif world and not isinstance(exc, Cancelled):
            self.trouble.emit(exc)
