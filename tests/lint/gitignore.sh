#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Could an ignore file hide the source folder core/ from git?
. "$(dirname "$0")/lib.sh"

: >"$lint_tmp/found"
for file in $(lint_files .gitignore '*/.gitignore'); do
    number=0
    while read -r line; do
        number=$((number + 1))
        pattern=${line#/}
        pattern=${pattern#\*\*/}
        pattern=${pattern%/}
        # a pattern on purpose, against one word
        # shellcheck disable=SC2194,SC2254
        case core in
        $pattern) echo "$file:$number: '$line' hides the folder core/" \
            >>"$lint_tmp/found" ;;
        esac
    done <"$file"
done
lint_finish "$lint_tmp/found"
