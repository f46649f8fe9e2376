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
        [ -n "$missing" ] || return 0
        if ! command -v apt-get >/dev/null; then
                echo "this is no Debian; what these packages are called here has to be there:$missing" >&2
                return 0
        fi
        echo "installing:$missing" >&2
        as_root=
        [ "$(id -u)" = 0 ] || as_root=sudo
        # Servers that a package would start by itself are not wanted here.
        $as_root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 sh -c \
                "apt-get -qq update && apt-get -qq -y --no-install-recommends install $missing" >&2 ||
                { echo "cannot install:$missing" >&2; return 1; }
}

# build FOLDER [MESON-OPTION…]: makes the build folder, or gives it the options that it lacks, and builds everything, or
# $targets alone.
targets=
build() {
        folder=$1
        shift
        if [ ! -e "$folder/build.ninja" ]; then
                quietly meson setup "$folder" "$@"
                echo "$*" >"$folder/options"
        elif [ $# -gt 0 ] && [ "$(cat "$folder/options" 2>/dev/null)" != "$*" ]; then
                quietly meson configure "$folder" "$@"
                echo "$*" >"$folder/options"
        fi
        ninja -C "$folder" --quiet $targets >&2
}

# quietly COMMAND…: what it says is told when it fails.
quietly() {
        said=$("$@" 2>&1) || { printf '%s\n' "$said" >&2; return 1; }
}
