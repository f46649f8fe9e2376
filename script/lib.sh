# SPDX-License-Identifier: MIT
# Shared by the scripts: where we are, and installing what is missing. Sourced, not run.

set -eu
cd "$(dirname "$0")"
until [ -e script/lib.sh ]; do cd ..; done
root=$PWD

# need GROUP…: installs the packages of these groups (script/packages) that are missing.
need() {
        missing=
        for group in "$@"; do
                for package in $(sed -n "s/^$group: //p" script/packages); do
                        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q '^install ok installed$' ||
                                missing="$missing $package"
                done
        done
        [ -z "$missing" ] && return 0
        echo "installing:$missing" >&2
        as_root=
        [ "$(id -u)" = 0 ] || as_root=sudo
        # Servers that a package would start by itself are not wanted here.
        $as_root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 sh -c \
                "apt-get -qq update && apt-get -qq -y --no-install-recommends install $missing" >&2 ||
                { echo "cannot install:$missing" >&2; return 1; }
}

# build FOLDER [MESON-OPTION…]: configures it where it is new, and builds everything, or $targets alone.
targets=
build() {
        folder=$1
        shift
        [ -e "$folder/build.ninja" ] || meson setup "$@" "$folder" >&2
        ninja -C "$folder" --quiet $targets >&2
}
