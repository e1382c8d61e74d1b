"""A share carries what was chosen and nothing else; hostile ones are refused whole."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from defenderdesk.crypto.age import seal_bytes
from defenderdesk.crypto.signing import SigningKey
from defenderdesk.domain.kinds import ORIGIN
from defenderdesk.errors import (
    DamagedError,
    NewerError,
    NotForUsError,
    NotGrantedError,
    UsageError,
    WorldError,
)
from defenderdesk.interchange.json import exchange_json
from defenderdesk.interchange.shares import exporting, importing, received
from defenderdesk.vault import Edit, Vault
from tests.worlds.edits import make
from tests.worlds.shares import a_case, partner, send


@pytest.fixture
def alpha(make_vault) -> Vault:
    return make_vault("alpha")


@pytest.fixture
def beta(make_vault) -> Vault:
    return make_vault("beta")


def test_what_leaves_is_what_the_preview_shows(alpha, beta, tmp_path) -> None:
    case = a_case(alpha)
    file = alpha.views.casefile(case)
    chosen = exporting.at_first(file)
    shown = exporting.preview(file, chosen)
    received = send(alpha, beta, case, tmp_path / "s.ddshare", purpose="Trial")
    assert received.records == json.loads(json.dumps(shown.records))
    assert received.purpose == "Trial" and received.organisation == "Workspace"
    text = json.dumps(received.records)
    for hidden in ("SECRET", "SOURCE", "PLAN", "NOTE", "inner note"):
        assert hidden not in text
    assert "Nora Ali" in text and "Taken" in text


def test_the_file_is_sealed_and_padded(alpha, beta, tmp_path) -> None:
    path = tmp_path / "s.ddshare"
    send(alpha, beta, a_case(alpha), path)
    data = path.read_bytes()
    assert data.startswith(b"age-encryption.org/v1") and b"Nora" not in data
    lengths = set()
    for extra in ("", "x" * 9):
        case = make(alpha, "case", title="T" + extra)
        other = tmp_path / f"p{len(extra)}.ddshare"
        send(alpha, beta, case, other, to=partner(alpha, beta, f"B{len(extra)}"))
        lengths.add(other.stat().st_size)
    assert len(lengths) == 1, "nearly the same content has the same length outside"


def test_the_case_says_what_was_given_to_whom(alpha, beta, tmp_path) -> None:
    case = a_case(alpha)
    send(alpha, beta, case, tmp_path / "s.ddshare")
    [record] = alpha.children(case, "share")
    assert record.text("direction") == "given" and record.fields["records"] == 4
    assert case in record.fields["content"]


def test_a_partner_takes_it_in_and_what_they_add_comes_back_as_theirs(alpha, beta, tmp_path) -> None:
    case = a_case(alpha)
    taken = importing.take(beta, send(alpha, beta, case, tmp_path / "s.ddshare"))
    assert taken.records == 4 and beta.get(case).sets[ORIGIN] == ["Workspace"]
    make(beta, "hearing", case=case, date="2026-03-01", report="We were there")
    beta.save([Edit(case, "summary", "As Beta saw it")])
    theirs = send(beta, alpha, case, tmp_path / "back.ddshare")
    back = importing.take(alpha, theirs)
    assert (back.records, back.conflicts) == (1, 1)
    [hearing] = alpha.children(case, "hearing")
    assert hearing.sets[ORIGIN] == ["Workspace"] and hearing.text("report") == "We were there"
    assert sorted(alpha.standing(case, "summary")) == ["As Beta saw it", "What happened"]
    again = importing.take(alpha, theirs)
    assert (again.records, again.conflicts) == (0, 0), "the same share twice changes nothing more"


def test_what_cannot_be_so_in_a_share_is_taken_in_and_told(alpha, beta, tmp_path) -> None:
    case = a_case(alpha)
    make(alpha, "event", case=case, date="2026-05-01", date_end="2026-04-01")
    taken = importing.take(beta, send(alpha, beta, case, tmp_path / "s.ddshare"))
    [said] = taken.warnings
    assert "lies before" in said and "2026-04-01" in said
    assert "2026-04-01" in [r.text("date_end") for r in beta.children(case, "event")]


def test_a_link_that_leads_out_of_the_share_stays_behind(alpha) -> None:
    case = a_case(alpha)
    chosen = {"case": frozenset({"title"}), "act": frozenset({"act_type"})}
    [_, act] = exporting.preview(alpha.views.casefile(case), chosen).records
    assert act["fields"] == {"case": case, "act_type": "arbitrary_arrest"}


def test_a_withheld_field_is_never_in_it_even_when_chosen(alpha) -> None:
    case = a_case(alpha)
    alpha.save([Edit(case, "withheld", "summary", "add")])
    everything = {kind: frozenset(f) for kind, f in exporting.possible(alpha.views.casefile(case)).items()}
    made = exporting.preview(alpha.views.casefile(case), everything)
    assert "What happened" not in made.text() and made.withheld == 1
    alpha.save([Edit(case, "withheld", "*", "add")])
    with pytest.raises(UsageError):
        exporting.preview(alpha.views.casefile(case), everything)


def test_emergency_plans_cannot_be_chosen(alpha) -> None:
    case = a_case(alpha)
    assert "plan" not in exporting.possible(alpha.views.casefile(case))
    made = exporting.preview(
        alpha.views.casefile(case), {"case": frozenset({"title"}), "plan": frozenset({"call"})}
    )
    assert "SECRET" not in made.text()


def test_only_the_partner_opens_it(alpha, beta, make_vault, tmp_path) -> None:
    send(alpha, beta, a_case(alpha), tmp_path / "s.ddshare")
    with pytest.raises(NotForUsError):
        importing.open_share(make_vault("gamma"), tmp_path / "s.ddshare")


def test_a_partner_without_a_key_gets_nothing(alpha, tmp_path) -> None:
    case = a_case(alpha)
    for key in ("", "age1nonsense"):
        them = make(alpha, "organisation", name="X", recipient=key)
        chosen = exporting.at_first(alpha.views.casefile(case))
        with pytest.raises(UsageError):
            exporting.share(alpha, case, them, chosen, tmp_path / "x")
    assert not (tmp_path / "x").exists() and alpha.children(case, "share") == []


def test_where_two_are_wanted_one_cannot_share(alpha, beta, tmp_path) -> None:
    case = a_case(alpha)
    make(alpha, "policy", two_for_export=True)
    with pytest.raises(NotGrantedError):
        send(alpha, beta, case, tmp_path / "s.ddshare")
    assert not (tmp_path / "s.ddshare").exists()


# -- hostile shares --------------------------------------------------------------------------------


def forged(vault: Vault, change, magic: bytes = b"DDSHARE\x01", tear: int = 0) -> bytes:
    """A share of a partner with valid keys and bad intentions."""
    key = SigningKey.generate()
    body = {
        "format": "defenderdesk-share",
        "version": 1,
        "share": "s",
        "reply_to": "",
        "from": {
            "organisation": "Evil",
            "member": "E",
            "signing_key": key.public.hex(),
            "recipient": str(vault.store.require_identity().recipient),
        },
        "created": "",
        "purpose": "",
        "case": "a" * 25 + "a",
        "records": [{"id": "a" * 26, "kind": "case", "fields": {"title": "T"}}],
    }
    change(body)
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    signature = key.sign(b"defenderdesk.org/v1/share\x00", content)
    if tear:
        content = content[:-tear] + b"!" * tear
    return seal_bytes(magic + signature + content, [vault.store.require_identity().recipient])


BAD = {
    "a kind that is never shared": lambda b: b["records"].append(
        {"id": "b" * 26, "kind": "plan", "fields": {}}
    ),
    "an unknown kind": lambda b: b["records"].append({"id": "b" * 26, "kind": "x", "fields": {}}),
    "rules of the office": lambda b: b["records"].append(
        {"id": "b" * 26, "kind": "mechanism", "fields": {"code": "un_sr_hrd", "reply_days": 1}}
    ),
    "a deletion": lambda b: b["records"][0]["fields"].update(deleted=True),
    "a kind changed": lambda b: b["records"][0]["fields"].update(kind="plan"),
    "a forged origin": lambda b: b["records"][0].update(sets={"origin": ["Us"]}),
    "a mark": lambda b: b["records"][0].update(sets={"withheld": ["title"]}),
    "an erasure confirmed": lambda b: b["records"][0].update(sets={"erasure_confirmed": ["d.1"]}),
    "an erasure": lambda b: b["records"][0]["fields"].update(erased="x"),
    "a record twice": lambda b: b["records"].append({"id": "a" * 26, "kind": "event"}),
    "no case": lambda b: b.update(records=[]),
    "no id": lambda b: b["records"][0].update(id="x"),
    "records that are none": lambda b: b.update(records=[1, None]),
    "a float": lambda b: b["records"][0]["fields"].update(title={"a": float("inf")}),
    "fields that are none": lambda b: b["records"][0].update(fields=[1]),
    "no sender": lambda b: b.update({"from": None}),
    "a sender's key that is none": lambda b: b["from"].update(recipient="age1x"),
    "texts that are none": lambda b: b.update(purpose=[1]),
    "another format": lambda b: b.update(format="x"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_hostile_share_is_refused_whole(alpha, tmp_path, name) -> None:
    before = exchange_json.dump_text(alpha)
    (tmp_path / "s").write_bytes(forged(alpha, BAD[name]))
    with pytest.raises(WorldError) as told:
        importing.open_share(alpha, tmp_path / "s")
    assert told.value.next_step
    assert exchange_json.dump_text(alpha) == before


def test_an_altered_share_is_told_apart(alpha, tmp_path) -> None:
    (tmp_path / "s").write_bytes(forged(alpha, lambda b: None, tear=1))
    with pytest.raises(DamagedError):
        importing.open_share(alpha, tmp_path / "s")
    (tmp_path / "s").write_bytes(forged(alpha, lambda b: b.update(version=2)))
    with pytest.raises(NewerError):
        importing.open_share(alpha, tmp_path / "s")
    (tmp_path / "s").write_bytes(forged(alpha, lambda b: None, magic=b"DDSHARE\x02"))
    with pytest.raises(NewerError):
        importing.open_share(alpha, tmp_path / "s")
    for rubbish in (b"", b"age-encryption.org/v1\n", b"\x00" * 5000):
        (tmp_path / "s").write_bytes(rubbish)
        with pytest.raises(WorldError):
            importing.open_share(alpha, tmp_path / "s")


def test_a_share_cannot_turn_our_record_into_another_kind(alpha, tmp_path) -> None:
    ours = make(alpha, "note", text="ours")

    def change(body) -> None:
        body["records"][0]["id"] = body["case"] = ours

    (tmp_path / "s").write_bytes(forged(alpha, change))
    with pytest.raises(DamagedError):
        importing.take(alpha, importing.open_share(alpha, tmp_path / "s"))
    assert alpha.get(ours).kind == "note"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
KEYS = ["format", "version", "share", "reply_to", "from", "purpose", "case", "records"]


@given(st.dictionaries(st.sampled_from(KEYS), JSON), st.sampled_from(KEYS), JSON, st.binary())
def test_whatever_a_partner_writes_is_read_or_refused(random_body, key, value, tail) -> None:
    good = {
        "format": "defenderdesk-share",
        "version": 1,
        "share": "s",
        "reply_to": "",
        "from": {"organisation": "E", "member": "E", "signing_key": "00", "recipient": "x"},
        "purpose": "",
        "case": "a" * 26,
        "records": [{"id": "a" * 26, "kind": "case", "fields": {"title": "T"}}],
    }
    for body in (random_body, {**good, key: value}, {**good, "records": [value]}):
        for content in (json.dumps(body).encode(), json.dumps(body).encode() + tail):
            with contextlib.suppress(WorldError):
                read = importing._body(content)
                assert read["case"] in {r["id"] for r in read["records"]}


def test_a_record_without_fields_is_taken_in_all_the_same(beta) -> None:
    rid = beta.new_id()
    came = received.Received(
        "s",
        "",
        "Alpha",
        "M",
        "00" * 32,
        str(beta.store.require_identity().recipient),
        [],
        "",
        rid,
        [{"id": rid, "kind": "case"}],
        "",
    )
    assert importing.take(beta, came).records == 1 and beta.get(rid).kind == "case"
