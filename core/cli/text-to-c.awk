# SPDX-License-Identifier: Apache-2.0
#
# A text file as a C string called vt_template_<name>.
BEGIN { printf "const char vt_template_%s[] =\n", name }
{
    gsub(/\\/, "\\\\")
    gsub(/"/, "\\\"")
    printf "    \"%s\\n\"\n", $0
}
END { print "    \"\";" }
