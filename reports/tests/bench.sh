#!/bin/sh
# Where the time of a message goes, and how it grows with the batch.
#
#   bench.sh build/default/generalprobe [SCENARIO]
#
# Plays the incident with 50, 200 and 800 mailboxes, without its twin, and prints the largest by
# stage and by phase, then what a message costs at each size, then what the kernel's own moves cost.
# Seconds are the processor's where they do not say "wall"; on a busy machine trust the ratios, which
# are of one run, and the growth, whose rows were played one after another.
set -eu

program=${1:?the executable is missing: bench.sh build/default/generalprobe}
scenario=${2:-incidents/2025-08-07}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for size in 1/16 1/4 1/1; do
    # The verdict is no matter of speed; a rehearsal that broke down printed no profile.
    "$program" run "$scenario" --size "$size" --json --keep --profile \
        >/dev/null 2>"$work/profile" || true
    if ! grep -q '^PROFILE' "$work/profile"; then
        cat "$work/profile" >&2
        exit 1
    fi
    awk '
        /^PROFILE/ { mailboxes = $3; messages = $5 }
        / s wall, / { wall = $1; each = $8; memory = $12 }
        / simulated, / { times = $4; history = $(NF - 2) }
        END { print mailboxes, messages, wall, each, memory, times, history }
    ' "$work/profile" >>"$work/growth"
done

cat "$work/profile"
awk '
    BEGIN { print "GROWTH" }
    NR == 1 { first = $4; memory = $5 }
    {
        printf "  %4d mailboxes %7d messages %8.2f s wall %8.1f µs a message (%.2f of the smallest) ",
            $1, $2, $3, $4, $4 / first
        printf "%5d MB %5d bytes of history a message, %d times as fast as life\n", $5, $7, $6
    }
' "$work/growth"

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
