#!/bin/sh
# Runs test programs (cmocka) one after the other, shows what failed, and ends in one line of sums.
# RUN_UNDER is put before each, e.g. a checker.
passed=0
failed=0
skipped=0
for program in "$@"; do
    output=$($RUN_UNDER "$program" 2>&1 </dev/null)
    code=$?
    ok=$(printf '%s\n' "$output" | grep -ac '^\[       OK \]')
    bad=$(printf '%s\n' "$output" | grep -ac '^\[  FAILED  \] [a-z_0-9]*$' )
    if [ "$code" -ne 0 ]; then
        [ "$ok" -eq 0 ] && [ "$bad" -eq 0 ] && bad=1
        count=$(printf '%s\n' "$output" | sed -n 's/^\[  FAILED  \] \([0-9]*\) test(s).*/\1/p' | head -1)
        bad=${count:-$bad}
        [ "$bad" -eq 0 ] && bad=1
        printf '%s\n' "$output" | grep -av '^\[ RUN \|^\[       OK \]' | tail -60
        echo "failed: $program (exit code $code)"
    elif [ "$ok" -eq 0 ] && printf '%s\n' "$output" | grep -aqi '^skipped'; then
        printf '%s: %s\n' "${program#build/}" "$(printf '%s\n' "$output" | grep -ai '^skipped' | head -1)"
        bad=0
        skipped=$((skipped + 1))
    elif [ "$ok" -eq 0 ]; then
        echo "failed: $program ran no test"
        bad=1
    else
        bad=0
        skipped=$((skipped + $(printf '%s\n' "$output" | grep -ac '^\[  SKIPPED \] [a-z_0-9]*$') / 2))
        printf '%-60s %3d passed\n' "${program#build/}" "$ok"
    fi
    passed=$((passed + ok))
    failed=$((failed + bad))
done
if [ "$skipped" -gt 0 ]; then
    echo "$passed passed, $failed failed, $skipped skipped"
else
    echo "$passed passed, $failed failed"
fi
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
