"""The headless run of `make run`: the main job, end to end, with the published cases.

Two laptops, one office, one server: import, stick, conflict, sync, lock, search. Prints what it did
with figures, and saves a screenshot of each main screen. Everything happens in a folder that is
removed at the end.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

from defenderdesk import resources
from defenderdesk.cli.main import default_profile
from defenderdesk.domain import mechanisms
from defenderdesk.errors import WrongPassphraseError
from defenderdesk.interchange.documents import drafts
from defenderdesk.interchange.json import exchange_json
from defenderdesk.interchange.shares import exporting as shares_out
from defenderdesk.sync import link_policy, synchronise
from defenderdesk.sync.bundles import exporting, receiving
from defenderdesk.sync.enrolment import approval, invitation, join_request
from defenderdesk.vault import CaseFilter, Edit, Vault

PASSPHRASE = "only for this tour: nothing here is kept"  # noqa: S105


class Tour:
    """The run; `folder` is its scratch space, `out` where screenshots go, in one language and look
    where it is `quick`."""

    def __init__(self, folder: Path, out: Path, quick: bool = False) -> None:
        self.folder, self.out, self.quick = folder, out, quick
        self._began = time.perf_counter()

    def say(self, text: str) -> None:
        """One line, with the seconds since the line before."""
        now = time.perf_counter()
        print(f"  {now - self._began:6.2f} s  {text}", flush=True)
        self._began = now

    def run(self) -> None:
        """The whole job."""
        office, laptop = self.enrol()
        try:
            self.carry(office, laptop)
            self.synchronise(office, laptop)
            self.field_work(office, laptop)
            self.lock_and_search(office)
            office = Vault.open(office.profile, PASSPHRASE)
            self.disagree(office, laptop)
            self.screens(office)
        finally:
            office.close()
            laptop.close()

    def enrol(self) -> tuple[Vault, Vault]:
        """An office with the published cases, and a laptop that joins it by file."""
        office, _ = Vault.create(self.folder / "office", PASSPHRASE)
        office.found("Defenders’ network", "Olga (office)", "All regions")
        self.say("an office founds its workspace in a new encrypted vault")
        report = exchange_json.load(office, resources.shipped("samples", "public_cases.json"))
        self.say(
            f"it imports {report.cases} published cases: {report.records} records, {report.changes} facts"
        )
        laptop, _ = Vault.create(self.folder / "laptop", PASSPHRASE)
        invitation.invite(office, self.folder / "invitation.ddinvite")
        joined = join_request.join(
            laptop,
            self.folder / "invitation.ddinvite",
            "Amina (field)",
            self.folder / "join.ddjoin",
        )
        approved = approval.approve(office, self.folder / "join.ddjoin", self.folder / "first.ddbundle")
        assert joined.words == approved.words
        received = receiving.receive(laptop, self.folder / "first.ddbundle")
        self.say(f"a laptop joins by file; both sides read: {' '.join(joined.words)}")
        self.say(f"its first bundle brings {received.changes} changes")
        return office, laptop

    def carry(self, office: Vault, laptop: Vault) -> None:
        """A conflict, an attachment, a stick, and a person who settles."""
        case = office.resolve("UGA-2024-SGD")
        office.save([Edit(case, "summary", "Noted in the office.")])
        laptop.save([Edit(case, "summary", "Noted in the field."), Edit(case, "priority", "high")])
        video = self.folder / "testimony.mp4"
        video.write_bytes(os.urandom(12_000_000))
        laptop.attach(case, video)
        stick = self.folder / "stick"
        stick.mkdir()
        report = exporting.export(laptop, stick)
        self.say(
            f"the laptop exports {report.changes} changes and {report.attachments} parts of "
            f"an attachment: {report.bytes / 1e6:.1f} MB in {len(report.bundles)} bundles"
        )
        receiving.receive(office, stick)
        [conflict] = office.conflicts()
        self.say(
            f"the office receives them; one conflict: {' | '.join(str(v.value) for v in conflict.values)}"
        )
        office.settle(conflict.id, conflict.values[0].value)
        back = self.folder / "back.ddbundle"
        exporting.export(office, back, to=["Amina (field)"])
        receiving.receive(laptop, back)
        assert exchange_json.dump_text(office) == exchange_json.dump_text(laptop)
        self.say(
            f"a person settles it; {back.stat().st_size} bytes carry that back; "
            "both hold the same, byte for byte"
        )

    def synchronise(self, office: Vault, laptop: Vault) -> None:
        """The same through the coordinating server, where that is installed."""
        try:
            from defenderdesk.server import run
        except ModuleNotFoundError:
            self.say("no server here: make setup-server installs what it needs; this part is left out")
            return
        server = subprocess.Popen(  # noqa: S603
            [
                sys.executable,
                "-m",
                "defenderdesk",
                "serve",
                "--data",
                str(self.folder / "server"),
                "--listen",
                "127.0.0.1:0",
            ],
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert server.stdout is not None
            server.stdout.readline()  # it runs
            url = run.token(self.folder / "server")
            self.say(f"a server starts: {url.partition('#')[0]}, its identity pinned")
            case = laptop.new_id()
            laptop.save([Edit(case, "kind", "case"), Edit(case, "title", "Recorded offline")])
            sent = synchronise.sync(office, url)
            synchronise.sync(laptop, link_policy.public_address(url))
            synchronise.sync(office, url)
            assert exchange_json.dump_text(office) == exchange_json.dump_text(laptop)
            self.say(
                f"both synchronise over TLS ({sent.sent_changes} changes offered first); both hold the same"
            )
        finally:
            server.terminate()
            server.wait(20)

    def field_work(self, office: Vault, laptop: Vault) -> None:
        """Shows which mechanism, what it still lacks, a draft, a deadline, a share with a
        partner."""
        case = office.resolve("UGA-2024-SGD")
        today, known = date.today(), office.office.corrected().mechanisms
        file = office.views.casefile(case)
        free = mechanisms.suggest(file, today, known)
        self.say(
            f"{len(free)} of {len(known)} mechanisms have a mandate, not asked yet: "
            f"{', '.join(s.mechanism.short for s in free[:3])}"
        )
        submission = office.new_id()
        office.save(
            [
                Edit(submission, "kind", "submission"),
                Edit(submission, "case", case),
                Edit(submission, "mechanism", "un_sr_hrd"),
                Edit(submission, "stage", "sent"),
                Edit(submission, "sent", today.isoformat()),
                Edit(submission, "letter", today.isoformat()),
            ]
        )
        file = office.views.casefile(case)
        found = mechanisms.check(known["un_sr_hrd"], file, today, known)
        made = drafts.draft(known["un_sr_hrd"], file, file.of("submission")[0], today)
        missing = sum(f.level == "missing" for f in found)
        self.say(
            f"a draft of {len(made.parts)} sections; {missing} things lacking; "
            f"{made.withheld_names} persons unnamed for want of consent"
        )
        later = (today + timedelta(days=90)).isoformat()
        due = [d for d in office.views.days(today.isoformat(), later) if d.what.startswith("state")]
        self.say(f"the State's reply is due on {due[0].day}, sixty days after the letter")
        partner, key = office.new_id(), laptop.partners.of_desk().text
        office.save(
            [
                Edit(partner, "kind", "organisation"),
                Edit(partner, "name", "A partner"),
                Edit(partner, "recipient", key),
            ]
        )
        path = self.folder / "case.ddshare"
        shares_out.share(office, case, partner, shares_out.at_first(file), path, "trial observation")
        self.say(f"the case is shared with a partner, field by field: {path.stat().st_size} bytes")

    def lock_and_search(self, office: Vault) -> None:
        """Lock, a wrong passphrase, unlock, search, filter, verify."""
        office.close()
        try:
            Vault.open(office.profile, "a guess")
            raise AssertionError("a guess opened the vault")
        except WrongPassphraseError:
            pass
        with Vault.open(office.profile, PASSPHRASE) as again:
            self.say("locked; a guess is refused; the passphrase opens")
            began = time.perf_counter()
            hits = again.search("kampa")
            took = (time.perf_counter() - began) * 1000
            uganda = again.count_cases(CaseFilter(country="UG"))
            self.say(
                f"a search for “kampa” finds {len(hits)} records in {took:.1f} ms; "
                f"{uganda} cases are in Uganda"
            )
            found = again.receiving.verify()
            assert found.sound, found.problems
            self.say(
                f"verified: {found.change_sets} change sets, {found.signatures} signatures, "
                f"{found.changes} commitments, {found.chunks} chunks: sound"
            )

    def disagree(self, office: Vault, laptop: Vault) -> None:
        """One more conflict, so that the inbox has something to show."""
        case = office.resolve("UGA-2024-SGD")
        office.save([Edit(case, "status", "follow_up"), Edit(case, "priority", "medium")])
        laptop.save([Edit(case, "status", "urgent")])
        path = self.folder / "late.ddbundle"
        exporting.export(laptop, path)
        receiving.receive(office, path)

    def screens(self, office: Vault) -> None:
        """A screenshot of each main screen."""
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        from defenderdesk.ui.shell import screenshots

        folder = self.out / "screenshots"
        folder.mkdir(parents=True, exist_ok=True)
        chosen = (["fr"], ["light"]) if self.quick else (["en", "fr"], ["light", "dark"])
        pictures = screenshots.save_all(office, folder, *chosen)
        self.say(f"{len(pictures)} screenshots are in {folder}")


def main(arguments: list[str]) -> int:
    """Runs the tour; `arguments`: the folder for screenshots (default `build`), and `--quick` for
    those of one language and look."""
    folders = [argument for argument in arguments if argument != "--quick"]
    out = Path(folders[0] if folders else "build")
    print("DefenderDesk without a display: the whole job, with 18 published cases.")
    with tempfile.TemporaryDirectory(prefix="defenderdesk-tour-") as folder:
        Tour(Path(folder), out, "--quick" in arguments).run()
    print(f"With a display, this starts the desktop; its vault would be in {default_profile()}.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
