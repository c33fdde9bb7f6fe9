#!/bin/sh
# The same seed gives the same history: plays the clean day and a tenth of the incident with four
# builds, and once more in another time zone, locale and environment, and compares the digests.
set -eu
scenarios="scenarios/smoke/clean-day.yaml scenarios/incidents/2025-08-07.yaml"
size_of() { case "$1" in *incidents*) echo 1/10 ;; *) echo 1/1 ;; esac; }
digest() { # program scenario
    "$1" run "$2" --size "$(size_of "$2")" --json 2>/dev/null |
        sed -n 's/.*"history_digest":"\([0-9a-f]*\)".*/\1/p'
}
for build in gcc-O0 gcc-O2 clang-O0 clang-O2; do
    make -s CONFIG="twice-$build" CC="${build%-*}" OPTIMISE="-${build#*-}" build >/dev/null
done
differ=0
for scenario in $scenarios; do
    first=
    for build in gcc-O0 gcc-O2 clang-O0 clang-O2; do
        this=$(digest "build/twice-$build/generalprobe" "$scenario")
        echo "$scenario $build $this"
        [ -n "$this" ] || differ=1
        [ -z "$first" ] && first=$this
        [ "$this" = "$first" ] || differ=1
    done
    this=$(TZ=Asia/Kolkata LC_ALL=de_DE.UTF-8 A_LONGER_ENVIRONMENT=xxxxxxxxxxxxxxxxxxxx \
        digest build/twice-gcc-O2/generalprobe "$scenario")
    echo "$scenario gcc-O2, TZ=Asia/Kolkata, LC_ALL=de_DE.UTF-8 $this"
    [ "$this" = "$first" ] || differ=1
done
[ "$differ" -eq 0 ] && echo "twice: all digests are equal" && exit 0
echo "twice: DIGESTS DIFFER" && exit 1
