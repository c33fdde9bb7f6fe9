#!/bin/sh
# Holds the table of DESIGN.md §3: which folder may include which. Prints each breach with its place.
# A file's folder is the longest of those listed that its path begins with; tests and fuzzers may see
# what the folder they test may see.
find engine sim fixtures reports -name '*.[ch]' -o -name '*.def' | sort | xargs grep -Hn '^#include "' |
awk -F: '
function room(path) {
    if (path ~ /^engine\/base\//) return "base"
    if (path ~ /^engine\/adapter\//) return "adapter"
    if (path ~ /^engine\//) return "engine"
    if (path ~ /^fixtures\//) return "fixtures"
    if (path == "reports/history.h" || path == "reports/expect.h" || path == "reports/facts.def") return "history"
    if (path ~ /^reports\//) return "reports"
    if (path ~ /^sim\/(rehearsal|command|main\.c|tests)/) return "rehearsal"
    if (path ~ /^sim\/kernel\//) return "kernel"
    if (path ~ /^sim\/party\//) return "party"
    return "sim"
}
function resolve(from, name,    parts, count, i, kept, n, path) {
    sub(/[^\/]*$/, "", from)
    count = split(from name, parts, "/")
    n = 0
    for (i = 1; i <= count; i++) {
        if (parts[i] == "." || parts[i] == "") continue
        if (parts[i] == "..") { n--; continue }
        kept[++n] = parts[i]
    }
    path = kept[1]
    for (i = 2; i <= n; i++) path = path "/" kept[i]
    return path
}
BEGIN {
    allowed["base"] = " base "
    allowed["adapter"] = " base adapter engine "
    allowed["engine"] = " base adapter engine "
    allowed["fixtures"] = " base fixtures "
    allowed["history"] = " base history reports "
    allowed["reports"] = " base history reports "
    allowed["kernel"] = " base kernel "
    allowed["party"] = " base fixtures history kernel party "
    allowed["sim"] = " base fixtures history kernel party sim "
}
{
    split($3, quoted, "\"")
    target = resolve($1, quoted[2])
    from = room($1); to = room(target)
    if (from == "rehearsal") next
    # The adapters of the engine see its contracts, not its insides.
    if (from == "adapter" && to == "engine" &&
        target !~ /^engine\/(source|target|directory|gateway|platform)\.h$/) to = "the insides of engine"
    if (index(allowed[from], " " to " ") == 0) {
        printf "%s:%s: %s may not include %s (%s)\n", $1, $2, from, target, to
        bad = 1
    }
}
END { exit bad }'
code=$?
[ "$code" -eq 0 ] && echo "includes: every folder includes only what it may"
exit "$code"
