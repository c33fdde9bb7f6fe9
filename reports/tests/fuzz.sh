#!/bin/sh
# Runs each fuzz target given for FUZZ_SECONDS, FUZZ_JOBS at a time and niced: its seeds and
# dictionary lie beside it in <folder>/<name>.seeds/ and <name>.dict. What it learns is kept in
# build/fuzz/corpus/, what it finds in build/fuzz/found/. Ends in a table, and in 1 when anything was
# found. arguments: programs, each build/fuzz/<path of its source without .c>
seconds=${FUZZ_SECONDS:-60}
jobs=${FUZZ_JOBS:-2}
out=build/fuzz
mkdir -p "$out/corpus" "$out/found" "$out/logs"

# libfyaml 0.7.2 loses 4 kB of its own over some broken files; a command reads a few and ends.
# libetpan 1.9.4 loses a tagged answer, some 80 bytes, where the tag is not the one it waits for, and
# now and then a string of an answer that it breaks off, where the connection ends; and a STATUS that
# a second one, or a refusal, follows.
printf '%s\n' leak:libfyaml leak:mailimap_response_new \
    leak:mmap_string_sized_new leak:mailimap_mailbox_data_status_new >"$out/leaks"
export LSAN_OPTIONS="suppressions=$out/leaks:print_suppressions=0"

if [ "$1" = "--one" ]; then
    source=${2#build/fuzz/}
    name=$(basename "$source")
    mkdir -p "$out/corpus/$name"
    set -- "$2" "$out/corpus/$name"
    [ -d "$source.seeds" ] && set -- "$@" "$source.seeds"
    [ -f "$source.dict" ] && set -- "$@" "-dict=$source.dict"
    # What libetpan and libfyaml lose would be looked for, a tenth of a second each time.
    case $name in imap_target_fuzz | scenario_fuzz) set -- "$@" -detect_leaks=0 ;; esac
    nice -n 10 "$@" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=3000 -print_final_stats=1 \
        -close_fd_mask=1 -artifact_prefix="$out/found/$name-" >"$out/logs/$name" 2>&1
    echo "$?" >"$out/logs/$name.code"
    echo "fuzzed $name"
    exit 0
fi

printf '%s\n' "$@" | xargs -P "$jobs" -n 1 sh "$0" --one
echo
printf '%-24s %12s %10s %7s %7s %8s  %s\n' target executions 'a second' cov ft corpus result
bad=0
for program in "$@"; do
    name=$(basename "$program")
    log="$out/logs/$name"
    last=$(grep -E '^#[0-9]+.* cov: ' "$log" | tail -1)
    result=clean
    if [ "$(cat "$log.code")" -ne 0 ]; then
        result=$(grep -m 1 -E 'ERROR: |SUMMARY: |check failed|runtime error' "$log" | cut -c 1-90)
        bad=1
    fi
    printf '%-24s %12s %10s %7s %7s %8s  %s\n' "$name" \
        "$(awk '/number_of_executed_units/ { print $2 }' "$log")" \
        "$(awk '/average_exec_per_sec/ { print $2 }' "$log")" \
        "$(echo "$last" | sed -n 's/.* cov: \([0-9]*\).*/\1/p')" \
        "$(echo "$last" | sed -n 's/.* ft: \([0-9]*\).*/\1/p')" \
        "$(echo "$last" | sed -n 's/.* corp: \([0-9]*\).*/\1/p')" "${result:-ended badly}"
done
[ "$bad" -eq 0 ] || echo "what was found lies in $out/found/, the logs in $out/logs/"
exit "$bad"
