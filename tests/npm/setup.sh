#!/bin/sh
# Installs the npm packages the tests use into build/npm (git-ignored). Run from anywhere.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
target=$(cd "$here/../.." && pwd)/build/npm
mkdir -p "$target"
if cmp -s "$here/package-lock.json" "$target/installed.json"; then exit 0; fi
cp "$here/package.json" "$here/package-lock.json" "$target/"
npm ci --prefix "$target" --ignore-scripts --no-audit --no-fund
rm -rf "$target/vectors"
node "$here/vectors.mjs" "$target/node_modules" "$target/vectors"
cp "$here/package-lock.json" "$target/installed.json"
