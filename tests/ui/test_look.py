"""The visual system: contrast, both themes, mirrored layouts, pictures, nothing remembered."""

from __future__ import annotations

import re

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

import defenderdesk.ui
from defenderdesk import i18n, resources
from defenderdesk.ui.cases.nav import CaseNav
from defenderdesk.ui.look import icons, palette, theme
from defenderdesk.ui.look.stylesheet import marks, stylesheet
from defenderdesk.ui.parts.combo import Chips, Choice
from defenderdesk.ui.parts.file_picker import Picker
from defenderdesk.ui.parts.flow import FlowLayout
from defenderdesk.ui.parts.notice import report_of
from defenderdesk.ui.shell.main_view import MainView
from defenderdesk.ui.shell.screenshots import save_all
from defenderdesk.ui.work.preferences import Preferences


@pytest.mark.parametrize("name", palette.PALETTES)
@pytest.mark.parametrize(("front", "behind", "least"), palette.PAIRS)
def test_colours_keep_their_contrast(name, front, behind, least):
    colours = palette.PALETTES[name]
    assert palette.contrast(getattr(colours, front), getattr(colours, behind)) >= least


def test_contrast_is_measured_as_wcag_does():
    assert palette.contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert palette.contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("name", palette.PALETTES)
def test_the_sheet_names_only_colours_of_the_palette(name):
    colours = palette.PALETTES[name]
    known = {getattr(colours, role) for role in palette.roles()} | {"#8ADAD7", "#084B4E"}
    assert set(re.findall(r"#[0-9A-Fa-f]{6}", stylesheet(colours))) <= known


def test_the_painted_marks_are_up_to_date():
    for path, drawing in marks().items():
        assert resources.path("icons", path).read_text(encoding="utf-8") == drawing


def test_every_icon_can_be_drawn(qapp):
    for path in resources.path("icons").glob("*.svg"):
        picture = icons.pixmap(path.stem)
        assert not picture.isNull()
        image = picture.toImage()
        assert any(
            image.pixelColor(x, y).alpha() for x in range(image.width()) for y in range(image.height())
        )


def laid_out(qapp):
    """All that layouts still have to do is done."""
    for _ in range(5):
        qapp.sendPostedEvents()
        qapp.processEvents()


def test_a_long_section_is_cut_and_moves_no_other_out_of_sight(session, show, qapp):
    """Its words alone were wider than the list, which turned aside when it was chosen."""
    nav = show(CaseNav(), 212, 400)
    nav.count({"factor": 12, "event": 3})
    nav.choose("factor")
    laid_out(qapp)
    assert nav._area.horizontalScrollBar().maximum() == 0
    assert nav.tabs["factor"].text().endswith("…  12"), "the count is never cut"
    assert nav.tabs["factor"].toolTip() == "Threats, vulnerabilities, capacities"
    assert nav.tabs["event"].text() == "Events  3"
    i18n.use("fr")
    other = show(CaseNav(), 212, 400)
    other.count(dict.fromkeys(other.tabs, 123))
    laid_out(qapp)
    assert other._area.horizontalScrollBar().maximum() == 0


def test_right_to_left_mirrors_the_main_screen(session, samples, qapp, show, idle):
    i18n.use("ar")
    qapp.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    theme.apply(qapp, "light")
    view = show(MainView(session, Preferences("ar", "light")))
    idle(session)
    view.show_page("cases")
    idle(session)
    side = view._tabs["cases"].mapTo(view, view._tabs["cases"].rect().center()).x()
    assert side > view.width() / 2
    title = next(w for w in view.pages["cases"].findChildren(QLabel) if w.text() == "Cases")
    assert title.mapTo(view, title.rect().center()).x() > view.width() / 2
    icons.forget()
    i18n.use("en")
    plain = icons.pixmap("back").toImage()
    i18n.use("ar")
    assert icons.pixmap("back").toImage() == plain.flipped(Qt.Orientation.Horizontal)


def test_chips_flow_from_the_right(qapp, show):
    qapp.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    chips = show(Chips(), 500, 120)
    chips.set_values(["one", "two"])
    qapp.processEvents()
    flow = next(c for c in chips.layout().children() if isinstance(c, FlowLayout))
    first, second = flow.itemAt(0).geometry(), flow.itemAt(1).geometry()
    assert first.x() > second.x()


def test_a_choice_is_found_by_any_part_of_its_name_and_keeps_unknown_codes(show):
    names = {"a": "Arbitrary arrest", "b": "House arrest"}
    choice = show(Choice(lambda: list(names.items()), lambda c: names.get(c, c)), 300, 60)
    choice.fill()
    assert choice.code_of("house") == "b"
    assert choice.code_of("ARREST") == "a"
    assert choice.code_of("nothing like it") is None
    choice.set_code("from-a-newer-version")
    assert choice.code == "from-a-newer-version"
    choice.line.setText("nothing like it")
    choice._settle()
    assert choice.unknown()
    assert choice.code == "from-a-newer-version"


def test_pictures_of_every_screen(vault, samples, tmp_path):
    written = save_all(vault, tmp_path / "pictures", ("fr",), ("dark",))
    assert len(written) >= 15
    assert all(path.stat().st_size > 5_000 for path in written)


def test_the_picker_finds_files_and_remembers_nothing(tmp_path, show, qtbot):
    (tmp_path / "a.ddbundle").write_bytes(b"x")
    (tmp_path / "b.txt").write_bytes(b"x")
    picker = show(Picker("Receive", "file", (".ddbundle",)))
    picker.go(tmp_path)
    root = picker._list.rootIndex
    qtbot.waitUntil(lambda: picker._model.rowCount(root()) == 1, timeout=4000)
    assert not picker.ok.isEnabled()
    picker._list.setCurrentIndex(picker._model.index(0, 0, root()))
    assert picker.ok.isEnabled()
    picker._accept()
    assert picker.picked == tmp_path / "a.ddbundle"


def test_a_new_file_gets_its_ending(tmp_path, show):
    picker = show(Picker("Save", "new", (".ddjoin",), "join"))
    picker.go(tmp_path)
    picker._accept()
    assert picker.picked == tmp_path / "join.ddjoin"


def test_nothing_in_the_screens_uses_settings_or_dialogs_that_remember():
    for path in sorted((resources.root().parent / "defenderdesk" / "ui").rglob("*.py")):
        code = path.read_text(encoding="utf-8")
        assert "QFileDialog" not in code, path
        assert not re.search(r"import.*QSettings|QSettings\(", code), path


def test_a_report_of_a_bug_holds_no_values():
    try:
        raise ValueError("the testimony of Grace Nakato")
    except ValueError as exc:
        code, report = report_of(exc)
    assert "Grace" not in report
    assert code in report
    assert "ValueError" in report


def test_a_bug_is_told_apart_from_the_world(session, show, qtbot):
    holder = show(QWidget())
    troubles = []
    session.operations.trouble.connect(troubles.append)

    def broken():
        raise ZeroDivisionError

    with qtbot.waitSignal(session.operations.bug):
        session.operations.read(holder, broken, print)
    assert not troubles
    session.bugs.clear()
    assert defenderdesk.ui.__doc__
