#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Do the includes at the top of each file stand in the house's order? That is
# "config.h"; the file's own header, which proves that it stands alone; <vt/>;
# rooms and neighbours; third party; system: one group each, sorted, a blank
# line between groups. `include-order.sh --fix` rewrites the files that differ.
. "$(dirname "$0")/lib.sh"

lint_c >"$lint_tmp/list"
while read -r file; do
    header=${file%.c}.h
    if [ "$header" != "$file" ] && [ -f "$header" ] &&
        ! grep -q "^#include \".*${header##*/}\"" "$file"; then
        echo "$file:1: does not include its own ${header##*/}" \
            >>"$lint_tmp/found"
    fi
    awk -f "$lint_dir/includes.awk" -f "$lint_dir/include-order.awk" "$file" \
        >"$lint_tmp/ordered"
    if cmp -s "$lint_tmp/ordered" "$file"; then
        continue
    fi
    if [ "${1:-}" = --fix ]; then
        cat "$lint_tmp/ordered" >"$file"
        echo "$file: put in order"
        continue
    fi
    line=$(cmp "$lint_tmp/ordered" "$file" | sed 's/.* line //')
    echo "$file:$line: includes are not in order; tests/lint/include-order.sh" \
        "--fix puts them right" >>"$lint_tmp/found"
done <"$lint_tmp/list"
touch "$lint_tmp/found"
lint_finish "$lint_tmp/found"
