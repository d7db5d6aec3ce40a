# SPDX-License-Identifier: Apache-2.0
#
# code.awk - code(line) is the line without comments and without what stands
# in strings, so that lints do not trip over text. A "//" stays, as it is not
# allowed anyway. excused(line): an exception is written in the code with its
# reason, /* discouraged: why */.

function code(line,    out, at)
{
    if (FNR == 1) {
        in_comment = 0
    }
    out = ""
    while (line != "") {
        if (in_comment) {
            at = index(line, "*/")
            if (at == 0) {
                return out
            }
            line = substr(line, at + 2)
            in_comment = 0
            out = out " "
            continue
        }
        if (!match(line, /"|'|\/\*|\/\//)) {
            return out line
        }
        out = out substr(line, 1, RSTART - 1)
        at = substr(line, RSTART, RLENGTH)
        line = substr(line, RSTART + RLENGTH)
        if (at == "/*") {
            in_comment = 1
        } else if (at == "//") {
            return out at
        } else {
            out = out at
            line = after_literal(line, at)
            out = out at
        }
    }
    return out
}

# What follows the literal that was opened by quote.
function after_literal(line, quote)
{
    while (line != "") {
        if (substr(line, 1, 1) == "\\") {
            line = substr(line, 3)
        } else if (substr(line, 1, 1) == quote) {
            return substr(line, 2)
        } else {
            line = substr(line, 2)
        }
    }
    return ""
}

function excused(line)
{
    return line ~ /discouraged: [a-zA-Z]/
}

function report(text)
{
    print FILENAME ":" FNR ": " text
}
