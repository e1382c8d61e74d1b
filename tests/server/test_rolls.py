"""Who may speak follows from rolls, each signed by who administered in the one before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from defenderdesk.bundle import membership
from defenderdesk.bundle.membership import acts
from defenderdesk.bundle.membership import roll as rolls
from defenderdesk.crypto import signing
from defenderdesk.crypto.signing import SigningKey
from defenderdesk.server.app import Server
from defenderdesk.server.store import ServerStore
from tests.worlds.servers import (
    BOX,
    FOUNDER,
    WORKSPACE,
    Caller,
    current,
    founded,
    put,
    registration,
    roll_on,
    text,
)

LIST = f"/v1/mailboxes/{BOX}?after=0"
RAW = signing.id_bytes(WORKSPACE)


def key(letter: str) -> SigningKey:
    return SigningKey(letter.encode() * 32)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ServerStore]:
    made = ServerStore(tmp_path / "server")
    yield made
    made.close()


@pytest.fixture
def office(store: ServerStore) -> Caller:
    return founded(store)


def caller(office: Caller, letter: str) -> Caller:
    return Caller(office.app, key(letter))


def act(by: SigningKey, kind: str, *detail: object) -> bytes:
    return acts.make(by, RAW, kind, [bytes(32)], 1, detail)


def name(letter: SigningKey) -> bytes:
    return membership.device_id(letter.public)


# -- registration ------------------------------------------------------------------------------


def test_a_token_and_a_workspaces_id_register_nobody(store: ServerStore) -> None:
    """Both stand in what an office mails about: the id in every invitation."""
    thief = Caller(Server(store).app(), key("t"))
    said = registration(thief.key, token=store.new_token())
    assert thief.json("POST", "/v1/register", said)[1]["error"] == "not-founder"
    said["keys"] = [text(FOUNDER.public), text(thief.key.public)]
    said["acts"] = [text(act(thief.key, acts.ROLE, name(thief.key), "administrator"))]
    assert thief.json("POST", "/v1/register", said)[1]["error"] == "not-founder"
    said["keys"], said["acts"] = [text(FOUNDER.public)], []
    assert thief.json("POST", "/v1/register", said)[1]["error"] == "not-founder"
    assert thief.json("GET", LIST)[0] == 403


def test_a_token_is_used_once_and_only_by_who_proves(store: ServerStore) -> None:
    office = Caller(Server(store).app(), FOUNDER)
    assert office.json("POST", "/v1/register", registration(FOUNDER))[1]["error"] == "token"
    token = store.new_token()
    assert office.json("POST", "/v1/register", registration(FOUNDER, token=token, number=2))[0] == 409
    assert office.json("POST", "/v1/register", registration(FOUNDER, token=token))[0] == 200, "still good"
    other, nonce = key("x"), b"m" * 16
    workspace = membership.workspace_id(other.public, nonce)
    made = rolls.make(other, workspace, 1, rolls.NONE, 1, [other.public], [])
    said = {
        "roll": text(made),
        "nonce": text(nonce),
        "keys": [text(other.public)],
        "acts": [],
        "token": token,
    }
    second = Caller(office.app, other, signing.id_text(workspace))
    assert second.json("POST", "/v1/register", said)[1]["error"] == "token"
    said["token"] = store.new_token()
    assert second.json("POST", "/v1/register", said)[0] == 200


def test_whom_an_act_appointed_registers_and_no_name_is_told(store: ServerStore) -> None:
    deputy = Caller(Server(store).app(), key("d"))
    appointed = act(FOUNDER, acts.ROLE, name(deputy.key), "administrator")
    said = registration(deputy.key, token=store.new_token(), administrators=[deputy.key.public])
    said |= {"keys": [text(FOUNDER.public), text(deputy.key.public)], "acts": [text(appointed)]}
    assert deputy.json("POST", "/v1/register", said)[0] == 200
    assert put(deputy, b"sealed") == 1


def test_an_act_of_another_workspace_or_kind_proves_nothing(store: ServerStore) -> None:
    deputy = Caller(Server(store).app(), key("d"))
    other = acts.make(FOUNDER, b"x" * 16, acts.ROLE, [bytes(32)], 1, [name(deputy.key), "administrator"])
    for proof in (
        other,
        act(FOUNDER, acts.ROLE, name(deputy.key), "coordinator"),
        act(FOUNDER, acts.GRANT, name(deputy.key), b"d" * 16),
        act(FOUNDER, acts.ROLE, name(key("e")), "administrator"),
        b"x" * 100,
    ):
        said = registration(deputy.key, token=store.new_token())
        said |= {"keys": [text(FOUNDER.public), text(deputy.key.public)], "acts": [text(proof)]}
        assert deputy.json("POST", "/v1/register", said)[1]["error"] == "not-founder"


def test_who_registered_first_does_not_take_the_founders_place(store: ServerStore) -> None:
    """A colleague who once administered, with a token that was meant for the office."""
    former = Caller(Server(store).app(), key("f"))
    said = registration(former.key, token=store.new_token())
    appointed = act(FOUNDER, acts.ROLE, name(former.key), "administrator")
    said |= {"keys": [text(FOUNDER.public), text(former.key.public)], "acts": [text(appointed)]}
    assert former.json("POST", "/v1/register", said)[0] == 200
    office = Caller(former.app, FOUNDER)
    assert office.json("GET", LIST)[0] == 403
    status, answer = office.json("POST", "/v1/register", registration(FOUNDER))
    assert (status, answer["error"]) == (409, "superseded")
    before = bytes.fromhex(answer["sha256"])
    again = registration(FOUNDER, number=answer["number"] + 1, before=before)
    assert office.json("POST", "/v1/register", again)[0] == 200, "without a token"
    assert former.json("GET", LIST)[0] == 403
    assert roll_on(former, [former.key.public], on=current(office))[0] == 403
    assert former.json("POST", "/v1/register", said)[0] == 409
    said |= registration(former.key, number=3, before=current(office).sha256)
    said |= {"keys": [text(FOUNDER.public), text(former.key.public)], "acts": [text(appointed)]}
    assert former.json("POST", "/v1/register", said)[0] == 403


def test_the_key_that_a_founder_had_before_begins_no_other_line(store: ServerStore) -> None:
    """Whoever has the disk of the days before the office took a new key."""
    new, mole = key("n"), key("m")
    office = Caller(Server(store).app(), new)
    detail = acts.succession(RAW, name(FOUNDER), new, b"r" * 1216)
    said = registration(new, token=store.new_token())
    said |= {"keys": [text(FOUNDER.public), text(new.public)]}
    said |= {"acts": [text(act(FOUNDER, acts.SUCCEED, *detail))]}
    assert office.json("POST", "/v1/register", said)[0] == 200
    thief = Caller(office.app, mole)
    detail = acts.succession(RAW, name(FOUNDER), mole, b"r" * 1216)
    on = current(office)
    said = registration(mole, number=2, before=on.sha256)
    said |= {"keys": [text(FOUNDER.public), text(mole.public)]}
    said |= {"acts": [text(act(FOUNDER, acts.SUCCEED, *detail))]}
    assert thief.json("POST", "/v1/register", said)[0] == 403
    old = Caller(office.app, FOUNDER)
    assert old.json("POST", "/v1/register", registration(FOUNDER, number=2, before=on.sha256))[0] == 403
    assert office.json("GET", LIST)[0] == 200


# -- rolls ---------------------------------------------------------------------------------------


def test_a_roll_lets_in_and_takes_away(office: Caller) -> None:
    laptop = caller(office, "l")
    assert laptop.json("GET", LIST)[0] == 403
    assert roll_on(office, [FOUNDER.public], [laptop.key.public]) == (200, "")
    assert put(laptop, b"from the laptop") == 1
    assert roll_on(office, [FOUNDER.public], []) == (200, "")
    assert laptop.json("GET", LIST)[0] == 403


def test_who_does_not_administer_puts_no_roll_and_hears_none(office: Caller) -> None:
    laptop = caller(office, "l")
    roll_on(office, [FOUNDER.public], [laptop.key.public])
    on = current(office)
    assert laptop.json("GET", "/v1/roll")[1]["error"] == "not-administrator"
    assert roll_on(laptop, [laptop.key.public], on=on) == (403, "not-administrator")
    assert laptop.json("PUT", f"/v1/letterboxes/{BOX}")[1]["error"] == "not-administrator"
    assert laptop.json("DELETE", f"/v1/mailboxes/{BOX}?through=1")[1]["error"] == "not-administrator"
    signed = rolls.make(FOUNDER, RAW, on.number + 1, on.sha256, 9, [FOUNDER.public], [])
    assert laptop.json("PUT", "/v1/roll", {"roll": text(signed)})[0] == 400, "another's roll"


def test_a_key_that_only_the_server_heard_of_falls_with_the_next_roll(office: Caller) -> None:
    """A thief with an administrator's laptop named it; the membership never did."""
    thief, mole = caller(office, "t"), caller(office, "m")
    roll_on(office, [FOUNDER.public, thief.key.public])
    assert roll_on(thief, [FOUNDER.public, thief.key.public, mole.key.public])[0] == 200
    assert mole.json("GET", LIST)[0] == 200
    assert roll_on(office, [FOUNDER.public], [])[0] == 200
    assert mole.json("GET", LIST)[0] == thief.json("GET", LIST)[0] == 403
    for one in (thief, mole):
        assert roll_on(one, [one.key.public], on=current(office))[0] == 403


def test_a_thief_who_shuts_all_others_out_is_shut_out_by_them(office: Caller) -> None:
    thief, mole = caller(office, "t"), caller(office, "m")
    roll_on(office, [FOUNDER.public, thief.key.public])
    assert roll_on(thief, [thief.key.public, mole.key.public])[0] == 200
    assert roll_on(mole, [mole.key.public, thief.key.public])[0] == 200, "a voice that the thief made"
    assert office.json("GET", LIST)[0] == 403
    assert roll_on(office, [FOUNDER.public])[0] == 200, "it stood there first"
    assert thief.json("GET", LIST)[0] == mole.json("GET", LIST)[0] == 403
    for one in (thief, mole):
        assert roll_on(one, [one.key.public], on=current(office))[0] == 403


def test_two_whom_it_named_end_the_one_who_was_there_first(office: Caller) -> None:
    """The founder's laptop was stolen; two administrators removed it, as the membership asks."""
    two, three = caller(office, "2"), caller(office, "3")
    all_three = [FOUNDER.public, two.key.public, three.key.public]
    roll_on(office, all_three)
    removal = act(two.key, acts.REMOVE, name(FOUNDER), False)
    agreed = act(three.key, acts.ENDORSE, acts.read(removal).id)
    assert roll_on(two, all_three[1:], said=[removal, agreed])[0] == 200
    on = current(two)
    assert roll_on(office, [FOUNDER.public], on=on) == (403, "not-administrator")
    assert (
        office.json("POST", "/v1/register", registration(FOUNDER, number=on.number + 1, before=on.sha256))[0]
        == 403
    )
    assert two.json("GET", LIST)[0] == 200


def test_one_voice_and_forged_ones_do_not_end_it(office: Caller) -> None:
    two, three = caller(office, "2"), caller(office, "3")
    roll_on(office, [FOUNDER.public, two.key.public, three.key.public])
    removal = act(two.key, acts.REMOVE, name(FOUNDER), False)
    forged = bytearray(act(three.key, acts.ENDORSE, acts.read(removal).id))
    forged[0] ^= 1
    stranger = act(key("z"), acts.ENDORSE, acts.read(removal).id)
    said = [removal, bytes(forged), stranger, b"rubbish"]
    assert roll_on(two, [two.key.public, three.key.public], said=said)[0] == 200
    assert office.json("GET", LIST)[0] == 403
    assert roll_on(office, [FOUNDER.public, three.key.public])[0] == 200


def test_two_rolls_on_the_same_one_do_not_both_count(office: Caller) -> None:
    on = current(office)
    assert roll_on(office, [FOUNDER.public], [key("l").public], on=on)[0] == 200
    assert roll_on(office, [FOUNDER.public], [key("k").public], on=on) == (409, "superseded")


def test_another_workspaces_office_takes_nobody_and_no_mailbox(store: ServerStore, office: Caller) -> None:
    """It lists this office's key as its own, and names the same mailbox."""
    other, nonce = key("x"), b"m" * 16
    workspace = membership.workspace_id(other.public, nonce)
    made = rolls.make(other, workspace, 1, rolls.NONE, 1, [other.public], [FOUNDER.public])
    said = {"roll": text(made), "nonce": text(nonce), "keys": [text(other.public)], "acts": []}
    foreign = Caller(office.app, other, signing.id_text(workspace))
    assert foreign.json("POST", "/v1/register", said | {"token": store.new_token()})[0] == 200
    assert put(foreign, b"theirs") == 1
    assert put(office, b"ours") == 1
    assert office.send("GET", f"/v1/mailboxes/{BOX}/1") == (200, b"ours")
    assert Caller(office.app, other).json("GET", LIST)[0] == 403, "with this workspace's name"


def test_a_successor_may_what_the_one_before_may_and_falls_with_it(office: Caller) -> None:
    laptop, new, mole = caller(office, "l"), caller(office, "n"), caller(office, "m")
    roll_on(office, [FOUNDER.public], [laptop.key.public])
    for old, one in ((laptop, new), (new, mole)):
        value = {
            "workspace": WORKSPACE,
            "device": old.id,
            "signing_key": text(one.key.public),
            "proof": text(acts.vouch(old.key, one.key.public)),
        }
        assert office.json("POST", "/v1/successor", value)[0] == 200
    assert mole.json("GET", LIST)[0] == 200
    roll_on(office, [FOUNDER.public], [new.key.public])
    assert (laptop.json("GET", LIST)[0], mole.json("GET", LIST)[0]) == (403, 200)
    roll_on(office, [FOUNDER.public], [])
    assert new.json("GET", LIST)[0] == mole.json("GET", LIST)[0] == 403


def test_a_device_has_a_bounded_number_of_successors(office: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    from defenderdesk.server import speakers

    monkeypatch.setattr(speakers, "MAX_LINE", 3)
    said = []
    for number in range(6):
        new = SigningKey(bytes([number + 1]) * 32)
        value = {
            "workspace": WORKSPACE,
            "device": office.id,
            "signing_key": text(new.public),
            "proof": text(acts.vouch(FOUNDER, new.public)),
        }
        said.append(office.json("POST", "/v1/successor", value)[0])
    assert said == [200, 200, 409, 409, 409, 409]


def test_who_is_left_out_hears_why_and_who_is_back_speaks(office: Caller) -> None:
    laptop = caller(office, "l")
    roll_on(office, [FOUNDER.public], [laptop.key.public])
    assert office.send("PUT", f"/v1/devices/{laptop.id}/notice", b"sealed")[0] == 200
    assert laptop.json("GET", LIST)[0] == 200, "a notice alone shuts nobody out"
    roll_on(office, [FOUNDER.public])
    assert laptop.json("GET", LIST)[0] == 410
    assert laptop.send("GET", "/v1/notice") == (200, b"sealed")
    roll_on(office, [FOUNDER.public], [laptop.key.public])
    assert laptop.json("GET", LIST)[0] == 200
    assert office.send("PUT", f"/v1/devices/{'z' * 26}/notice", b"sealed")[0] == 404


@pytest.mark.parametrize(
    "value",
    [
        {"roll": 7},
        {"roll": "%"},
        {"roll": text(b"x" * 100)},
        {"roll": ""},
        {"roll": text(rolls.make(FOUNDER, RAW, 2, bytes(31), 1, [FOUNDER.public], []))},
        {"roll": text(rolls.make(FOUNDER, RAW, 2, bytes(32), 1, [], [FOUNDER.public]))},
        {"roll": text(rolls.make(FOUNDER, RAW, 2, bytes(32), 1, [FOUNDER.public], [FOUNDER.public]))},
        {"roll": text(rolls.make(FOUNDER, RAW, -1, bytes(32), 1, [FOUNDER.public], []))},
    ],
)
def test_a_malformed_roll_is_refused(office: Caller, value: dict[str, object]) -> None:
    assert office.json("PUT", "/v1/roll", value)[0] == 400
