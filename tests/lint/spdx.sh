#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Does every source start with the SPDX line (scripts right after #!)?
. "$(dirname "$0")/lib.sh"

{
    lint_files '*.[ch]' '*.am' '*.ac' '*.m4' '*.awk' '*.py'
    lint_scripts
} | sort -u >"$lint_tmp/list"
lint_awk "$lint_tmp/list" '
FNR == 1 && /^#!/ { shift_line[FILENAME] = 1; next }
FNR == 1 + shift_line[FILENAME] && !/SPDX-License-Identifier: Apache-2\.0/ {
    report("the first line must be \"SPDX-License-Identifier: Apache-2.0\" in a comment")
}
' >"$lint_tmp/found"
lint_finish "$lint_tmp/found"
