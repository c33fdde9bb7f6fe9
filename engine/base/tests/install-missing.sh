#!/bin/sh
# Installs the Debian packages named as arguments that are not there yet, and says which.
missing=
for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' ||
        missing="$missing $package"
done
[ -z "$missing" ] && exit 0
echo "installing what is missing:$missing"
if [ "$(id -u)" -eq 0 ]; then
    as_root=
elif command -v sudo >/dev/null 2>&1; then
    as_root=sudo
else
    echo "please install as root: apt-get install$missing" >&2
    exit 1
fi
log=$(mktemp)
# shellcheck disable=SC2086
if $as_root apt-get update >"$log" 2>&1 &&
    DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y --no-install-recommends $missing >>"$log" 2>&1; then
    rm -f "$log"
else
    tail -20 "$log" >&2
    echo "could not install:$missing (whole log: $log)" >&2
    exit 1
fi
