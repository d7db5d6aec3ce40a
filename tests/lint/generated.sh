#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Is a generated file in git? Needs a clone.
. "$(dirname "$0")/lib.sh"

lint_need git
if [ ! -e .git ]; then
    echo "not a clone: skipped"
    exit 77
fi
{
    git ls-files -ci --exclude-standard
    git ls-files | grep -E \
        -e '(^|/)(configure|aclocal\.m4|Makefile(\.in)?|libtool|ltmain\.sh)$' \
        -e '(^|/)(config\.(h|h\.in|log|status|guess|sub)|stamp-h[0-9]*)$' \
        -e '\.(o|lo|la|a|so|gcda|gcno|gcov|log|trs|orig|rej|pyc)$' \
        -e '^plugins/plugins\.(am|m4)$' -e '(^|/)tags$' -e '~$' || true
} | sort -u | sed 's,$,:1: is generated: git rm --cached,' >"$lint_tmp/found"
lint_finish "$lint_tmp/found"
