#!/bin/sh
# Does the seam know every function of the C library that is called? Compares the undefined symbols
# of the executable and of the libraries that run in the world with sim/kernel/seam-symbols.txt, and
# looks whether the executable really exports what the list says it answers.
#
#   seam-lint.sh build/default/generalprobe
#
# Prints what is wrong, a line each, and fails; says nothing when all is well.
set -eu

program=${1:?the executable is missing: seam-lint.sh build/default/generalprobe}
list=$(dirname "$0")/../seam-symbols.txt
source=$(dirname "$0")/../seam_inside.h
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

libraries() {
    ldd "$program" | awk '/lib(curl|etpan|sqlite3|xml2)[-.]/ && $3 ~ /^\// { print $3 }'
}

# "<file> <symbol>" for each function of the C library that the file calls
called() {
    for file in "$@"; do
        nm -D --undefined-only "$file" | awk -v file="$(basename "$file")" '
            $2 ~ /@GLIBC_/ { sub(/@.*/, "", $2); print file, $2 }'
    done
}

called "$program" $(libraries) >"$work/called"
nm -D --defined-only "$program" | awk '{ sub(/@.*/, "", $3); print $3 }' >"$work/exported"
sed -n 's/^ *X(\([a-z_0-9]*\)).*/\1/p' "$source" >"$work/proved"

awk -v exported="$work/exported" -v proved="$work/proved" '
    function wrong(text) { print text; failed = 1 }
    FNR == 1 { file_number++ }
    file_number == 1 {
        sub(/#.*/, "")
        if (NF == 0) next
        if ($1 !~ /^(answered|aborts|passes)$/ || NF != 2) wrong("not understood: " $0)
        if ($2 ~ /\*/) { pattern = $2; gsub(/\*/, ".*", pattern); patterns["^" pattern "$"] = 1 }
        else { if ($2 in kind) wrong("listed twice: " $2); kind[$2] = $1 }
        next
    }
    {
        if ($2 in kind) next
        for (pattern in patterns) if ($2 ~ pattern) next
        wrong($1 " calls " $2 "(), which seam-symbols.txt does not list")
    }
    END {
        while ((getline name < exported) > 0) is_exported[name] = 1
        while ((getline name < proved) > 0) is_proved[name] = 1
        for (name in kind) {
            if (kind[name] == "passes") continue
            if (!(name in is_exported)) wrong("not exported by the program: " name)
            if (!(name in is_proved)) wrong("not in SEAM_LIST, so never proved: " name)
        }
        for (name in is_proved)
            if (!(name in kind) || kind[name] == "passes") wrong("proved but not listed: " name)
        exit failed
    }' "$list" "$work/called"
