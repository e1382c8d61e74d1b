"""`docs/architecture.md` says what stands: every layer, room, path and name in it is the code's."""

from __future__ import annotations

import re
import tomllib

import pytest

from tests.docs.names import (
    PACKAGE,
    ROOT,
    entries,
    first_column,
    members,
    page,
    quoted,
    section,
)

TEXT = page("architecture.md")
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
    "contracts"
]
PATHS = sorted({name for name in quoted(TEXT) if re.fullmatch(r"[\w.]+(/[\w.]+)*(/|\.py)", name)})
NAMES = sorted({name for name in quoted(TEXT) if re.fullmatch(r"[A-Za-z_]\w*(\.\w+)+(\(…\))?", name)})
OUTSIDE = {"keys.json", "vault.db", "pyproject.toml"}
"""Files that are no Python."""


def test_the_table_of_layers_names_every_part_of_the_package_and_no_other() -> None:
    assert sorted(first_column(section(TEXT, "Layers"))) == sorted(entries(PACKAGE) | {"__main__"})


def test_the_figure_of_the_layers_shows_them_in_the_order_that_is_checked() -> None:
    figure = section(TEXT, "Layers").split("```")[1]
    checked = next(c for c in CONTRACTS if c.get("containers") == ["defenderdesk"])
    ranks = {
        name.strip(): rank for rank, layer in enumerate(checked["layers"]) for name in re.split("[:|]", layer)
    }
    drawn = [name for name in re.findall(r"\w+", figure) if name in ranks]
    assert set(drawn) == set(ranks) - {"demo", "catalogs"}
    beside = {
        "i18n",
        "files",
        "resources",
        "panic_signal",
        "hardening",
        "errors",
    }  # the last line, of small ones
    floors = [ranks[name] for name in drawn if name not in beside]
    assert floors == sorted(floors)


def test_the_table_of_rooms_names_every_room_and_no_other() -> None:
    rooms = {
        f"{layer.parent.name}/{room}"
        for layer in PACKAGE.glob("*/__init__.py")
        for room in entries(layer.parent)
        if (layer.parent / room).is_dir()
    }
    assert sorted(first_column(section(TEXT, "Rooms"))) == sorted(rooms)


@pytest.mark.parametrize("layer", ["vault", "sync", "ui"])
def test_rooms_stand_in_the_order_that_is_checked(layer: str) -> None:
    named = [n.split("/")[1] for n in first_column(section(TEXT, "Rooms")) if n.startswith(f"{layer}/")]
    checked = next(c for c in CONTRACTS if c.get("containers") == [f"defenderdesk.{layer}"])
    ranks = {name.strip(): -rank for rank, floor in enumerate(checked["layers"]) for name in floor.split(":")}
    assert [ranks[name] for name in named] == sorted(ranks[name] for name in named)


@pytest.mark.parametrize("path", PATHS)
def test_every_path_is_there(path: str) -> None:
    if path not in ("chunks/", "resources/"):  # of a profile; of the repository
        assert (PACKAGE / path).exists() or (ROOT / path).exists()


@pytest.mark.parametrize("name", [name for name in NAMES if name not in OUTSIDE])
def test_every_name_is_the_codes(name: str) -> None:
    if name.endswith(".py"):
        assert (PACKAGE / name).exists() or (ROOT / name).exists()
        return
    owner, last = name.removesuffix("(…)").split(".")[-2:]
    known = members()
    assert last in known[owner] | known[owner.title()], f"{owner} has no {last}"


def test_every_table_of_the_database_is_named() -> None:
    schema = (PACKAGE / "vault/storage/schema.py").read_text(encoding="utf-8")
    tables = set(re.findall(r"CREATE (?:VIRTUAL )?TABLE (\w+)", schema))
    named = set(quoted(section(TEXT, "The tables")))
    small = {
        "meta",
        "desks",
        "desk_keys",
        "devices",
        "chunks",
        "stale",
        "stale_days",
        "suspects",
        "erasures",
        "erased",
    }
    assert tables - small <= named


def test_the_door_names_every_room_behind_it() -> None:
    door = (PACKAGE / "vault/vault.py").read_text(encoding="utf-8")
    begun = door.split("def __init__", 1)[1].split("# --", 1)[0]
    plain = set(re.findall(r"self\.([a-z]\w*) = ", begun)) - {"store", "profile"}
    rooms = plain | set(re.findall(r"@(?:cached_)?property\n    def ([a-z]\w*)\(", door))
    named = {
        n.split(".")[1] for n in quoted(section(TEXT, "The door of the vault")) if n.startswith("Vault.")
    }
    assert rooms <= named


@pytest.mark.parametrize("layer", ["vault", "sync"])
def test_every_module_beside_the_rooms_is_named(layer: str) -> None:
    modules = {f"{layer}/{path.name}" for path in (PACKAGE / layer).glob("[a-z]*.py")}
    assert modules <= set(quoted(TEXT))


def test_what_follows_an_exchange_stands_in_its_order() -> None:
    after = (PACKAGE / "sync/after.py").read_text(encoding="utf-8")
    duties = [last for _, last in re.findall(r"lambda vault: vault\.(\w+)\.(\w+)\(\)", after)]
    steps = section(TEXT, "An exchange, and what follows it")
    told = [n.split(".")[1] for line in re.findall(r"^\d\. .*", steps, re.M) for n in quoted(line)]
    assert told == ["of_the_server", *duties]
