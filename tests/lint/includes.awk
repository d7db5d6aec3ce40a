# SPDX-License-Identifier: Apache-2.0
#
# includes.awk - what kind of header an #include names. sort_of(include) gives
# "config", "vt", "room", "third" or "system"; "" for a header that nobody
# listed: a library's belongs into doors(), one of C, POSIX or the compiler
# into the list of system headers. name_of(include) is the name between the
# delimiters.

function is_include(line)
{
    return line ~ /^[ \t]*#[ \t]*include[ \t]*["<]/
}

function name_of(line)
{
    sub(/^[ \t]*#[ \t]*include[ \t]*["<]/, "", line)
    sub(/[">].*$/, "", line)
    return line
}

# Where a library's header may be included: a space-separated list of path
# prefixes; "" for headers that are no library's. This is the table of doors.
function doors(name)
{
    # the suite for vendors looks at files and at what is mapped
    if (name == "elf.h" || name == "link.h") {
        return "core/plugin/ core/conform/"
    }
    if (name == "ltdl.h" || name == "dlfcn.h") {
        return "core/plugin/"
    }
    if (name == "ini.h") {
        return "core/config/"
    }
    if (name == "event2/http.h" || name == "event2/http_struct.h" ||
        name == "event2/keyvalq_struct.h" || name == "jansson.h" ||
        name ~ /^curl\//) {
        return "core/api/"
    }
    if (name ~ /^event2\//) {
        return "core/net/ core/api/"
    }
    if (name == "openssl/ssl.h") {
        return "core/net/"
    }
    if (name ~ /^openssl\/(x509|x509v3|x509_vfy|pem|asn1|bio|bn|ec|err|objects)\.h$/) {
        return "core/identity/ core/net/"
    }
    if (name ~ /^openssl\//) {
        return "core/base/ core/identity/ plugins/signature/ed25519/"
    }
    if (name ~ /^secp256k1/) {
        return "plugins/signature/schnorr/"
    }
    if (name ~ /^leveldb\//) {
        return "plugins/storage/leveldb/"
    }
    if (name == "check.h") {
        return "tests/"
    }
    return ""
}

function is_system(name)
{
    return name ~ /^(assert|complex|ctype|errno|fenv|float|inttypes|iso646|limits|locale|math|setjmp|signal|stdalign|stdarg|stdatomic|stdbool|stddef|stdint|stdio|stdlib|stdnoreturn|string|tgmath|threads|time|uchar|wchar|wctype)\.h$/ ||
        name ~ /^(dirent|dlfcn|fcntl|fnmatch|ftw|getopt|glob|grp|libgen|link|malloc|netdb|poll|pthread|pwd|regex|sched|search|semaphore|spawn|strings|sysexits|syslog|termios|unistd|utime)\.h$/ ||
        name ~ /^(arpa|linux|net|netinet|sys)\/[a-z0-9_]+\.h$/ ||
        name ~ /^([a-z]*mmintrin|x86intrin|cpuid|arm_acle|arm_neon)\.h$/
}

function sort_of(line,    name, quoted)
{
    name = name_of(line)
    quoted = line ~ /include[ \t]*"/
    if (quoted) {
        return name == "config.h" ? "config" : "room"
    }
    if (name ~ /^vt\//) {
        return "vt"
    }
    if (is_system(name)) {
        return "system"
    }
    return doors(name) != "" ? "third" : ""
}
