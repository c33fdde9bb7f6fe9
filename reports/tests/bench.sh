#!/bin/sh
# Where the time of a message goes, and how it grows with the batch.
#
#   bench.sh build/default/generalprobe [SCENARIO [DAY [BODIES]]]
#
# Plays the full-size day with 50, 200 and 800 mailboxes and prints the largest by stage and by
# phase, then what a message costs at each size, how many small days go into a second, what full
# bodies cost, and what the kernel's own moves cost. One process at a time. Seconds are the
# processor's where they do not say "wall"; on a busy machine trust the ratios, which are of one
# run, and the growth, whose rows were played one after another.
set -eu

program=${1:?the executable is missing: bench.sh build/default/generalprobe}
scenario=${2:-full/two-million}
day=${3:-smoke/twenty-by-thirty}
bodies=${4:-full/real-bodies}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The verdict is no matter of speed; a rehearsal that broke down printed no profile.
profile() {
    "$program" run "$@" --json --keep --profile >/dev/null 2>"$work/profile" || true
    grep -q '^PROFILE' "$work/profile" && return
    cat "$work/profile" >&2
    exit 1
}

for size in 1/16 1/4 1/1; do
    profile "$scenario" --size "$size"
    awk '
        /^PROFILE/ { mailboxes = $3; messages = $5 }
        / s wall, / { wall = $1; processor = $4; each = $8; memory = $12 }
        / simulated, / { times = $4; history = $(NF - 2) }
        END { print mailboxes, messages, wall, each, memory, times, history, processor }
    ' "$work/profile" >>"$work/growth"
done

cat "$work/profile"
awk '
    BEGIN { print "GROWTH" }
    NR == 1 { first = $4 }
    {
        printf "  %4d mailboxes %8d messages %8.2f s wall %8.2f s of processor %7.1f µs a message ",
            $1, $2, $3, $8, $4
        printf "(%.2f of the smallest) %5d MB %5d bytes of history a message, %d times as fast as life\n",
            $4 / first, $5, $7, $6
    }
' "$work/growth"

# The history stays in memory, as in any small day in which nothing is found.
days=40
echo "SMALL DAYS $day"
times >"$work/before"
date +%s.%N >"$work/clock"
"$program" run "$day" --seeds "1..$days" --jobs 1 --json >/dev/null 2>&1 ||
    echo "  not all of them were kept"
date +%s.%N >>"$work/clock"
times >"$work/after"
awk -v days=$days '
    function seconds(text,   part) { split(text, part, /[ms]/); return part[1] * 60 + part[2] }
    FILENAME ~ /clock$/ { wall = $1 - wall; next }
    FNR == 2 { processor = seconds($1) + seconds($2) - processor } # of the children
    END {
        printf "  %d days in %.2f s wall, %.2f s of processor: %.1f a second of one core, %.0f ms each\n",
            days, wall, processor, days / processor, 1000 * processor / days
    }
' "$work/before" "$work/after" "$work/clock"

echo "FULL BODIES"
profile "$bodies"
sed 's/^/  /' "$work/profile"

folder=$(dirname "$program")
configuration=$(basename "$folder")
bench=$folder/sim/kernel/tests/kernel_bench
if ${MAKE:-make} -s CONFIG="$configuration" "$bench" >"$work/make" 2>&1; then
    echo "KERNEL"
    "$bench" | sed 's/^/  /'
else
    cat "$work/make" >&2
    exit 1
fi
