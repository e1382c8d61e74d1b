"""The chain of custody on the screen: from looking at an attachment to giving it out."""

from __future__ import annotations

import io
import shutil

import pytest
from PySide6.QtWidgets import QLabel

from defenderdesk.interchange.evidence import check
from defenderdesk.interchange.evidence.package import Wanted
from defenderdesk.sync.bundles import exporting, receiving
from defenderdesk.ui.cases.custody import CustodyDialog, pdf
from defenderdesk.ui.cases.evidence import EvidenceDialog, Given
from defenderdesk.ui.cases.files import Files
from defenderdesk.ui.settings.page import Settings
from defenderdesk.ui.settings.timestamps import AuthorityDialog
from defenderdesk.ui.work.preferences import Preferences
from defenderdesk.vault import Edit, Vault
from defenderdesk.vault.records import writing
from tests.tsa import Server, Tsa
from tests.ui.world import PASSPHRASE


@pytest.fixture
def photo(vault, samples, tmp_path):
    (tmp_path / "statement.txt").write_text("They came at night.")
    made = vault.new_id()
    vault.attach(samples[0], tmp_path / "statement.txt", attachment=made)
    return made


def acts(vault, record):
    return [step.act for step in vault.chain(record).steps if step.act]


def cells(table):
    return [[table.item(r, c).text() for c in range(table.columnCount())] for r in range(table.rowCount())]


def test_looking_is_written_in_the_background_and_cannot_be_undone(
    session, vault, samples, photo, show, idle, qtbot
):
    news, waiting = [], vault.waiting().changes
    session.changed.connect(news.append)
    files = Files(session)
    files.show_records(samples[0], vault.children(samples[0], "attachment"))
    idle(session)
    assert acts(vault, photo) == ["ingested"], "what is not in sight is not looked at"
    show(files)
    files.show_records(samples[0], vault.children(samples[0], "attachment"))
    idle(session)
    assert acts(vault, photo) == ["ingested", "seen"]
    files._show = lambda _record, data: news.append(data)
    files.look()
    qtbot.waitUntil(lambda: acts(vault, photo)[-1] == "opened" and not session.operations.busy)
    assert news == [b"They came at night."], "no view reads anew for it"
    assert not session.can_undo()
    assert vault.waiting().changes == waiting, "a look is no work that waits"


def test_the_dialog_shows_all_and_writes_out(session, vault, photo, show, idle, tmp_path):
    dialog = show(CustodyDialog(session, photo), 980, 660)
    idle(session)
    rows = cells(dialog.table)
    assert [row[2] for row in rows] == ["Taken in", "Details or history looked at"]
    assert all("Amina Diallo" in row[1] for row in rows)
    assert not dialog.measure.isVisible() and dialog.give.isVisible()
    for name in ("page.html", "page.pdf"):
        dialog.write_to(tmp_path / name)
        idle(session)
        idle(session)
        assert (tmp_path / name).exists() and dialog.notice.message
    assert vault.get(photo).text("sha512") in (tmp_path / "page.html").read_text()
    assert (tmp_path / "page.pdf").read_bytes().startswith(b"%PDF")
    assert acts(vault, photo) == ["ingested", "seen", "printed", "printed"]


def test_two_histories_of_a_laptop_are_said_and_told_apart(
    session, vault, laptop, photo, show, idle, tmp_path
):
    exporting.export(vault, tmp_path / "stick")
    receiving.receive(laptop, tmp_path / "stick")
    laptop.saw(photo)
    laptop.close()
    shutil.copytree(laptop.profile, tmp_path / "clone")
    for name in ("laptop", "clone"):
        with Vault.open(tmp_path / name, PASSPHRASE) as one:
            one.fetch(photo, io.BytesIO(), to="the lawyer")
            exporting.export(one, tmp_path / f"stick of {name}")
        receiving.receive(vault, tmp_path / f"stick of {name}")
    dialog = show(CustodyDialog(session, photo), 980, 660)
    idle(session)
    said = " ".join(found.text() for found in dialog.findChildren(QLabel))
    assert "there are 2 histories" in said and "is not here" not in said
    whose = [row[1] for row in cells(dialog.table)]
    assert sum("history 1, entry" in one for one in whose) == 1
    assert sum("history 2, entry" in one for one in whose) == 1
    assert dialog.table.columnWidth(1) >= dialog.table.sizeHintForColumn(1)


def test_it_is_given_out_as_evidence(session, vault, photo, show, idle, tmp_path):
    dialog = show(CustodyDialog(session, photo))
    idle(session)
    dialog.give_to(tmp_path / "e.zip", Given("The court", "Hearing", Wanted(), True))
    idle(session)
    idle(session)
    assert check.verify(tmp_path / "e.zip").problems == []
    assert cells(dialog.table)[-1][2] == "Given out as evidence"
    assert "The court" in cells(dialog.table)[-1][3]
    dialog.give_to(tmp_path / "e.zip", Given("", "", Wanted(), True))
    idle(session)
    assert dialog.notice.message.startswith("There is already something")


def test_what_is_asked_before(show):
    dialog = show(EvidenceDialog())
    assert dialog.given() == Given("", "", Wanted(), True)
    dialog.to.setText(" The court ")
    dialog.described.setChecked(True)
    dialog.folder.setChecked(True)
    given = dialog.given()
    assert given.to == "The court" and "creator" in given.wanted.fields and not given.zipped
    assert "chunks" not in given.wanted.fields


def test_what_is_wrong_is_said_and_can_be_made_good(session, vault, photo, show, idle, monkeypatch):
    with monkeypatch.context() as before_both_digests_were_recorded:
        before_both_digests_were_recorded.setattr(writing, "_FIXED", {})
        vault.save([Edit(photo, "sha512", None)])
    dialog = show(CustodyDialog(session, photo))
    idle(session)
    assert dialog.measure.isVisible()
    dialog.hash_now()
    idle(session)
    idle(session)
    assert cells(dialog.table)[-1][2] == "Hashed later"


def test_a_case_shows_its_chain_too(session, vault, samples, show, idle):
    vault.note(samples[0], "shared", {"to": "A partner"})
    dialog = show(CustodyDialog(session, samples[0]))
    idle(session)
    assert [row[2] for row in cells(dialog.table)][-2:] == [
        "Shared with a partner",
        "Details or history looked at",
    ]
    assert not dialog.give.isVisible()


def test_authorities_are_set_asked_and_removed(session, vault, photo, show, idle, tmp_path):
    tsa = Tsa(tmp_path / "tsa")
    server = Server(tsa.answer)
    card = show(Settings(session, Preferences("en", "light"))).timestamps
    idle(session)
    assert not card.now.isEnabled()
    dialog = show(AuthorityDialog())
    dialog.name.setText("One")
    dialog.address.setText(server.address)
    assert not dialog.add.isEnabled()
    dialog.use(tsa.folder / "root.pem")
    assert dialog.add.isEnabled()
    card.add("One", server.address, dialog.root)
    idle(session)
    idle(session)
    assert "fingerprint" in card.notice.message and card.now.isEnabled()
    assert card.waiting.text() == "1 timestamp waits for a link."
    card.ask_now()
    idle(session)
    idle(session)
    server.close()
    assert card.notice.message == "1 timestamp kept." and not card.waiting.isVisible()
    [stamp] = vault.chain(photo).stamps
    assert stamp.authority == "One"
    card.remove("One")
    idle(session)
    idle(session)
    assert not card.now.isEnabled()
    card.add("Two", "nowhere", tsa.folder / "root.pem")
    idle(session)
    assert "address" in card.notice.message


def test_a_page_becomes_a_pdf_in_memory(qapp):
    assert pdf("<h1>Été – شهادة</h1>").startswith(b"%PDF")
