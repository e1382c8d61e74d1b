"""The targets: each takes any bytes, and either works or raises a `WorldError`.

Where a signature or a seal would stop every mutation at the door, the target signs and seals what
it is given with valid keys (`signed…`, `sealed…`): the bytes are then those of a colleague with
valid keys and bad intentions. All keys are fixed.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import io
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from defenderdesk.bundle import emergency, manifest, padme, ranges
from defenderdesk.bundle.emergency import package as making
from defenderdesk.bundle.emergency import shapes
from defenderdesk.bundle.membership import Log, acts
from defenderdesk.bundle.membership import roll as rolls
from defenderdesk.bundle.reader import Reader
from defenderdesk.crypto import canonical
from defenderdesk.crypto.age import DeskKey, HybridIdentity, Opener, Sealer, seal_bytes
from defenderdesk.crypto.signing import SigningKey
from defenderdesk.errors import WorldError
from defenderdesk.interchange.emergency import escrow
from defenderdesk.interchange.json import exchange_json, public_cases
from defenderdesk.interchange.shares import exporting, importing
from defenderdesk.ledger import changes, feeds
from defenderdesk.server import values
from defenderdesk.server.refused import Refused
from defenderdesk.sync.enrolment import approval, join_request
from defenderdesk.sync.enrolment import invitation as invitations
from defenderdesk.sync.server import client, registration
from defenderdesk.vault.keys import slots

KEY = SigningKey(bytes(range(32)))
OTHER = SigningKey(bytes(range(1, 33)))
IDENTITY = HybridIdentity(bytes(range(2, 34)))
DESK_KEY = DeskKey(bytes(range(3, 35)))
NONCE, DESK = bytes(16), b"d" * 16
WORKSPACE = acts.workspace_id(KEY.public, NONCE)
DEVICE = acts.device_id(KEY.public)
OTHER_DEVICE = acts.device_id(OTHER.public)
PEER = IDENTITY.recipient.public


@functools.cache
def founding() -> tuple[bytes, ...]:
    """The acts of a small workspace: founder, desk, a second administrator."""
    log = Log(WORKSPACE)
    log.make(KEY, acts.FOUND, [KEY.public, PEER, "Olga", "", NONCE, "W"], 1)
    log.make(KEY, acts.DESK, [DESK, acts.key_name(DESK, 0, DESK_KEY.key)], 2)
    log.make(
        KEY,
        acts.ADMIT,
        [
            OTHER.public,
            PEER,
            "Amina",
            "",
            "administrator",
            [DESK],
            0,
            acts.consent(WORKSPACE, OTHER, PEER, "Amina"),
        ],
        3,
    )
    return tuple(act.data for act in log.acts)


def known() -> Log:
    """The log of that workspace."""
    return Log(WORKSPACE, founding(), trusted=True)


def age_file(data: bytes) -> None:
    """The age container, for a desk key and a hybrid identity."""
    opener = Opener(io.BytesIO(data), [DESK_KEY, IDENTITY])
    while opener.read(1 << 16):
        pass


def manifest_bytes(data: bytes) -> None:
    """A list of contents."""
    manifest.read(data)


def sealed_bundle(data: bytes) -> None:
    """A bundle: `data` is its list of contents, a zero, and its parts; signed and sealed."""
    head, _, rest = data.partition(b"\x00\xff\x00")
    plain = manifest.MAGIC + len(head).to_bytes(4, "big") + head
    plain += KEY.sign(manifest.SIGNATURE, head) + rest
    plain += bytes(padme.padded(len(plain)) - len(plain))
    out = io.BytesIO()
    with Sealer(out, [DESK_KEY]) as sealer:
        sealer.write(plain)
    raw_bundle(out.getvalue())


def raw_bundle(data: bytes) -> None:
    """A bundle as it comes: reader, sender, parts, end."""
    reader = Reader(io.BytesIO(data), [DESK_KEY, IDENTITY])
    reader.trust(WORKSPACE, (DEVICE,), known())
    for part, content in reader.parts():
        if part.kind == manifest.FEED:
            one = ranges.unpack(content, part)
            ranges.signed_link(one)
            feeds.verify_range(one.previous, one.first, one.items, canonical.MAX_NODES)
    reader.finish()


def act(data: bytes) -> None:
    """An act of the membership as carried."""
    known().add([data])


def agreed(kind: Any, detail: list[Any]) -> list[Any]:
    """The detail; of an admission that of a device which agrees to it."""
    if kind != acts.ADMIT or len(detail) != 8 or type(detail[2]) is not str:
        return detail
    third = SigningKey(bytes([9]) * 32)
    try:
        said = acts.consent(WORKSPACE, third, PEER, detail[2])
    except UnicodeEncodeError:
        return detail
    return [third.public, PEER, *detail[2:7], said]


def signed_act(data: bytes) -> None:
    """An act whose statement's `[kind, detail]` is `data`, by either administrator, on top of
    what is known; then what follows from it."""
    value = canonical.decode(data)
    if type(value) is not list:
        return
    log = known()
    for number, item in enumerate(value[:20]):
        if type(item) is not list or len(item) != 2 or type(item[1]) is not list:
            return
        key = OTHER if number % 2 else KEY
        try:
            made = acts.make(key, WORKSPACE, item[0], log.heads, number, agreed(*item))
            log.add([made])
        except WorldError:
            continue
        log.roster.may_write(OTHER_DEVICE, DESK)
        log.keys_for(DESK, OTHER_DEVICE)
    assert Log(WORKSPACE, [a.data for a in log.acts]).digest == log.digest


def feed_range(data: bytes) -> None:
    """A range of a feed: `data` unpacked, compressed here as a colleague would."""
    part = manifest.Part(
        manifest.FEED, 0, bytes(32), {"device": DEVICE, "first": 1, "count": 2, "raw": len(data)}
    )
    one = ranges.unpack(ranges.zstd.compress(data), part)
    ranges.signed_link(one)
    feeds.verify_range(one.previous, one.first, one.items, canonical.MAX_NODES)


def packed_range(data: bytes) -> None:
    """The compressed bytes of a range, in at most 64 KiB."""
    ranges.inflate(data, 65536)


def change_set(data: bytes) -> None:
    """A body and its changes, under a header that commits to whatever is in it."""
    value = canonical.decode(data)
    root = bytes(32)
    if type(value) is list and len(value) == 2 and type(value[1]) is list:
        content, _, erased = changes._flatten(value[1])
        salts = changes._salts(value[0], content, erased)
        parts = [
            erased[at] if one is None else changes.commitment(salts[16 * at : 16 * at + 16], record, one)
            for at, (record, one) in enumerate(content)
        ]
        root = hashlib.sha256(changes._ROOT + b"".join(parts)).digest()
    header = canonical.encode([1, 1, 1, root])
    [body] = changes.read_bodies([data], changes.read_headers([header]), canonical.MAX_NODES)
    changes.read_changes([one for _, one in body.items if one is not None], DEVICE, canonical.MAX_NODES)
    changes.redact(data, [0])


def header(data: bytes) -> None:
    """The header of a change set."""
    changes.read_headers([data, data])


def one_change(data: bytes) -> None:
    """The bytes of one change."""
    changes.read_changes([data], DEVICE, canonical.MAX_NODES)


def exchange_file(data: bytes) -> None:
    """A JSON file to be imported, up to what would be written."""
    content = _in_file(data, exchange_json.read)
    if isinstance(content, dict) and content.get("format") == exchange_json.FORMAT:
        batches = list(exchange_json._exchange(content))
    else:
        batches = [
            [*case.edits, *(e for part in case.parts for e in part.edits)]
            for case in public_cases.read(content)
        ]
    for edit in (edit for batch in batches for edit in batch):
        exchange_json.identity_safe(edit.value)


def signed_share(data: bytes) -> None:
    """A partner's share whose content is `data`, signed by the key that it names (if ours) and
    sealed to us."""
    plain = exporting.MAGIC + KEY.sign(exporting.SIGN, data) + data
    out = io.BytesIO()
    with Sealer(out, [IDENTITY.recipient]) as sealer:
        sealer.write(plain + bytes(0))
    _share(out.getvalue())


def share_body(data: bytes) -> None:
    """The content of a share, by itself."""
    importing._body(data)


def _share(data: bytes) -> None:
    partners = SimpleNamespace(identities=lambda: [IDENTITY])
    vault: Any = SimpleNamespace(partners=partners)
    _in_file(data, lambda path: importing.open_share(vault, path))


def emergency_package(data: bytes) -> None:
    """What stands in a partner's emergency package, signed by the key that it names (if ours)
    and sealed to us."""
    body = making._MAGIC + KEY.sign(making._SIGN, data) + shapes.framed(data)
    package = emergency.open_package(seal_bytes(body, [IDENTITY.recipient]), [IDENTITY])
    emergency.enough(package, [])
    escrow.words(package)


def emergency_content(data: bytes) -> None:
    """What an emergency package holds, once it is open."""
    emergency.read_content(data)


def emergency_letter(data: bytes) -> None:
    """One person's release, as the partner opens it."""
    emergency.read_letter(data)


def release_file(data: bytes) -> None:
    """A release file, and every letter in it."""
    for letter in emergency.unpack_letters(data):
        with contextlib.suppress(WorldError):
            emergency.open_letter(letter, [IDENTITY])


def invitation(data: bytes) -> None:
    """An invitation as it comes."""
    invitations.read_invitation(data)


def signed_invitation(data: bytes) -> None:
    """An invitation whose statement is `data`."""
    invitations.read_invitation(invitations._INVITE_MAGIC + KEY.sign(invitations._INVITE, data) + data)


def join_file(data: bytes) -> None:
    """A join file whose statement is `data`, signed and sealed to us, up to whether it answers an
    invitation of ours (it answers none)."""
    store = SimpleNamespace(
        require_workspace=lambda: WORKSPACE,
        require_identity=lambda: IDENTITY,
        require_administrator=lambda: None,
        workspace=WORKSPACE,
        device=DEVICE,
        members={DEVICE: SimpleNamespace(role="administrator")},
        meta=lambda _name, default: default,
    )
    vault: Any = SimpleNamespace(
        identity=store, settings=SimpleNamespace(get=lambda _name, default=None: default)
    )
    sealed = seal_bytes(KEY.sign(join_request.JOIN, data) + data, [IDENTITY.recipient])
    approval.check_join(vault, sealed)


def server_answer(data: bytes) -> None:
    """What a lying server answers, as JSON and as a refusal."""
    heard: Any = SimpleNamespace(request=lambda *_, **__: data)
    assert isinstance(client._refusal(400, data), WorldError | client.ServerError)
    client.Client.json(heard, "GET", "/v1/x")


def server_request(data: bytes) -> None:
    """What a client sends to the server; a refusal is the right answer."""
    with contextlib.suppress(Refused):
        value = values.an_object(data)
        for name in value:
            for item in values.some(value, name, 10):
                values.data(item)
            values.data(value.get(name))


def signed_roll(data: bytes) -> None:
    """The statement of a roll that an administrator with bad intentions signed."""
    rolls.read(KEY.sign(rolls._SIGNATURE, data) + data)


def removal_notice(data: bytes) -> None:
    """What a server says of our removal, unsealed."""
    known().add(registration._acts(data))


def key_file(data: bytes) -> None:
    """`keys.json`."""

    def load(path: Path) -> None:
        slots.load_pad(path.parent)
        slots.load_keyring(path.parent)
        slots.load(path.parent)

    _in_file(data, load)


@functools.cache
def _folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="defenderdesk-fuzz-"))


def _in_file(data: bytes, use: Callable[[Path], Any]) -> Any:
    path = _folder() / slots.NAME
    path.write_bytes(data)
    return use(path)


TARGETS: dict[str, Callable[[bytes], None]] = {
    target.__name__: target
    for target in (
        age_file,
        raw_bundle,
        manifest_bytes,
        sealed_bundle,
        act,
        signed_act,
        feed_range,
        packed_range,
        change_set,
        header,
        one_change,
        exchange_file,
        signed_share,
        share_body,
        invitation,
        signed_invitation,
        join_file,
        server_answer,
        signed_roll,
        server_request,
        removal_notice,
        key_file,
        emergency_package,
        emergency_content,
        emergency_letter,
        release_file,
    )
}


def run(name: str, data: bytes) -> None:
    """One input to one target; whatever is not a `WorldError` is a find."""
    try:
        TARGETS[name](data)
    except WorldError:
        return
