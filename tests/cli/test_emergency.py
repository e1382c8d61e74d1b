"""An emergency package from the command line, between real profiles of two organisations."""

from __future__ import annotations

import pytest

from defenderdesk.vault.storage.store import Store
from tests.worlds.cli import Cli, cli
from tests.worlds.cli_pair import carry, pair

__all__ = ["cli", "pair"]


def ready(cli: Cli) -> str:
    """A partner P, a case in A: the case."""
    cli.init("P")
    key = cli("P", "key", "--json")["recipient"]
    cli("A", "new", "organisation", "name=Trusted", f"recipient={key}", "--json")
    case = str(cli("A", "new", "case", "title=Nora", "--json")["id"])
    cli("A", "new", "involvement", f"case={case}", "name=Nora Ali", "--json")
    (cli.folder / "letter.txt").write_text("Call her sister first.")
    return case


def test_prepared_drilled_released_and_opened(pair: Cli) -> None:
    cli = pair
    case = ready(cli)
    made = cli(
        "A",
        "emergency",
        "prepare",
        case,
        "--to",
        "Trusted",
        "--for",
        "Nora Ali",
        "--agreed",
        "When she is taken.",
        "--by",
        "Olga",
        "--by",
        "Amina",
        "--two",
        "--letter",
        "letter.txt",
        "--every",
        24,
        "--release-after",
        12,
        "--out",
        "n.ddemergency",
        "--json",
    )
    package = made["id"]
    looked = cli("P", "emergency", "keep", "n.ddemergency", "--look", "--json")
    assert looked["for"] == "Nora Ali" and len(looked["words"]) == 6 and looked["need"] == 2
    assert cli("P", "emergency", "held", "--json") == []
    kept = cli("P", "emergency", "keep", "n.ddemergency", "--json")["id"]
    cli("A", "emergency", "handed", package, "--note", "By hand")
    carry(cli, "A", "B", "one")
    listed = cli("B", "emergency", "list", "--json")
    assert [(one["phase"], one["can_release"]) for one in listed] == [("fine", True)]
    cli("B", "emergency", "heard", package, "--note", "She rang")
    cli("B", "emergency", "wait", package, 5)
    cli("B", "emergency", "wait", package, 500, code=2)

    cli("B", "emergency", "drill", package)
    cli("B", "emergency", "release", package, "--drill", "--json")
    carry(cli, "B", "A", "two")
    said = cli("A", "emergency", "release", package, "--drill", "--out", "d.ddrelease", "--json")
    assert said["released_by"] == ["Amina", "Olga"]
    cli("P", "emergency", "take", "d.ddrelease", "--json")
    words = cli("P", "emergency", "words", kept, "--json")["words"]
    cli("P", "emergency", "open", kept, code=2)
    cli("A", "emergency", "drill", package, "--words", "not these words", code=2)
    cli("A", "emergency", "drill", package, "--words", " ".join(words))

    cli("A", "emergency", "release", package, "--reason", "Taken", "--json")
    cli("A", "emergency", "file", package, "--out", "half.ddrelease")
    cli("P", "emergency", "take", "half.ddrelease", "--json")
    [state] = cli("P", "emergency", "held", "--json")
    assert state["released_by"] == ["Olga"] and not state["released"]
    carry(cli, "A", "B", "three")
    cli("B", "emergency", "release", package, "--out", "r.ddrelease", "--json")
    cli("P", "emergency", "take", "r.ddrelease", "--json")
    opened = cli("P", "emergency", "open", kept, "--json")
    assert opened["letter"] == "Call her sister first."
    assert [c["title"] for c in cli("P", "list", "--json")] == ["Nora"]
    shown = cli("B", "emergency", "show", package, "--json")
    assert shown["released"] and {s["by"] for s in shown["steps"]} == {"Olga", "Amina"}
    carry(cli, "B", "A", "four")
    cli("A", "emergency", "end", package, "--reason", "She is free")
    [told] = cli("A", "emergency", "list", "--json")
    assert told["ended"] and not told["can_release"]
    assert cli("A", "verify", cli.folder / "A", "--json")["ok"]


def test_what_does_not_hold_together_is_said(pair: Cli) -> None:
    cli = pair
    case = ready(cli)
    base = ("A", "emergency", "prepare", case, "--to", "Trusted", "--for", "N", "--agreed", "x")
    out = ("--out", "x.ddemergency")
    cli(*base, "--by", "Nobody", *out, code=2)
    cli(*base, "--by", "Olga", "--two", *out, code=2)
    cli(*base, "--by", "Olga", "--release-after", 5, *out, code=2)
    cli(*base, "--by", "Olga", "--server", *out, code=2)
    cli(*base, "--by", "Olga", "--nothing", *out, code=2)
    assert not (cli.folder / "x.ddemergency").exists()
    (cli.folder / "junk").write_bytes(b"junk")
    cli("P", "emergency", "keep", "junk", code=4)
    cli("P", "emergency", "take", "junk", code=4)
    cli("P", "emergency", "keep", "nowhere", code=2)


def test_nothing_is_ended_without_a_reason(pair: Cli) -> None:
    cli = pair
    case = ready(cli)
    package = cli(
        "A",
        "emergency",
        "prepare",
        case,
        "--to",
        "Trusted",
        "--for",
        "N",
        "--agreed",
        "x",
        "--by",
        "Olga",
        "--letter",
        "letter.txt",
        "--out",
        "n.ddemergency",
        "--json",
    )["id"]
    for nothing in ("", "  "):
        cli("A", "emergency", "end", package, "--reason", nothing, code=2)
    [told] = cli("A", "emergency", "list", "--json")
    assert not told["ended"] and told["can_release"]
    cli("A", "emergency", "end", package, "--reason", "Prepared anew")
    [told] = cli("A", "emergency", "list", "--json")
    assert told["ended"] and not told["can_release"]


def test_the_list_says_in_words_how_a_package_stands_and_that_too_few_are_left(pair: Cli) -> None:
    cli = pair
    case = ready(cli)
    package = cli(
        "A",
        "emergency",
        "prepare",
        case,
        "--to",
        "Trusted",
        "--for",
        "N",
        "--agreed",
        "x",
        "--by",
        "Olga",
        "--by",
        "Amina",
        "--two",
        "--letter",
        "letter.txt",
        "--out",
        "n.ddemergency",
        "--json",
    )["id"]
    assert "Ready. Only a person releases it." in cli("A", "emergency", "list")
    assert "Too few" not in cli("A", "emergency", "list")
    cli("A", "member", "remove", "Amina", "--json")
    assert "Too few can release it now: prepare a new one." in cli("A", "emergency", "list")
    cli("A", "emergency", "handed", package, "--note", "By hand")
    shown = cli("A", "emergency", "show", package)
    assert "Too few" in shown and "handed" in shown.lower()
    cli("A", "emergency", "end", package, "--reason", "Prepared anew")
    listed = cli("A", "emergency", "list")
    assert "Ended on" in listed and "Too few" not in listed


def test_who_works_on_the_command_line_hears_of_a_missed_check_in_and_of_a_release(
    pair: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli = pair
    case = ready(cli)
    package = cli(
        "A",
        "emergency",
        "prepare",
        case,
        "--to",
        "Trusted",
        "--for",
        "Nora Ali",
        "--agreed",
        "x",
        "--by",
        "Olga",
        "--letter",
        "letter.txt",
        "--every",
        24,
        "--release-after",
        12,
        "--out",
        "n.ddemergency",
        "--json",
    )["id"]
    kept = cli("P", "emergency", "keep", "n.ddemergency", "--json")["id"]
    cli("A", "status")
    assert not cli.err
    time = Store.now_ms
    with monkeypatch.context() as patch:
        patch.setattr(Store, "now_ms", staticmethod(lambda: time() + 31 * 3600 * 1000))
        cli("A", "status", "--json")
        assert "Nora Ali" not in cli.err and "missed" in cli.err and "emergency heard" in cli.err
        carry(cli, "A", "B", "late")
        assert "Nora Ali" not in cli.err and "missed" in cli.err
        cli("A", "emergency", "heard", package)
        cli("A", "status")
        assert not cli.err
    cli("A", "emergency", "release", package, "--reason", "Taken", "--out", "r.ddrelease")
    cli("A", "status")
    assert f"emergency file {package[:8]}" in cli.err
    cli("A", "emergency", "handed", package)
    cli("A", "status")
    assert not cli.err
    cli("P", "emergency", "take", "r.ddrelease")
    cli("P", "status")
    assert f"emergency open {kept[:8]}" in cli.err and "Office" not in cli.err
    cli("P", "emergency", "open", kept)
    cli("P", "status")
    assert not cli.err
