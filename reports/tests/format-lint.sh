#!/bin/sh
# Every source is as clang-format leaves it. Skipped, with a word, where there is none.
if ! command -v clang-format >/dev/null 2>&1; then
    echo "format: clang-format is not installed, not looked at"
    exit 0
fi
bad=$(find engine sim fixtures reports -name '*.[ch]' | sort | while read -r file; do
    clang-format --style=file "$file" | cmp -s - "$file" || echo "$file: not as clang-format leaves it"
done)
[ -z "$bad" ] && echo "format: all sources are as clang-format leaves them" && exit 0
echo "$bad"
exit 1
