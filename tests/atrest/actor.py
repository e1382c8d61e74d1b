"""One process of the working day: `python -m tests.atrest.actor STEP`, in the world's folder.

It says in lines of JSON what the day must know (never to a file), and ends. The step `busy` works
until it is killed.
"""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from defenderdesk.interchange.documents import drafts
from defenderdesk.interchange.emergency import escrow, preparing
from defenderdesk.interchange.json import exchange_json
from defenderdesk.interchange.shares import exporting as shares_out
from defenderdesk.sync import synchronise
from defenderdesk.sync.bundles import exporting, receiving
from defenderdesk.sync.enrolment import approval, invitation, join_request
from defenderdesk.vault import CaseFilter, Edit, Vault
from defenderdesk.vault.erasure import erase
from tests.atrest import recording
from tests.atrest.canary import canary

WORLD = Path.cwd()
ASKED = WORLD / "asked"
"""Where a person has files in plain text: what they attach, and what they asked for."""
SECONDS = 0.01
"""Of key derivation: the floor of the cost holds all the same."""


def say(**facts: Any) -> None:
    print(json.dumps(facts), flush=True)


def phrase(profile: str) -> str:
    return f"{canary(f'passphrase of {profile}')} river lantern"


def opened(profile: str) -> Vault:
    return Vault.open(WORLD / profile, phrase(profile), wait=20)


def first_case(vault: Vault) -> str:
    return vault.cases(CaseFilter(sort="title", descending=False), 0, 1)[0].id


def found() -> None:
    """The office: a vault, a workspace, a first case with everything; an invitation."""
    vault, code = Vault.create(WORLD / "office", phrase("office"), unlock_seconds=SECONDS)
    with vault:
        vault.found(canary("workspace"), canary("member"), canary("desk"))
        vault.set_duress(phrase("office"), phrase("duress"), canary("front"), canary("front desk"))
        case = vault.new_id()
        recording.every_field(vault, case, "case", strange=False)
        recording.every_kind(vault, case, strange=False)
        for path in recording.files(ASKED):
            vault.attach(case, path)
        invitation.invite(vault, WORLD / "stick" / "i.ddinvite")
        again = vault.new_recovery_code()
    say(secrets={"first recovery code": code, "recovery code": again})


def ask() -> None:
    """The laptop answers the invitation."""
    vault, code = Vault.create(WORLD / "laptop", phrase("laptop"), unlock_seconds=SECONDS)
    with vault:
        join_request.join(
            vault,
            WORLD / "stick" / "i.ddinvite",
            canary("field member"),
            WORLD / "stick" / "j.ddjoin",
        )
    say(secrets={"recovery code of the laptop": code})


def approve() -> None:
    """The office lets it in."""
    with opened("office") as vault:
        approval.approve(vault, WORLD / "stick" / "j.ddjoin", WORLD / "stick" / "first.ddbundle")


def field() -> None:
    """The laptop: takes in, records, searches, attaches, exports to the stick."""
    with opened("laptop") as vault:
        receiving.receive(vault, WORLD / "stick" / "first.ddbundle")
        case = first_case(vault)
        assert vault.search(canary("case.title")), "what is searched for is there"
        vault.search(canary("a searched word"))
        vault.save([Edit(case, "summary", canary("as the field has it"))])
        mine = vault.new_id()
        recording.every_field(vault, mine, "case", strange=True)
        recording.every_kind(vault, mine, strange=True)
        for path in recording.files(ASKED):
            vault.attach(mine, path)
        change = vault.save([Edit(mine, "title", canary("a title taken back"))])
        vault.undo(str(change.change_set))
        exporting.export(vault, WORLD / "stick")


def quarrel() -> None:
    """The office: a conflict, settled; a draft shown; shared, dumped, drafted, erased."""
    with opened("office") as vault:
        case = first_case(vault)
        vault.save([Edit(case, "summary", canary("as the office has it"))])
        receiving.receive(vault, WORLD / "stick")
        for conflict in vault.conflicts():
            vault.settle(conflict.id, canary("settled"))
        partner = vault.new_id()
        key = str(vault.store.require_identity().recipient)
        vault.save(
            [
                Edit(partner, "kind", "organisation"),
                Edit(partner, "recipient", key),
                Edit(partner, "name", canary("a partner")),
            ],
            vault.info().desks[0].id,
        )
        file = vault.views.casefile(case)
        chosen = shares_out.at_first(file)
        assert canary("case.title") in shares_out.preview(file, chosen).text()
        shares_out.share(vault, case, partner, chosen, WORLD / "stick" / "case.ddshare", "trial")
        taken(vault, case, partner)
        known = vault.office.corrected().mechanisms["un_sr_hrd"]
        drafts.draft(known, file, file.of("submission")[0], date.today()).text()
        (ASKED / "dump.json").write_text(exchange_json.dump_text(vault))
        events = vault.children(case, "event")
        text = vault.children(case, "attachment")[0]
        vault.fetch(text.id, io.BytesIO())
        erase.erase(vault.store, [events[0].id, text.id], "withdrawn")
        sync(vault)


def taken(vault: Vault, case: str, partner: str) -> None:
    """An emergency package: prepared, tried in a drill, released, kept and opened."""
    wish = preparing.Wish(
        case,
        partner,
        canary("person of a package"),
        canary("agreed of a package"),
        (vault.info().member,),
        chosen=shares_out.at_first(vault.views.casefile(case)),
        letter=canary("letter of a package"),
        attachments=(vault.children(case, "attachment")[0].id,),
    )
    package = WORLD / "stick" / "taken.ddemergency"
    record = preparing.prepare(vault, wish, package)
    vault.emergency.check_in(record, canary("note of a check-in"))
    drill = vault.emergency.begin_drill(record)
    kept = escrow.keep(vault, package)
    for number, one in enumerate((drill, "")):
        vault.emergency.release(record, canary("reason of a release"), one)
        preparing.write_release(vault, record, WORLD / "stick" / f"{number}.ddrelease", one)
        escrow.take_release(vault, WORLD / "stick" / f"{number}.ddrelease")
    vault.emergency.end_drill(record, " ".join(escrow.drill(vault, kept)))
    assert escrow.open_released(vault, kept).letter == canary("letter of a package")


def sync(vault: Vault) -> None:
    synchronise.sync(vault, os.environ["ATREST_SERVER"])


def meet() -> None:
    """The laptop meets the server; the file that a person asked for is imported again."""
    with opened("laptop") as vault:
        sync(vault)
        exchange_json.load(vault, ASKED / "dump.json")
        sync(vault)


def busy() -> None:
    """Works until it is killed: saves, attaches, searches, exports, synchronises."""
    profile = os.environ["ATREST_PROFILE"]
    with opened(profile) as vault:
        case, number = first_case(vault), 0
        say(ready=True)
        while True:
            vault.save([Edit(case, "summary", f"{canary('while killed')} {number}")])
            vault.attach(case, recording.files(ASKED)[number % 3])
            vault.search(canary("while killed"))
            exporting.export(vault, WORLD / "stick", everything=number % 4 == 3)
            sync(vault)
            number += 1


def coerced() -> None:
    """The duress passphrase, and what the empty workspace shows."""
    Vault.open(WORLD / "office", phrase("duress")).close()


STEPS: dict[str, Callable[[], None]] = {
    step.__name__: step for step in (found, ask, approve, field, quarrel, meet, busy, coerced)
}

if __name__ == "__main__":
    if sys.argv[1] == "desktop":
        from tests.atrest.desktop import main

        main()
    else:
        STEPS[sys.argv[1]]()
    say(done=True)
