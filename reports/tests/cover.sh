#!/bin/sh
# Lines covered by all tests and two small rehearsals, by folder. Builds a configuration of its own
# with gcc's --coverage and sums what gcov says of each source; a header's lines count nowhere.
# A rehearsal that is killed on purpose writes no counts: what only runs then is shown as uncovered.
set -u
build=build/cover
run() { make -s CONFIG=cover CC=gcc EXTRA="--coverage -DEND_BY_EXIT" OPTIMISE=-O0 "$@"; }
run build >/dev/null || exit 1
find "$build" -name '*.gcda' -delete
run check || exit 1
for scenario in smoke/clean-day incidents/2025-08-07; do
    "$build/generalprobe" run "scenarios/$scenario.yaml" --size 1/20 >/dev/null 2>&1 ||
        echo "cover: $scenario was not kept"
done
find engine sim fixtures reports -name '*.c' -not -path '*/tests/*' -not -path '*/fuzz/*' | sort |
while read -r source; do
    [ -e "$build/${source%.c}.gcno" ] || continue
    gcov -n -o "$build/$(dirname "$source")" "$source" 2>/dev/null |
        awk -v source="$source" '
            /^File / { ours = $0 == "File \x27" source "\x27" }
            ours && /^Lines executed:/ {
                split($2, parts, /[:%]/)
                printf "%s %d %.0f\n", source, $4, parts[2] * $4 / 100
                ours = 0
            }'
done | awk '
    function line(name, covered, lines) {
        printf "%-28s %6d of %6d lines  %5.1f %%\n", name, covered, lines, 100 * covered / lines
    }
    {
        folder = $1
        sub(/\/[^\/]*$/, "", folder)
        if (!(folder in lines)) order[++folders] = folder
        lines[folder] += $2; covered[folder] += $3
        all += $2; all_covered += $3
        if ($2 > 20 && $3 < $2 / 2) poor = poor sprintf("  %s: %d of %d\n", $1, $3, $2)
    }
    END {
        for (i = 1; i <= folders; i++) line(order[i], covered[order[i]], lines[order[i]])
        if (all == 0) { print "cover: gcov counted nothing"; exit 1 }
        line("all", all_covered, all)
        if (poor != "") printf "less than half covered:\n%s", poor
    }'
