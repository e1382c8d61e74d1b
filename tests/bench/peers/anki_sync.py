"""Anki beside us, run by the Python of its own environment: `anki_sync.py FOLDER NOTES ROUNDS`.

NOTES is a JSON file of [front, back]. A server of Anki's (`python -m anki.syncserver`) on loopback,
an office that adds the notes and synchronises, and a laptop a round that knew the collection
empty and synchronises then: row by row, two rows a note. Prints `ready`; then, for each line of
standard input, the seconds of one laptop. At last the seconds of a whole download (`full`),
which copies the database file as it is, and reads no row.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

from anki.collection import AddNoteRequest, Collection  # type: ignore[import-not-found]


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def whole(collection: Collection, auth: object, *, upload: bool) -> float:
    """Seconds to send, or to get, the whole collection."""
    collection.close_for_full_sync()
    began = time.perf_counter()
    collection.full_upload_or_download(auth=auth, server_usn=None, upload=upload)
    taken = time.perf_counter() - began
    collection.reopen(after_full_sync=True)
    return taken


def main() -> None:
    folder, given, rounds = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    port, notes = free_port(), json.loads(given.read_text())
    environment = {
        **os.environ,
        "SYNC_USER1": "u:p",
        "SYNC_BASE": str(folder / "server"),
        "SYNC_HOST": "127.0.0.1",
        "SYNC_PORT": str(port),
        "RUST_LOG": "error",
    }
    server = subprocess.Popen([sys.executable, "-m", "anki.syncserver"], env=environment)
    try:
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                time.sleep(0.05)
        address = f"http://127.0.0.1:{port}/"
        office = Collection(str(folder / "office.anki2"))
        auth = office.sync_login("u", "p", address)
        auth.endpoint = address
        office.sync_collection(auth, False)
        whole(office, auth, upload=True)
        laptops = [Collection(str(folder / f"{number}.anki2")) for number in range(rounds)]
        for laptop in laptops:
            laptop.sync_collection(auth, False)
            whole(laptop, auth, upload=False)
        kind, deck = office.models.by_name("Basic"), office.decks.id("Default")
        asked = []
        for front, back in notes:
            note = office.new_note(kind)
            note.fields[0], note.fields[1] = front, back
            asked.append(AddNoteRequest(note, deck))
        office.add_notes(asked)
        office.sync_collection(auth, False)
        print("ready", flush=True)
        for laptop in laptops:
            sys.stdin.readline()
            began, worked = time.perf_counter(), time.process_time()
            laptop.sync_collection(auth, False)
            taken, worked = time.perf_counter() - began, time.process_time() - worked
            rows = laptop.note_count() + laptop.card_count()
            told = {"seconds": taken, "processor": worked, "rows": rows}
            print(json.dumps(told), flush=True)
        late = Collection(str(folder / "late.anki2"))
        late.sync_collection(auth, False)
        print(json.dumps({"full": whole(late, auth, upload=False)}), flush=True)
    finally:
        server.terminate()
        server.wait(15)


if __name__ == "__main__":
    main()
