"""A share is updated, and asked back: a request that a person honours, and no more."""

from __future__ import annotations

import dataclasses

import pytest

from defenderdesk.errors import NotFoundError, UsageError
from defenderdesk.interchange.json import exchange_json
from defenderdesk.interchange.shares import exporting, importing, recall, received
from defenderdesk.vault import Edit, Vault
from defenderdesk.vault.erasure import erase
from defenderdesk.vault.receiving import verification
from tests.worlds.edits import make
from tests.worlds.shares import a_case, partner, send


@pytest.fixture
def alpha(make_vault) -> Vault:
    return make_vault("alpha")


@pytest.fixture
def beta(make_vault) -> Vault:
    return make_vault("beta")


def test_what_was_left_as_it_came_takes_the_update(alpha, beta, tmp_path) -> None:
    case, to = a_case(alpha), partner(alpha, beta)
    importing.take(beta, send(alpha, beta, case, tmp_path / "1.ddshare", to=to))
    [event] = beta.children(case, "event")
    beta.save([Edit(str(event.id), "description", "Beta knows better")])
    alpha.save([Edit(case, "summary", "What really happened")])
    alpha.save([Edit(str(event.id), "description", "Taken at night")])
    second = send(alpha, beta, case, tmp_path / "2.ddshare", to=to)
    [first_number, _] = sorted(
        (r.text("share_id") for r in alpha.children(case, "share")),
        key=lambda n: n != second.updates,
    )
    assert second.updates == first_number
    taken = importing.take(beta, second)
    assert taken.replaced == 1 and beta.get(case).fields["summary"] == "What really happened"
    assert beta.get(case).conflicts == (), "what was left as it came is no conflict"
    assert beta.get(str(event.id)).conflicts == ("description",), "what was changed is"


def test_an_update_by_somebody_else_replaces_nothing(alpha, beta, make_vault, tmp_path) -> None:
    case, to = a_case(alpha), partner(alpha, beta)
    first = send(alpha, beta, case, tmp_path / "1.ddshare", to=to)
    importing.take(beta, first)
    gamma = make_vault("gamma")
    importing.take(gamma, send(alpha, gamma, case, tmp_path / "g.ddshare", to=partner(alpha, gamma)))
    gamma.save([Edit(case, "summary", "Gamma says")])
    theirs = send(gamma, beta, case, tmp_path / "2.ddshare", to=partner(gamma, beta))
    forged = dataclasses.replace(theirs, updates=first.share)
    assert importing.take(beta, forged).replaced == 0
    assert "summary" in beta.get(case).conflicts


def test_it_is_asked_back_and_a_person_honours_it(alpha, beta, tmp_path) -> None:
    case, to = a_case(alpha), partner(alpha, beta)
    importing.take(beta, send(alpha, beta, case, tmp_path / "1.ddshare", to=to))
    own = make(beta, "note", case=case, text="Beta's own note")
    [event] = beta.children(case, "event")
    beta.save([Edit(str(event.id), "remarks", "Beta added this")])
    [given] = alpha.children(case, "share")
    recall.ask_back(alpha, given.id, tmp_path / "r.ddshare", "Consent was withdrawn")
    assert alpha.get(given.id).text("recalled")
    received = importing.open_share(beta, tmp_path / "r.ddshare")
    assert received.recalls == given.text("share_id") and received.purpose == "Consent was withdrawn"
    with pytest.raises(UsageError):
        importing.take(beta, received)
    found = recall.asked(beta, received)
    assert len(found.whole) == 2 and found.stays == 2, "the event was written in, the case too"
    assert "What happened" in exchange_json.dump_text(beta), "nothing happens by itself"
    recall.honour(beta, received)
    dump = exchange_json.dump_text(beta)
    for gone in ("What happened", "Nora Ali", "Taken"):
        assert gone not in dump
    assert "Beta added this" in dump and "own note" in beta.get(own).text("text")
    assert not beta.get(case).deleted and beta.get(str(event.id)).text("case") == case, "and are found"
    [kept] = [r for r in beta.children(case, "share") if r.text("recalled")]
    assert "content" not in kept.fields, "no digest by which a name could be guessed"
    again = recall.asked(beta, received)
    assert again.whole == () and again.fields == {}
    assert exporting.last_given(alpha, case, to) == "", "the next one is a new share"


def test_an_update_is_asked_back_with_what_it_took_the_place_of(alpha, beta, tmp_path) -> None:
    case, to = a_case(alpha), partner(alpha, beta)
    importing.take(beta, send(alpha, beta, case, tmp_path / "1.ddshare", to=to))
    alpha.save([Edit(case, "summary", "What really happened")])
    [event] = alpha.children(case, "event")
    narrow = tmp_path / "2.ddshare"
    exporting.share(alpha, case, to, {"case": frozenset({"title", "summary"})}, narrow)
    importing.take(beta, importing.open_share(beta, narrow))
    latest = max(alpha.children(case, "share"), key=lambda r: r.updated)
    recall.ask_back(alpha, latest.id, tmp_path / "r.ddshare", "They withdraw")
    assert all(r.text("recalled") for r in alpha.children(case, "share"))
    recall.honour(beta, importing.open_share(beta, tmp_path / "r.ddshare"))
    dump = exchange_json.dump_text(beta)
    for gone in ("What happened", "What really happened", "Taken", "Nora Ali"):
        assert gone not in dump
    assert beta.get(str(event.id)).deleted
    assert all(r.text("recalled") for r in beta.children(case, "share"))


def test_what_is_erased_leaves_no_digest_in_the_share_that_brought_it(alpha, beta, tmp_path) -> None:
    case, to = a_case(alpha), partner(alpha, beta)
    received = send(alpha, beta, case, tmp_path / "1.ddshare", to=to)
    importing.take(beta, received)
    [share] = beta.children(case, "share")
    [event] = beta.children(case, "event")
    summary = recall.digest(beta.get(case).fields["summary"])
    assert summary in str(share.fields["content"]) and event.id in share.fields["content"]
    erase.erase(beta.store, [case], "Named somebody", ["summary"])
    erase.erase(beta.store, [event.id], "Consent was withdrawn")
    kept = beta.get(share.id).fields["content"]
    assert "summary" not in kept[case] and "title" in kept[case] and event.id not in kept
    rows = beta.store.reader.execute("SELECT body FROM change_sets").fetchall()
    assert not any(summary.encode() in bytes(row[0]) for row in rows), "nor in what was before"
    assert verification.vault(beta.store).problems == []
    alpha.save([Edit(case, "title", "Another title")])
    update = send(alpha, beta, case, tmp_path / "2.ddshare", to=to)
    assert importing.take(beta, update).replaced == 1, "what stands is still known as theirs"


def asked_back(giver: Vault, taker: Vault, case: str, out) -> received.Received:
    [given] = [r for r in giver.children(case, "share") if r.text("direction") == "given"]
    recall.ask_back(giver, given.id, out, "They withdraw")
    return importing.open_share(taker, out)


def test_a_value_of_ours_beside_theirs_outlives_the_recall(alpha, beta, tmp_path) -> None:
    case, to = a_case(alpha), partner(alpha, beta)
    importing.take(beta, send(alpha, beta, case, tmp_path / "1.ddshare", to=to))
    ours = alpha.get(case).fields
    beta.save([Edit(case, "title", "Beta's title"), Edit(case, "summary", "Beta's summary")])
    back = send(beta, alpha, case, tmp_path / "2.ddshare", to=partner(beta, alpha))
    assert importing.take(alpha, back).conflicts == 2
    alpha.settle(f"{case}.summary", "Beta's summary")
    received = asked_back(beta, alpha, case, tmp_path / "r.ddshare")
    recall.honour(alpha, received)
    held = alpha.get(case)
    assert (held.fields["title"], held.fields["summary"]) == (ours["title"], ours["summary"])
    assert held.conflicts == () and not held.deleted
    assert "Beta's" not in exchange_json.dump_text(alpha)
    assert not any("Beta's" in str(h) for h in alpha.history(case)), "nor in what was before"


def test_what_was_added_to_a_set_is_ours(alpha, beta, tmp_path) -> None:
    case, to = a_case(alpha), partner(alpha, beta)
    alpha.save([Edit(case, "authorities", "Theirs", "add")])
    importing.take(beta, send(alpha, beta, case, tmp_path / "1.ddshare", to=to))
    beta.save([Edit(case, "authorities", "Ours", "add")])
    received = asked_back(alpha, beta, case, tmp_path / "r.ddshare")
    assert case not in recall.asked(beta, received).whole
    recall.honour(beta, received)
    assert beta.get(case).sets["authorities"] == ["Ours"] and not beta.get(case).deleted
    assert "Theirs" not in exchange_json.dump_text(beta)


def test_a_share_that_was_taken_twice_is_given_back_once(alpha, beta, tmp_path) -> None:
    case, to = a_case(alpha), partner(alpha, beta)
    first = send(alpha, beta, case, tmp_path / "1.ddshare", to=to)
    importing.take(beta, first)
    beta.save([Edit(case, "summary", "Beta's own")])
    importing.take(beta, first)
    recall.honour(beta, asked_back(alpha, beta, case, tmp_path / "r.ddshare"))
    assert beta.get(case).fields["summary"] == "Beta's own" and beta.get(case).conflicts == ()
    assert "Nora Ali" not in exchange_json.dump_text(beta)


def test_only_who_signed_it_may_ask(alpha, beta, make_vault, tmp_path) -> None:
    case, to = a_case(alpha), partner(alpha, beta)
    first = send(alpha, beta, case, tmp_path / "1.ddshare", to=to)
    importing.take(beta, first)
    gamma = make_vault("gamma")
    importing.take(gamma, send(alpha, gamma, case, tmp_path / "g.ddshare", to=partner(alpha, gamma)))
    importing.take(beta, send(gamma, beta, case, tmp_path / "2.ddshare", to=partner(gamma, beta)))
    [given] = [r for r in gamma.children(case, "share") if r.text("direction") == "given"]
    gamma.save([Edit(given.id, "share_id", first.share)])
    recall.ask_back(gamma, given.id, tmp_path / "r.ddshare")
    with pytest.raises(NotFoundError):
        recall.asked(beta, importing.open_share(beta, tmp_path / "r.ddshare"))
    [received] = [r for r in gamma.children(case, "share") if r.text("direction") == "received"]
    with pytest.raises(UsageError):
        recall.ask_back(gamma, received.id, tmp_path / "x.ddshare")


def test_what_was_given_back_does_not_come_again_from_an_old_stick(alpha, beta, tmp_path) -> None:
    case, to = a_case(alpha), partner(alpha, beta)
    received = send(alpha, beta, case, tmp_path / "1.ddshare", to=to)
    importing.take(beta, received)
    make(beta, "note", case=case, text="Beta's own note")  # so the case itself stays
    recall.honour(beta, asked_back(alpha, beta, case, tmp_path / "r.ddshare"))
    with pytest.raises(UsageError):
        importing.take(beta, received)
    assert "What happened" not in exchange_json.dump_text(beta)


def test_a_share_that_was_asked_back_before_it_came_is_not_taken(alpha, beta, make_vault, tmp_path) -> None:
    """Two sticks in the wrong order."""
    case, to = a_case(alpha), partner(alpha, beta)
    received = send(alpha, beta, case, tmp_path / "1.ddshare", to=to)
    request = asked_back(alpha, beta, case, tmp_path / "r.ddshare")
    with pytest.raises(NotFoundError):
        recall.asked(beta, request)
    with pytest.raises(UsageError, match="before it came"):
        importing.take(beta, received)
    assert "What happened" not in exchange_json.dump_text(beta)
    # a hostile request takes no room
    many = tuple(f"{n}" for n in range(5000))
    with pytest.raises(NotFoundError):
        recall.asked(beta, dataclasses.replace(request, recalls="x" * 5_000_000, also=many))
    assert len(str(beta.store.meta("recalled_early"))) < 20_000
    # somebody else's request asks nothing of theirs back, and a later share of theirs is taken
    gamma = make_vault("gamma")
    forged = dataclasses.replace(request, recalls=received.share, signer="00" * 32)
    with pytest.raises(NotFoundError):
        recall.asked(gamma, forged)
    to_gamma = partner(alpha, gamma)
    alpha.save([Edit(case, "summary", "What really happened")])
    importing.take(gamma, send(alpha, gamma, case, tmp_path / "g.ddshare", to=to_gamma))
    importing.take(beta, send(alpha, beta, case, tmp_path / "2.ddshare", to=to))
    assert beta.get(case).fields["summary"] == "What really happened"


def test_what_was_erased_here_does_not_come_back_with_a_share(alpha, beta, tmp_path) -> None:
    case, to = a_case(alpha), partner(alpha, beta)
    first = send(alpha, beta, case, tmp_path / "1.ddshare", to=to)
    importing.take(beta, first)
    [nora] = beta.children(case, "involvement")
    erase.erase(beta.store, [nora.id], "Consent was withdrawn")
    alpha.save([Edit(case, "summary", "What really happened")])
    taken = importing.take(beta, send(alpha, beta, case, tmp_path / "2.ddshare", to=to))
    assert taken.erased == 1 and taken.replaced == 1
    assert "Nora Ali" not in exchange_json.dump_text(beta)
    assert "name" not in beta.get(nora.id).fields
    erase.erase(beta.store, [case], "All of it")
    with pytest.raises(UsageError):
        importing.take(beta, first)
    assert "What happened" not in exchange_json.dump_text(beta)


def test_a_share_that_is_taken_twice_brings_back_nothing(alpha, beta, tmp_path) -> None:
    case, to = a_case(alpha), partner(alpha, beta)
    first = send(alpha, beta, case, tmp_path / "1.ddshare", to=to)
    importing.take(beta, first)
    [event] = beta.children(case, "event")
    beta.save([Edit(case, "title", "Ours"), Edit(event.id, "deleted", True)])
    erase.erase(beta.store, [case], "Named somebody", ["summary"])
    before = exchange_json.dump_text(beta)
    taken = importing.take(beta, first)
    assert (taken.records, taken.conflicts, taken.changes) == (0, 0, [])
    assert exchange_json.dump_text(beta) == before


@pytest.mark.parametrize("before", [False, True])
def test_an_older_share_after_a_newer_one_fills_in_and_changes_nothing(
    alpha, beta, tmp_path, before: bool
) -> None:
    case, to = a_case(alpha), partner(alpha, beta)
    first = send(alpha, beta, case, tmp_path / "1.ddshare", to=to)
    if before:
        importing.take(beta, first)
    alpha.save([Edit(case, "summary", "What really happened")])
    narrow = tmp_path / "2.ddshare"
    exporting.share(alpha, case, to, {"case": frozenset({"title", "summary"})}, narrow)
    importing.take(beta, importing.open_share(beta, narrow))
    taken = importing.take(beta, first)
    held = beta.get(case)
    assert (held.fields["summary"], held.conflicts) == ("What really happened", ())
    assert taken.conflicts == 0 and held.fields["country"] == "UG"
    assert [e.text("description") for e in beta.children(case, "event")] == ["Taken"]
