#!/bin/sh
# Installs the programs that the bench measures beside into build/peers (git-ignored); they are
# shipped with nothing. Run from anywhere.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
target=$(cd "$here/../../.." && pwd)/build/peers
mkdir -p "$target"
if ! cmp -s "$here/package-lock.json" "$target/installed.json"; then
    cp "$here/package.json" "$here/package-lock.json" "$target/"
    npm ci --prefix "$target" --ignore-scripts --omit=optional --no-audit --no-fund --loglevel=error
    cp "$here/package-lock.json" "$target/installed.json"
fi
if ! cmp -s "$here/anki.txt" "$target/anki.txt"; then
    "${PYTHON:-python3}" -m venv "$target/anki"
    "$target/anki/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes \
        -r "$here/anki.txt"
    cp "$here/anki.txt" "$target/anki.txt"
fi
