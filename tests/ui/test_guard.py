"""Locking with the computer: a real message bus with stand-ins for logind and a screen locker, a
tree of devices for the stick; and what is not watched is said."""

from __future__ import annotations

import ctypes
import sys
import threading
import time

import pytest

from defenderdesk.ui.guard import bus, guard, windows
from defenderdesk.ui.guard.bus import BusWatch
from defenderdesk.ui.guard.guard import Chosen, Guard, read_chosen, write_chosen
from defenderdesk.ui.guard.sticks import LinuxSticks, Stick, Sticks
from defenderdesk.ui.guard.watch import LID, SCREEN, SLEEP, USER, Watch
from defenderdesk.ui.settings.guard_card import GuardCard
from defenderdesk.ui.shell.app import IDLE_CHECK, SLEPT, Window
from defenderdesk.ui.work.preferences import Preferences
from tests.ui.fake_login import (
    LOGIN,
    LOGIN_PATH,
    MANAGER,
    SESSION,
    SESSION_PATH,
    FakeMachine,
)
from tests.ui.world import PASSPHRASE, new_vault, stands

linux = pytest.mark.skipif(sys.platform != "linux", reason="message buses are Linux's")


@pytest.fixture
def machine(tmp_path):
    made = FakeMachine(tmp_path / "bus")
    yield made
    made.end()


@pytest.fixture
def watch(machine, qtbot, qapp, monkeypatch):
    monkeypatch.setattr(bus, "LOOK", 200)
    made = BusWatch(machine.address, machine.address, qapp)
    made.told = []
    made.happened.connect(made.told.append)
    made.start()
    qtbot.waitUntil(lambda: len(made.watched) == 4, timeout=5000)
    yield made
    made.stop()


class Drawer(Sticks):
    """Sticks that a test plugs in and pulls."""

    def __init__(self, *there):
        self.plugged = set(there)

    def present(self):
        return [Stick(one, "Red stick") for one in sorted(self.plugged)]

    def there(self, stick):
        return stick in self.plugged


@pytest.fixture
def made(tmp_path, qtbot):
    """The whole program with a watch and sticks of the test."""
    profile = tmp_path / "window"
    vault, _ = new_vault(profile)
    write_chosen(vault, Chosen(Stick("1234-ABCD", "Red stick"), False))
    vault.close()
    Preferences("en", "light").save(profile)
    drawer, left, guards = Drawer("1234-ABCD"), [], []

    def make(preferences):
        guards.append(Guard(preferences, Watch(), drawer))
        return guards[-1]

    window = Window(profile, 0.01, leave=lambda: left.append(1), guard=make)
    window.drawer, window.left, window.guards = drawer, left, guards

    def unlock():
        window.show()
        window.centralWidget().passphrase.setText(PASSPHRASE)
        window.centralWidget().unlock()
        qtbot.waitUntil(lambda: stands(window), timeout=8000)
        qtbot.waitUntil(lambda: not window.session.operations.busy, timeout=8000)

    window.unlock = unlock
    unlock()
    yield window
    window.close()
    window.deleteLater()


# -- the message buses ----------------------------------------------------------------------


@linux
@pytest.mark.parametrize(
    ("say", "expected"),
    [
        (lambda m: m.say(LOGIN_PATH, MANAGER, "PrepareForSleep", "b", (True,)), SLEEP),
        (lambda m: m.say(SESSION_PATH, SESSION, "Lock"), SCREEN),
        (lambda m: m.property(LOGIN_PATH, MANAGER, "LidClosed", True), LID),
        (lambda m: m.property(SESSION_PATH, SESSION, "Active", False), USER),
        (lambda m: m.property(SESSION_PATH, SESSION, "LockedHint", True), SCREEN),
        *((lambda m, s=saver: m.say("/x", s, "ActiveChanged", "b", (True,)), SCREEN) for saver in bus.SAVERS),
    ],
)
def test_what_the_machine_says(watch, machine, qtbot, say, expected):
    say(machine)
    qtbot.waitUntil(lambda: bool(watch.told), timeout=5000)
    assert watch.told == [expected]


@linux
def test_a_lid_of_which_nobody_tells_is_noticed(watch, machine, qtbot):
    machine.values["LidClosed"] = True
    qtbot.waitUntil(lambda: watch.told == [LID], timeout=5000)
    qtbot.wait(500)
    assert watch.told == [LID]  # once; it may be used closed on a desk


@linux
def test_waking_unlocking_and_coming_back_lock_nothing(watch, machine, qtbot):
    machine.say(LOGIN_PATH, MANAGER, "PrepareForSleep", "b", (False,))
    machine.say("/x", "org.gnome.ScreenSaver", "ActiveChanged", "b", (False,))
    machine.property(SESSION_PATH, SESSION, "Active", True)
    machine.property(LOGIN_PATH, MANAGER, "LidClosed", False)
    machine.say(SESSION_PATH, SESSION, "Lock")  # what comes after all of that is told
    machine.say("/x", "org.gnome.ScreenSaver", "ActiveChanged", "b", (True,))
    qtbot.waitUntil(lambda: len(watch.told) >= 2, timeout=5000)
    machine.property(LOGIN_PATH, MANAGER, "LidClosed", True)
    qtbot.waitUntil(lambda: LID in watch.told, timeout=5000)
    assert sorted(watch.told) == sorted([SCREEN, SCREEN, LID])


@linux
def test_sleep_waits_until_the_vault_is_closed(watch, machine, qtbot):
    closing = threading.Event()
    watch.closing = lambda: closing
    qtbot.waitUntil(lambda: bool(machine.held), timeout=5000)
    qtbot.wait(100)
    machine.say(LOGIN_PATH, MANAGER, "PrepareForSleep", "b", (True,))
    qtbot.waitUntil(lambda: watch.told == [SLEEP], timeout=5000)
    waits = [thread for thread in threading.enumerate() if thread.name == "sleep"]
    assert len(waits) == 1 and waits[0].is_alive() and not machine.forget()
    closing.set()
    qtbot.waitUntil(machine.forget, timeout=5000)
    machine.say(LOGIN_PATH, MANAGER, "PrepareForSleep", "b", (False,))
    qtbot.waitUntil(lambda: len(machine.held) == 2, timeout=5000)  # held up again, for the next


@linux
def test_what_breaks_is_not_called_watched_and_what_comes_back_is(watch, machine, qtbot):
    machine.stop_services()
    qtbot.waitUntil(lambda: not watch.watched, timeout=5000)
    machine.serve(LOGIN)
    qtbot.waitUntil(lambda: watch.watched == {SLEEP, LID, USER}, timeout=5000)
    machine.say(SESSION_PATH, SESSION, "Lock")
    qtbot.waitUntil(lambda: watch.told == [SCREEN], timeout=5000)
    machine.bus.kill()
    qtbot.waitUntil(lambda: not watch.watched, timeout=5000)


@linux
def test_without_a_bus_nothing_is_watched(qtbot, qapp, tmp_path):
    nowhere = f"unix:path={tmp_path / 'nothing'}"
    watch = BusWatch(nowhere, nowhere, qapp)
    watch.start()
    for _ in range(3):
        watch.look()
        qapp.processEvents()
        assert watch.watched == frozenset()
    watch.stop()


# -- the window -----------------------------------------------------------------------------


@pytest.mark.parametrize("trigger", [SLEEP, LID, SCREEN, USER])
def test_each_locks_the_window(made, qtbot, trigger):
    made.guards[0].watch.happened.emit(trigger)
    assert made.view is None and made.session is None
    made.unlock()
    made.preferences.lock_with_computer = False
    made.guards[-1].watch.happened.emit(trigger)
    assert made.view is not None


def test_the_stick_locks_when_it_is_pulled(made, qtbot):
    assert made.guards[0].stick_state == guard.WATCHED
    made.drawer.plugged.clear()
    qtbot.waitUntil(lambda: made.view is None, timeout=4000)
    made.unlock()  # it is still away: the vault opens, and the stick holds nothing yet
    assert made.guards[-1].stick_state == guard.ABSENT
    made.guards[-1].look()
    assert made.view is not None and not made.guards[-1]._sure.isActive()
    made.drawer.plugged.add("1234-ABCD")
    qtbot.waitUntil(lambda: made.guards[-1].stick_state == guard.WATCHED, timeout=4000)
    assert not made.left


def test_a_moment_without_its_link_is_no_pulling(made, qtbot):
    made.drawer.plugged.clear()
    made.guards[0].look()
    made.drawer.plugged.add("1234-ABCD")
    assert made.guards[0]._sure.isActive(), "it is looked at once more"
    qtbot.waitUntil(lambda: not made.guards[0]._sure.isActive(), timeout=4000)
    assert made.view is not None


def test_the_stick_may_be_a_panic(made, qtbot):
    made.guards[0].choose(Chosen(Stick("1234-ABCD", "Red stick"), True))
    made.drawer.plugged.clear()
    qtbot.waitUntil(lambda: bool(made.left), timeout=5000)
    assert not made.isVisible()


def test_who_looks_late_has_slept(made):
    made._look_at_clock()
    assert made.view is not None
    made._looked = time.time() - SLEPT - IDLE_CHECK / 1000
    made._look_at_clock()
    assert made.view is None


def test_a_watch_that_breaks_is_said(made, qtbot):
    watch = made.guards[0].watch
    watch._set_watched(frozenset({SLEEP, LID}))
    made.view.notice.clear()
    watch._set_watched(frozenset({LID}))
    assert "no longer says" in made.view.notice.message


def test_the_settings_say_what_is_watched_and_keep_the_stick(made, qtbot):
    made.view.show_page("settings")
    card = made.view.pages["settings"].guards
    assert isinstance(card, GuardCard)
    qtbot.waitUntil(lambda: card.stick.code == "1234-ABCD", timeout=4000)
    assert card.told.text().startswith("Not watched on this machine: sleep, the lid,")
    made.guards[0].watch._set_watched(frozenset({SLEEP, SCREEN}))
    assert card.told.text().startswith("Watched: sleep, the screen's lock. Not watched")
    assert card.stick_told.text() == "It is plugged in, and watched."
    made.drawer.plugged.add("9999-0000")
    card.stick_panics.setChecked(True)
    qtbot.waitUntil(lambda: not made.session.operations.busy, timeout=4000)
    assert read_chosen(made.session.vault) == Chosen(Stick("1234-ABCD", "Red stick"), True)
    card.stick.set_code("")
    card._choose()
    qtbot.waitUntil(lambda: not made.session.operations.busy, timeout=4000)
    assert read_chosen(made.session.vault) is None and made.guards[0].stick_state == guard.OFF
    assert not card.stick_panics.isEnabled()


# -- sticks and Windows ---------------------------------------------------------------------


def tree(root):
    """A laptop's disk, a stick, and a stick with an encrypted partition, as udev shows them."""
    blocks = root / "sys/class/block"
    for name, place in {
        "sda1": "pci0/ata1/block/sda/sda1",
        "sdb1": "pci0/usb2/2-1/block/sdb/sdb1",
        "sdc1": "pci0/usb2/2-2/block/sdc/sdc1",
        "dm-0": "virtual/block/dm-0",
    }.items():
        (root / "sys/devices" / place).mkdir(parents=True)
        blocks.mkdir(parents=True, exist_ok=True)
        (blocks / name).symlink_to(root / "sys/devices" / place)
    (blocks / "dm-0" / "slaves").mkdir()
    (blocks / "dm-0" / "slaves" / "sdc1").touch()
    links = root / "dev/disk/by-uuid"
    links.mkdir(parents=True)
    for uuid, name in {"own": "sda1", "1234-ABCD": "sdb1", "luks": "sdc1", "in": "dm-0"}.items():
        (root / "dev" / name).touch()
        (links / uuid).symlink_to(root / "dev" / name)
    return LinuxSticks(root)


def test_sticks_are_known_by_their_number_and_disks_are_not_offered(tmp_path, monkeypatch):
    sticks = tree(tmp_path)
    there = [("sda1", "/"), ("sdb1", "/media/a/RED"), ("dm-0", "/media/a/SAFE")]
    mounted = [(str(tmp_path / "dev" / name), where) for name, where in there]
    monkeypatch.setattr(sticks, "mounted", lambda: mounted)
    assert sticks.present() == [Stick("1234-ABCD", "RED"), Stick("luks", "SAFE")]
    assert sticks.there("1234-ABCD") is True
    (tmp_path / "dev" / "sdb1").unlink()
    assert sticks.there("1234-ABCD") is False
    assert sticks.there("../../../etc") is False
    assert LinuxSticks(tmp_path / "none").there("1234-ABCD") is None


def test_the_real_machine_is_asked_without_trouble():
    assert all(stick.id for stick in LinuxSticks().present())


def test_the_messages_of_windows_are_read_as_documented():
    def trigger(message, wparam, lparam=0):
        return windows.trigger_of(windows.Message(None, message, wparam, lparam))

    assert trigger(0x02B1, 7) == SCREEN and trigger(0x02B1, 8) == ""
    assert trigger(0x02B1, 2) == USER and trigger(0x02B1, 1) == ""
    assert trigger(0x0218, 4) == SLEEP and trigger(0x0218, 7) == ""
    lid = windows.PowerSetting()
    lid.setting[:] = windows.GUID_LIDSWITCH_STATE_CHANGE.bytes_le
    lid.length = 4
    place = ctypes.addressof(lid)
    assert trigger(0x0218, 0x8013, place) == LID
    lid.value = 1  # opened
    assert trigger(0x0218, 0x8013, place) == ""
    lid.value, lid.setting[0] = 0, 0
    assert trigger(0x0218, 0x8013, place) == "" and trigger(0x0218, 0x8013) == ""
    assert ctypes.sizeof(lid) == 24 and trigger(0x0100, 7) == ""
