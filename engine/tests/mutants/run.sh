#!/bin/sh
# Plants one bug after the other in a copy of the engine and has the rehearsal find it. Each
# NN-….patch beside this file says at its top what the bug is, what to play, and which kind of
# finding must come of it; `--measures none` stands there where the engine's own measures would
# only get in the oracles' way. First the copy without any bug must keep every promise of all these
# plays, so that a finding can only be the bug's.
#
# The objects are copied along, so each bug costs the files it touches, a link and seconds of play:
# two minutes of computing for 29. Ends in a table and "N caught, M survived". Exit code 1 when one
# survives or no longer applies. Arguments: numbers of mutants (01 17 …); without any, all.
set -u
here=engine/tests/mutants
cd "$(dirname "$0")/../../.." || exit 70
root=$(pwd)
config=${CONFIG:-default}
tree=$(mktemp -d "${TMPDIR:-/tmp}/mutants.XXXXXX") || exit 70
trap 'rm -rf "$tree"' EXIT
trap 'exit 130' INT TERM

# Times are kept: make must see that the objects are as young as their sources.
git ls-files -z | xargs -0 cp -p --parents -t "$tree" || exit 70
mkdir -p "$tree/build"
[ -d "build/$config" ] && cp -a "build/$config" "$tree/build/"
cd "$tree" || exit 70

field() { sed -n "s/^$1: //p" "$2" | head -n 1; }

build() {
    make build >build.log 2>&1 && return 0
    grep -E 'error|warning' build.log | head -n 5
    return 1
}

# Plays what the words after the first one say; the JSON goes to played.json.
play() {
    "build/$config/generalprobe" run "$@" --json --keep >played.json 2>played.log
    [ -s played.json ]
}

kept() { grep -q '"kept":true' played.json; }

# The history of what was just played.
history_file() {
    scenario=$(sed -n 's/.*"scenario":"\([^"]*\)".*/\1/p' played.json)
    seed=$(sed -n 's/.*"seed":\([0-9]*\).*/\1/p' played.json)
    echo "build/rehearsals/$scenario/$seed/history.sqlite"
}

# That kind's section of the text report: what it is, and the first mailboxes.
finding() {
    "build/$config/generalprobe" report --format text "$(history_file)" |
        sed -n "/^FINDINGS/,/^TO SEE/{/^  $1:/,/^  [a-zA-Z]/{/^  $1:/p;/^    /p;};}" | head -n 4
}

wanted() {
    [ $# -eq 1 ] && return 0
    for number in $2; do
        case $(basename "$1") in "$number"-*) return 0 ;; esac
    done
    return 1
}

patches=""
for patch in "$here"/*.patch; do
    if [ $# -eq 0 ] || wanted "$patch" "$*"; then patches="$patches $patch"; fi
done

echo "without a bug"
build || exit 70
for patch in $patches; do field play "$patch"; done | sort -u >plays
while read -r words; do
    # shellcheck disable=SC2086
    if play $words && kept; then
        echo "  kept      $words"
    else
        echo "  NOT KEPT  $words"
        touch broken
    fi
done <plays
[ -e broken ] && { echo "these must be kept before a bug can show in them"; exit 1; }

# try PATCH: says what became of it, and adds its line to the table.
try() {
    name=$(basename "$1" .patch)
    kind=$(field 'caught by' "$1")
    echo
    echo "$name: $(field bug "$1")"
    if ! patch -p1 --forward --silent --no-backup-if-mismatch --fuzz=0 <"$1" >patch.log 2>&1; then
        echo "  no longer applies:"
        sed 's/^/    /' patch.log
        result="-|does not apply"
        # What did apply goes back out.
        (cd "$root" && git ls-files -z -- engine | xargs -0 cp -p --parents -t "$tree")
    else
        if ! build; then
            result="-|does not build"
        # shellcheck disable=SC2046
        elif ! play $(field play "$1"); then
            result="-|was not played"
        elif kept; then
            result="-|SURVIVED: every promise kept"
        elif ! grep -q "\"what\":\"$kind\"" played.json; then
            found=$(grep -o '"what":"[a-z_]*"' played.json | cut -d '"' -f 4 | sort -u | xargs)
            result="-|SURVIVED: no $kind, but ${found:-nothing}"
        else
            finding "$kind" | tee finding.txt
            result="$kind|$(sed -n '2s/^ *//p' finding.txt | tr -s ' ')"
        fi
        patch -p1 --reverse --silent --no-backup-if-mismatch <"$1" || exit 70
    fi
    [ "${result%%|*}" = - ] && echo "  ${result#*|}"
    echo "$name|$result" >>table
}

for patch in $patches; do try "$patch"; done

echo
awk -F'|' '
    BEGIN { printf "%-30s  %-18s  %s\n", "mutant", "caught by", "finding" }
    { printf "%-30s  %-18s  %s\n", $1, $2, $3; if ($2 == "-") survived++; else caught++ }
    END { printf "%d caught, %d survived\n", caught, survived; exit survived > 0 }' table
