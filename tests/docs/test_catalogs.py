"""Every message that reaches the catalogues at run time stands in the template."""

from __future__ import annotations

from datetime import date

import pytest
from babel.messages.pofile import read_po

from defenderdesk import resources
from defenderdesk.domain import mechanisms
from defenderdesk.domain.casefile import CaseFile
from defenderdesk.domain.kinds import KINDS, Type
from defenderdesk.i18n import DOMAIN, messages
from defenderdesk.interchange.documents import drafts
from tests.worlds import cli as worlds
from tests.worlds.cli import Cli

cli = worlds.cli


class Heard:
    """A catalogue that keeps what it is asked for."""

    def __init__(self) -> None:
        self.asked: set[str] = set()

    def gettext(self, message: str) -> str:
        self.asked.add(message)
        return message

    def ngettext(self, one: str, many: str, n: int) -> str:
        self.asked.add(one)
        return one if n == 1 else many


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Heard:
    made = Heard()
    monkeypatch.setattr(messages, "_catalog", lambda language: made)
    return made


def template() -> set[str]:
    with resources.path("locale", f"{DOMAIN}.pot").open("rb") as file:
        return {m.id if isinstance(m.id, str) else m.id[0] for m in read_po(file) if m.id}


def full_case() -> CaseFile:
    """A case with something of every kind, so that a draft says whatever it can say."""
    records: dict[str, list[dict[str, object]]] = {}
    for kind in KINDS.values():
        fields: dict[str, object] = {"id": f"{kind.name}-1", "kind": kind.name}
        for field in kind.fields:
            if field.type in (Type.TEXT, Type.PARAGRAPH):
                fields[field.name] = ["word"] if field.many else "word"
            elif field.type is Type.DATE:
                fields[field.name] = "2026-01-02"
            elif field.type is Type.FLAG:
                fields[field.name] = True
        records[kind.name] = [fields]
    records["involvement"].append({"id": "i2", "kind": "involvement", "name": "Layla Haddad"})
    records["event"].append({"id": "e2", "kind": "event", "description": "Leila Haddad and Haddade"})
    return CaseFile({"id": "c", "kind": "case", "title": "T", "summary": "S"}, records)


def test_whatever_a_draft_says_is_in_the_template(heard: Heard) -> None:
    known = template()
    for mechanism in mechanisms.load().values():
        for file in (CaseFile({"id": "c", "kind": "case"}), full_case()):
            drafts.draft(mechanism, file, {"id": "s", "mechanism": mechanism.id}, date(2026, 1, 3), "fr")
    assert heard.asked, "something was asked for"
    assert not heard.asked - known


def test_whatever_the_command_line_says_is_in_the_template(heard: Heard, cli: Cli) -> None:
    cli.init("A")
    cli("A", "import", worlds.PUBLISHED)
    for command in ("status", "list", "conflicts", "deleted", "agenda", "alerts"):
        cli("A", command)
    for command in ("member list", "helpers show", "office show", "draft UGA-2024-SGD un_sr_hrd"):
        cli("A", *command.split())
    assert heard.asked, "something was asked for"
    assert not heard.asked - template()
