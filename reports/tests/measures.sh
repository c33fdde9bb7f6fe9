#!/bin/sh
# Which measure alone would have stopped it? Plays the founding incident, by each way the wrong list
# may come in, once with each measure and nothing else, and shows what became of it.
#   measures.sh GENERALPROBE UMZUG [SIZE]
generalprobe=$1
umzug=$2
size=${3:-1/20}
incident=scenarios/incidents/2025-08-07

field() { # name: a word or a number of the JSON line on standard input
    sed -n "s/.*\"$1\":\"\{0,1\}\([^\",}]*\).*/\1/p" | head -n 1
}

play() { # way, measure
    line=$("$generalprobe" run --json --no-twin --size "$size" --measures "$2" \
        "$incident$1.yaml" 2>/dev/null)
    foreign=$(echo "$line" | field foreign_at_rest_max)
    mailboxes=$(echo "$line" | field mailboxes_with_foreign)
    by=$(echo "$line" | field detected_by)
    printf '%-20s %-20s %9s %9s   %s\n' "$2" "${1:-argument}" "$foreign" "$mailboxes" \
        "${by:-nobody}"
}

printf '%-20s %-20s %9s %9s   %s\n' measure way foreign mailboxes 'noticed by'
measures=$("$umzug" help measures | sed -n 's/^  *\([a-z_]*\) .*/\1/p')
for way in '' -seal-replaced -past-the-engine; do
    for measure in none $measures canary_wave,stop_all blast_cap,stop_all all; do
        play "$way" "$measure"
    done
done
