"""Operations that save several times: each write fails in turn, and nothing is there by half."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from pathlib import Path

import pytest

from defenderdesk import interchange
from defenderdesk.errors import StorageError
from defenderdesk.interchange import vocabulary_packs
from defenderdesk.interchange.emergency import escrow
from defenderdesk.interchange.json import exchange_json
from defenderdesk.interchange.shares import importing, recall
from defenderdesk.vault import Edit, Vault
from defenderdesk.vault.records import writing
from tests.worlds.packages import handed, wish
from tests.worlds.shares import a_case, partner, send


@pytest.fixture
def alpha(make_vault) -> Vault:
    return make_vault("alpha")


@pytest.fixture
def beta(make_vault) -> Vault:
    return make_vault("beta")


def each_write_fails(vault: Vault, act: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> int:
    """Runs `act` again and again, the disk full at its first, second… write, until it goes
    through; after every failure the vault holds what it held. How many writes there were."""
    before, write = exchange_json.dump_text(vault), writing.write
    for at in range(100):
        count = [0]

        def full(*args, at: int = at, count: list[int] = count, **more) -> object:
            count[0] += 1
            if count[0] > at:
                raise StorageError(what="the disk is full")
            return write(*args, **more)

        with monkeypatch.context() as patch:
            patch.setattr(writing, "write", full)
            try:
                act()
            except StorageError:
                assert exchange_json.dump_text(vault) == before, f"by half, at write {at + 1}"
                continue
        assert exchange_json.dump_text(vault) != before
        return count[0]
    raise AssertionError("it never ends")


def test_a_share_and_its_update_and_its_recall(alpha, beta, tmp_path, monkeypatch) -> None:
    """Once the update went in by half: taken again and asked back, its text stayed."""
    case, to = a_case(alpha), partner(alpha, beta)
    first = send(alpha, beta, case, tmp_path / "1.ddshare", to=to)
    assert each_write_fails(beta, lambda: importing.take(beta, first), monkeypatch) == 2
    alpha.save([Edit(case, "summary", "What really happened")])
    second = send(alpha, beta, case, tmp_path / "2.ddshare", to=to)
    assert each_write_fails(beta, lambda: importing.take(beta, second), monkeypatch) == 2
    assert beta.get(case).fields["summary"] == "What really happened"
    share = next(r for r in alpha.children(case, "share") if r.text("share_id") == second.share)
    recall.ask_back(alpha, share.id, tmp_path / "3.ddshare")
    asked = importing.open_share(beta, tmp_path / "3.ddshare")
    assert each_write_fails(beta, lambda: recall.honour(beta, asked), monkeypatch) >= 3
    assert "What really happened" not in exchange_json.dump_text(beta)


def test_a_package_kept_in_escrow_and_opened(alpha, beta, tmp_path, monkeypatch) -> None:
    _, path = _package(alpha, beta, tmp_path)
    assert each_write_fails(beta, lambda: escrow.keep(beta, path), monkeypatch) >= 2


def _package(us: Vault, them: Vault, folder: Path) -> tuple[str, Path]:
    from defenderdesk.interchange.emergency import preparing

    out = folder / "a.ddemergency"
    return preparing.prepare(us, wish(us, them, (us.info().member,)), out), out


def test_a_release_that_is_taken_and_opened(alpha, beta, tmp_path, monkeypatch) -> None:
    made, record = handed(alpha, beta, tmp_path, wish(alpha, beta, (alpha.info().member,)))
    from defenderdesk.interchange.emergency import preparing

    alpha.emergency.release(made, "She was taken.")
    preparing.write_release(alpha, made, tmp_path / "r.ddrelease")
    taken = lambda: escrow.take_release(beta, tmp_path / "r.ddrelease")  # noqa: E731
    assert each_write_fails(beta, taken, monkeypatch) >= 1
    assert each_write_fails(beta, lambda: escrow.open_released(beta, record), monkeypatch) >= 2


def test_what_an_operation_saved_is_seen_by_what_it_reads(alpha) -> None:
    def act() -> None:
        with alpha.transaction():
            case = alpha.new_id()
            alpha.save([Edit(case, "kind", "case"), Edit(case, "title", "Seen within")])
            assert alpha.get(case).text("title") == "Seen within"
            alpha.settings.put("worries", [1])
            assert alpha.settings.get("worries") == [1]
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        act()
    assert alpha.settings.get("worries") == []
    assert "Seen within" not in exchange_json.dump_text(alpha)


def test_whatever_saves_more_than_once_is_an_operation() -> None:
    """A function of `interchange` that calls what writes twice or more stands under `operation`,
    or writes within a transaction of its own."""
    writes = {"save", "erase", "attach_from", "attach", "partner_of", "_take", "_attach"}
    left = []
    for path in sorted(Path(inspect.getfile(interchange)).parent.rglob("*.py")):
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(function, ast.FunctionDef):
                continue
            called = [
                node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
                for node in ast.walk(function)
                if isinstance(node, ast.Call) and isinstance(node.func, (ast.Attribute, ast.Name))
            ]
            whole = "transaction" in called or any(
                isinstance(one, ast.Name) and one.id == "operation" for one in function.decorator_list
            )
            if sum(name in writes for name in called) > 1 and not whole:
                left.append(f"{path.name}: {function.name}")
    assert left == []


def test_a_vocabulary_pack_is_one_write() -> None:
    assert vocabulary_packs.load.__wrapped__, "it is an operation"
