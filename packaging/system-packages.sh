#!/bin/sh
# Installs the Debian packages that a set-up needs, if any is missing.
#   system-packages.sh run | test
# Needs root or sudo; without either it says what is missing and goes on.
set -eu
purpose=${1:-run}
packages="python3-venv libegl1 libgl1 libxkbcommon-x11-0 libxcb-cursor0 libxcb-icccm4 libxcb-image0
 libxcb-keysyms1 libxcb-randr0 libxcb-render-util0 libxcb-shape0 libxcb-xinerama0 libxcb-xkb1
 libdbus-1-3 libfontconfig1 fonts-noto-core fonts-dejavu-core"
if [ "$purpose" = test ]; then
    packages="$packages age xvfb xauth xdotool xclip dbus gnome-keyring strace"
    command -v npm >/dev/null 2>&1 || packages="$packages nodejs npm"
fi
command -v dpkg-query >/dev/null 2>&1 || exit 0
missing=""
for package in $packages; do
    state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$state" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
echo "Installing Debian packages:$missing"
as_root=""
if [ "$(id -u)" != 0 ]; then
    if command -v sudo >/dev/null 2>&1; then
        as_root=sudo
    else
        echo "Neither root nor sudo: please have these packages installed:$missing" >&2
        exit 0
    fi
fi
$as_root apt-get update -qq
# shellcheck disable=SC2086
DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends $missing
