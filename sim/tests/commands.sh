#!/bin/sh
# The command line as users meet it. Called by commands_test.c, once for each case:
#   commands.sh PROGRAM CHECKER CASE
# CHECKER is that test itself: "CHECKER --json FILE" and "CHECKER --xml FILE" read with jansson and
# libxml2. A case is a function below; it says on standard output what is wrong, and exits.
set -u
program=$(realpath "$1") checker=$(realpath "$2") case=$3
home=$(pwd)
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room" || exit 1

fail() {
    echo "$case: $*"
    for file in out err; do
        [ -s "$file" ] && echo "--- $file" && head -c 4000 "$file"
    done
    exit 1
}
# expect CODE WORD…: runs the program; its output is in "out" and "err".
expect() {
    wanted=$1
    shift
    "$program" "$@" >out 2>err </dev/null
    code=$?
    [ "$code" -eq "$wanted" ] || fail "generalprobe $*: expected exit code $wanted, found $code"
}
says() { grep -qF -- "$2" "$1" || fail "expected in $1: $2"; }
silent() { [ -s "$1" ] && fail "expected nothing in $1"; return 0; }

# A day of four mailboxes; further lines of the scenario come from standard input.
tiny() {
    mkdir -p scenarios/tiny
    { cat <<'YAML'; cat; } >"scenarios/tiny/$1.yaml"
story: |
  A tiny day. Nothing else.
world:
  day: 2025-08-07
  begins: "06:00"
  lasts: 16 h
  messages: 8
  offices:
    - organisation: Finanzverwaltung
      name: Finanzamt Plön
      domain: fa-ploen.landsh.example
      people: 4
      batch: 3
runbook:
  - at: "06:20"
    run: --by petersen --and hansen seal
  - run: check
  - run: preflight
  - run: hold
  - run: switch
  - run: release
  - at: "07:20"
    run: core
  - run: verify
  - at: "20:00"
    run: backfill
YAML
}
# The same in which the wrong list comes by hand.
tiny_incident() {
    tiny "$1" <<'YAML'
    if_refused: backfill
faults:
  - name: backfill-mapping-not-core-mapping
YAML
    sed -i 's/^    run: backfill$/    run: backfill --mapping nachmigration.csv/' \
        "scenarios/tiny/$1.yaml"
    cat >>"scenarios/tiny/$1.yaml"
}
broken() { # NAME SED-EXPRESSION PLACE-AND-COMPLAINT
    printf 'promises:\n  missing: 0\n' | tiny "$1"
    sed -i "$2" "scenarios/tiny/$1.yaml"
    expect 65 run "scenarios/tiny/$1.yaml"
    says err "scenarios/tiny/$1.yaml:$3"
    silent out
    [ -e build ] && fail "something was played"
    expect 65 lint "scenarios/tiny/$1.yaml"
    says err "scenarios/tiny/$1.yaml:$3"
    says out "1 scenarios read, 1 broken"
    expect 65 plan "scenarios/tiny/$1.yaml"
    says err "scenarios/tiny/$1.yaml:$3"
}

# ---- exit codes ----

a_kept_day_exits_0() {
    printf 'promises:\n  missing: 0\n  calm: yes\n' | tiny calm
    expect 0 run scenarios/tiny/calm.yaml
    says out "tiny/calm"
    says err "backfill"
    expect 0 run tiny/calm --keep
    [ -s build/rehearsals/tiny/calm/1/history.sqlite ] || fail "--keep kept no history"
    [ "$(readlink build/rehearsals/tiny/calm/latest)" = 1 ] || fail "no link to the latest run"
    expect 0 run tiny/calm
    [ -e build/rehearsals/tiny/calm/1/history.sqlite ] && fail "a kept day left its history"
    return 0
}
a_finding_exits_1() {
    printf 'promises:\n  workable_within: 1 s\n' | tiny slow
    expect 1 run tiny/slow
    says out "workable_within"
    says out "generalprobe run scenarios/tiny/slow.yaml --seed 1"
    [ -s build/rehearsals/tiny/slow/1/history.sqlite ] || fail "no history of a finding"
}
a_fault_without_effect_exits_2() {
    printf 'faults:\n  - name: backfill-mapping-not-core-mapping\n' | tiny vacuous
    expect 2 run tiny/vacuous
    says out "vacuous"
}
an_unknown_command_exits_64_and_suggests() {
    expect 64 rnu
    says err 'did you mean "run"?'
    expect 64
    says err "generalprobe run scenarios/incidents/2025-08-07.yaml"
}
what_is_typed_wrongly_exits_64() {
    tiny calm </dev/null
    while IFS='|' read -r words complaint; do
        # shellcheck disable=SC2086
        expect 64 $words
        says err "$complaint"
        silent out
    done <<'LIST'
run|expected a scenario or a folder of them
run nirgends|there is no scenario at "nirgends"
run tiny/clam|there is no scenario at "tiny/clam"; did you mean "tiny/calm"?
plan scenarios/tiny/clam.yaml|did you mean "tiny/calm"?
fixtures export clam -o x|there is no scenario at "clam"
run tiny/calm --sed 1|there is no option --sed; did you mean --seed?
run tiny/calm --seeds 3..1|--seeds wants a number, or two as in 1..20
run tiny/calm --seeds 1.3|--seeds wants a number, or two as in 1..20
run tiny/calm --seed|--seed wants a number
run tiny/calm --jobs 0|--jobs wants a number from 1 to 64
run tiny/calm --jobs=65|--jobs wants a number from 1 to 64
run tiny/calm --size 2/1|--size wants a part such as 1/10
run tiny/calm --size 0/3|--size wants a part such as 1/10
run tiny/calm --measures|--measures wants a list
run tiny/calm --measures all,-cross_fase|did you mean "cross_phase"
plan|expected a scenario
plan tiny/calm --seed x|--seed wants a whole number
judge|expected a history
report|expected a history
report --format pdf x|--format wants text, json or junit
report --formt json x|did you mean --format?
list nirgends|there is no scenario at "nirgends"
lint nirgends|there is no scenario at "nirgends"
explain one two|expected one word
explain bijektion|did you mean "bijection"?
fixtures|expected "export"
fixtures export tiny/calm|expected a scenario and -o with a folder
help rnu|did you mean "run"?
LIST
}
what_is_no_history_exits_65() {
    echo "not a history" >text
    : >empty
    for file in text empty nirgends; do
        for command in judge report; do
            expect 65 "$command" "$file"
            says err "$file"
        done
    done
    [ -e nirgends ] && fail "judging made a file"
    return 0
}

# ---- Ctrl-C and kills ----

# Starts a day that takes seconds and waits until its core is under way; sets $started.
begin_long() {
    printf 'promises:\n  missing: 0\n' | tiny_incident long
    sed -i 's/people: 4/people: 30/; s/batch: 3/batch: 30/; s/messages: 8/messages: 400/' \
        scenarios/tiny/long.yaml
    "$program" run tiny/long "$@" >out 2>err </dev/null &
    started=$!
    for _ in $(seq 300); do
        grep -q " core " err && return
        sleep 0.1
    done
    fail "the core never began"
}
history=build/rehearsals/tiny/long/1/history.sqlite
is_inconclusive() {
    expect 2 judge "$history"
    says out '"verdict":"inconclusive"'
    says out "it has no end: the rehearsal was cut off"
    "$checker" --json out >checked || fail "$(cat checked)"
}
an_interrupt_closes_the_history_and_exits_130() {
    begin_long
    kill -INT "$started"
    wait "$started"
    code=$?
    [ "$code" -eq 130 ] || fail "expected exit code 130, found $code"
    [ -s "$history-journal" ] && fail "the history was not closed"
    says out "inconclusive"
    is_inconclusive
}
a_killed_run_can_be_judged_to_its_last_fact() {
    begin_long
    kill -KILL $(cat "/proc/$started/task/$started/children")
    wait "$started"
    code=$?
    [ "$code" -eq 70 ] || fail "expected exit code 70, found $code"
    says err "died of signal 9; to see it again: generalprobe run scenarios/tiny/long.yaml --seed 1"
    is_inconclusive
}
a_killed_parent_leaves_a_closed_history() {
    begin_long
    child=$(cat "/proc/$started/task/$started/children")
    kill -KILL "$started"
    wait "$started" 2>/dev/null
    for _ in $(seq 300); do
        [ -e "/proc/${child% }" ] || break
        sleep 0.1
    done
    is_inconclusive
}
after_an_interrupt_no_further_rehearsal_begins() {
    begin_long --seeds 1..3 --json --verbose
    kill -TERM "$started"
    wait "$started"
    code=$?
    [ "$code" -eq 130 ] || fail "expected exit code 130, found $code"
    [ -e build/rehearsals/tiny/long/2 ] && fail "the second seed was played"
    [ "$("$checker" --json out)" = 1 ] || fail "expected one line"
}

# ---- broken scenarios ----

a_broken_scenario_is_named_with_its_place() {
    broken key 's/^promises:/promisses:/' '27:1: "promisses" is not known here; did you mean "promises"?'
    broken span 's/lasts: 16 h/lasts: 16/' '6:10: expected a span with its unit'
    broken clock 's/"06:20"/"26:20"/' '15:10: expected a time of day'
    broken yaml 's/^world:/world: [/' '5:9: '
    broken batch 's/batch: 3/batch: 9/' '9:7: 9 mailboxes of Finanzamt Plön are in the batch, but it has 4'
}
a_wrong_promise_is_named_with_its_place() {
    broken name 's/^  missing: 0/  mising: 0/' '28:3: '
    says err 'did you mean "missing"'
    broken value 's/^  missing: 0/  missing: none/' '28:3: '
    broken unit 's/^  missing: 0/  workable_within: 3/' '28:3: '
}
a_wrong_fault_is_named_with_its_place() {
    broken fault 's/^promises:/faults:\n  - name: mapping-swaped-pair\npromises:/' \
        '28:5: there is no fault "mapping-swaped-pair"; did you mean "mapping-swapped-pair"?'
    broken way 's/^promises:/faults:\n  - name: backfill-mapping-not-core-mapping\n    way: plan\npromises:/' \
        '28:5: the fault "backfill-mapping-not-core-mapping" does not come in by this way'
}
a_wrong_measure_is_named_with_its_place() {
    broken measure 's/^promises:/plan:\n  measures: all, -cross_fase\npromises:/' '28:13: '
    says err "cross_phase"
}
a_wrong_step_is_named_with_its_place() {
    broken deed 's/^    run: backfill/    run: restroe\n    engine: by_hand/' \
        '25:5: by hand there is "restore", "restore_target", "lock_offices" and "unlock_offices", found "restroe"'
    broken words "s/^    run: backfill/    run: $(seq 30 | tr '\n' ' ')/" \
        '25:5: a command has at most 24 words'
    broken nothing 's/^    run: backfill/    run: ""/' '25:5: expected a command'
}
one_broken_scenario_keeps_the_others_from_being_played() {
    tiny good </dev/null
    broken bad 's/lasts: 16 h/lasts: 16/' '6:10: '
    expect 65 run scenarios
    [ -e build ] && fail "something was played"
    return 0
}

# ---- many at once, and for programs ----

seeds_and_jobs_give_a_row_each() {
    printf 'promises:\n  missing: 0\n' | tiny one
    printf 'promises:\n  missing: 0\n' | tiny two
    expect 0 run scenarios --seeds 1..3 --jobs 2
    [ "$(grep -c '^tiny/' out)" -eq 6 ] || fail "expected six rows"
    says out "6 of 6 kept"
}
json_is_one_object_a_line() {
    printf 'promises:\n  missing: 0\n' | tiny one
    printf 'promises:\n  detected: yes\n' | tiny_incident two
    expect 0 run scenarios --seeds 1..2 --jobs 4 --json
    [ "$("$checker" --json out)" = 4 ] || fail "$("$checker" --json out)"
    cp out four
    expect 0 run scenarios --seeds=1..2 --jobs=1 --json
    sed 's/"wall_seconds":[0-9.]*//' four >parallel
    sed 's/"wall_seconds":[0-9.]*//' out | cmp -s - parallel || fail "the number of jobs shows"
}
an_incident_is_prevented_and_its_twin_harmed() {
    tiny_incident caught </dev/null
    expect 0 run tiny/caught --json
    says out '"verdict":"prevented"'
    expect 1 run tiny/caught --json --measures none
    says out '"verdict":"missed"'
    expect 2 run tiny/caught --no-twin --json
    says out '"verdict":"vacuous"'
    expect 1 run tiny/caught --measures none --size 3/4
    says out 'scenarios/tiny/caught.yaml --seed 1 --size 3/4 --measures "none"'
}
colour_is_for_terminals_without_no_color() {
    printf 'promises:\n  missing: 0\n' | tiny calm
    escape=$(printf '\033')
    expect 0 run tiny/calm
    grep -q "$escape" out err && fail "colour in a file"
    # A machine without pseudo-terminals cannot tell.
    script -qec true /dev/null >out 2>err </dev/null || exit 77
    script -qec "$program run tiny/calm" /dev/null >out 2>err </dev/null
    grep -q "$escape" out || fail "no colour on a terminal"
    NO_COLOR=1 script -qec "$program run tiny/calm" /dev/null >out 2>err </dev/null
    grep -q "$escape" out && fail "colour with NO_COLOR"
    return 0
}

# ---- judging again ----

a_stored_history_is_judged_and_reported() {
    printf 'promises:\n  workable_within: 1 s\n' | tiny slow
    expect 1 run tiny/slow --json
    cp out then
    stored=build/rehearsals/tiny/slow/1/history.sqlite
    expect 1 judge "$stored"
    cmp -s out then || fail "judged otherwise than in the run"
    expect 1 judge "$stored" "$stored"
    [ "$("$checker" --json out)" = 2 ] || fail "expected two lines"
    expect 1 report "$stored" --format json
    cmp -s out then || fail "reported otherwise than in the run"
    expect 1 report "$stored"
    says out "workable_within"
    expect 1 report --format=junit "$stored" "$stored"
    "$checker" --xml out >checked || fail "$(cat checked)"
    says checked "testsuite tests=2 failures=2"
    expect 65 report --format junit "$stored" nirgends
    "$checker" --xml out >checked || fail "$(cat checked)"
}

# ---- to look things up ----

each_command_has_help_that_opens_with_an_example() {
    expect 0 --help
    says out "generalprobe run scenarios/incidents/2025-08-07.yaml"
    for command in run plan judge report list explain lint fixtures; do
        for words in "help $command" "$command --help" "$command -h"; do
            # shellcheck disable=SC2086
            expect 0 $words
            says out "  generalprobe $command"
            says out "Usage: generalprobe $command"
            silent err
        done
    done
}
list_shows_the_first_sentence_of_each_story() {
    tiny one </dev/null
    expect 0 list
    says out "scenarios/tiny/one.yaml"
    says out "A tiny day."
    grep -q "Nothing else" out && fail "more than the first sentence"
    # A sentence goes on where its line ends, and is wrapped anew.
    sed -i 's/^  A tiny day. Nothing else.$/  A day that is tiny,\n  however often\n  it is told. Nothing else./' \
        scenarios/tiny/one.yaml
    expect 0 list
    says out "    A day that is tiny, however often it is told."
    grep -q "Nothing else" out && fail "more than the first sentence"
    return 0
}
plan_says_what_would_be_played() {
    tiny_incident two </dev/null
    expect 0 plan tiny/two --seed 3
    for words in "4 mailboxes with" "3 in the batch" "backfill --mapping nachmigration.csv" \
        "(if refused: backfill)" "measures: all" "backfill-mapping-not-core-mapping —"; do
        says out "$words"
    done
    [ -e build ] && fail "something was played"
    return 0
}
explain_knows_fields_promises_faults_measures_and_verdicts() {
    for word in cut_off missing mapping-row-shift bijection core prevented; do
        expect 0 explain "$word"
        says out "$word"
    done
    expect 0 explain
    says out "equal_uid_validity"
    # Each list that it names is one, and each word of it is explained in turn.
    for list in faults measures promises findings phases words; do
        says out "  $list "
    done
    for list in faults measures promises findings phases words; do
        expect 0 explain "$list"
        grep '^  [a-z0-9_-]* — ' out | sed 's/^  //; s/ — .*//' >words
        [ "$(wc -l <words)" -ge 10 ] || fail "$list has too few words"
        while read -r word; do
            "$program" explain "$word" >out 2>err || fail "$list: nothing is said of $word"
        done <words
    done
    expect 64 explain nonsense-of-this-kind
}
the_shipped_scenarios_are_without_fault() {
    cd "$home" || fail "no way home"
    "$program" lint >"$room/out" 2>"$room/err" || { cd "$room" && fail "lint complains"; }
    grep -q ", 0 broken" "$room/out" || fail "not said"
}
fixtures_are_exported_as_maildir() {
    tiny one </dev/null
    expect 0 fixtures export tiny/one -o post
    says out "4 mailboxes"
    [ "$(find post -type d -name cur | wc -l)" -ge 4 ] || fail "too few folders"
    mail=$(find post -type f -path '*/cur/*' | sort | head -1)
    grep -qi '^From:' "$mail" || fail "$mail is no mail"
    expect 0 fixtures export scenarios/tiny/one.yaml -o again
    diff -r post again >/dev/null || fail "the same seed gives other mail"
    expect 0 fixtures export scenarios/tiny/one.yaml -o other --seed 2
    diff -r post other >/dev/null && fail "another seed gives the same mail"
    return 0
}

"$case"
