#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# faults.sh - a small engine, store and scheme pass all of level 5; with one
# fault planted the test that is there for it fails, on a line with the rule,
# the seed and the command that does it again.
# shellcheck source=tests/system/cli_lib.sh
. "${VT_TEST_SRC_DIR:?run me with make check}/tests/system/cli_lib.sh"

if grep -q '^#define VT_SANITIZER' \
    "$VT_TEST_BUILD_DIR/packaging/autotools/config.h"; then
    echo "a sanitizer sees other things: its own build has no such faults"
    exit 77
fi

good_link='-Wl,-z,relro,-z,now,-z,nodelete,-z,defs,-z,noexecstack'

# plant NAME FLAGS...: faults/NAME*.c as ./NAME.so
plant()
{
    name=$1
    shift
    # shellcheck disable=SC2086
    $VT_TEST_CC -std=c11 -O1 -shared -fPIC -fvisibility=hidden -w \
        -D_GNU_SOURCE -I"$VT_TEST_SRC_DIR/abi" "$@" \
        "$VT_TEST_SRC_DIR/tests/conformance/faults/$name"*.c \
        -o "$name.so" || fail "cannot compile $name $*"
    chmod 755 "$name.so"
}

# caught NAME FAULT TEST RULE: the fault fails that test
caught()
{
    # shellcheck disable=SC2086
    plant "$1" "-DFAULT_$2" $good_link
    caught_as "$1" "$2" "$3" "$4"
}

caught_as()
{
    expect 1 vtchain plugin check --conformance "$1.so" --test "$3"
    has "$out" "$3 " "FAIL" "    $4: " "    seed 1" \
        "    again: vtchain plugin check --conformance '$1.so' --test $3 --seed 1 --level 5"
}

# ---- without a fault --------------------------------------------------------

plant ring $good_link
expect 0 vtchain plugin check --conformance ring.so
has "$out" "ring.so: " " 0 failed"
plant sums $good_link
expect 0 vtchain plugin check --conformance sums.so --seed 7
has "$out" "sums.so: " " 0 failed"
plant shelf $good_link
expect 0 vtchain plugin check --conformance shelf.so
has "$out" "shelf.so: " " 0 failed"

# ---- with the options that lie beside it ------------------------------------

printf '[consensus.ring]\npause = 30ms\n' >ring.conform.ini
expect 0 vtchain plugin check --conformance ring.so --level 3
has "$out" "with pause = 30ms" " 0 failed"
expect 0 vtchain plugin check --conformance ring.so --level 3 --json
same "$(json '.files[0].options')" 'pause = 30ms' "options in JSON"
expect 0 vtchain plugin check --conformance ring.so --level 3 --tap \
    --options 'pause = 40ms'
case $out in *pause*) fail "options beside the file are used in spite of others" ;; esac
printf '[consensus.other]\npause = 30ms\n' >ring.conform.ini
expect 4 vtchain plugin check --conformance ring.so --level 3
has "$err" "ring.conform.ini:2: the section is [<kind>.ring]"
printf '[consensus.ring]\npaus = 30ms\n' >ring.conform.ini
expect 1 vtchain plugin check --conformance ring.so \
    --test lives_without_optional_services
has "$out" "did you mean" "pause"
rm ring.conform.ini

# ---- how it is built --------------------------------------------------------

bytes='step_gives_the_same_bytes'
plant ring -Wl,-z,relro,-z,lazy,-z,nodelete
caught_as ring - is_bound_when_loaded R55
plant ring -Wl,-z,norelro,-z,now,-z,nodelete
caught_as ring - is_bound_when_loaded R55
plant ring -Wl,-z,relro,-z,now
caught_as ring - stays_mapped R55
plant ring -Wl,-z,relro,-z,now,-z,nodelete,-z,execstack
caught_as ring - has_no_executable_data R55
caught ring EXPORT exports_one_symbol R1
caught ring CONSTRUCTOR runs_no_code_when_loaded R4
caught ring VERSION describes_itself R5
plant sums $good_link
mv sums.so other.so
expect 1 vtchain plugin check --conformance other.so
has "$out" "exports_one_symbol" "can_be_loaded" "FAIL" "R5: "

# ---- what every plugin owes -------------------------------------------------

caught ring STDOUT writes_nothing_to_the_terminal R21
caught ring STDOUT imports_only_memory_and_strings R38
caught ring NOLOG lives_without_optional_services R17
caught ring LEAK gives_back_what_it_takes R29
caught ring UNCHECKED stands_the_end_of_memory R60

# ---- what an engine owes ----------------------------------------------------

caught ring CLOCK step_reads_no_clock R38
caught ring CLOCK imports_only_memory_and_strings R38
caught ring CALL step_makes_no_system_call R38
caught ring EARLY its_word_is_durable_before_it_is_out R36
caught ring UNINITIALISED ${bytes}_elsewhere R38
caught ring GLOBAL instances_do_not_meet R38
caught ring GLOBAL ${bytes}_twice R38
caught ring HOARD keeps_its_memory_bounded R37
caught ring PROUD stands_garbage R26
caught ring OVERRUN stands_garbage R26
caught ring CRITICAL ignores_unknown_events R13
caught ring SLOTS stands_damaged_slots R40
caught ring PROOF a_bent_proof_is_bad R40
caught ring UNLISTED decides_what_it_is_offered R33

# ---- what a store owes ------------------------------------------------------

caught shelf ABORT an_aborted_transaction_leaves_nothing R42
caught shelf WRITERS there_is_one_writer R42
caught shelf EMPTY an_empty_value_is_a_value R42
caught shelf ORDER keys_are_in_byte_order R42
caught shelf CURSOR a_cursor_does_not_see_its_transactions_writes R42
caught shelf SNAPSHOT a_snapshot_stays_as_it_was R42
caught shelf LIMIT keys_and_spaces_have_the_declared_limits R42
caught shelf STATS stats_are_lines_of_name_value_unit R42

# ---- what a scheme owes -----------------------------------------------------

caught sums RANDOM signs_the_same_way_twice R43
caught sums BATCH a_batch_judges_like_one R43
caught sums LOOSE a_bent_signature_is_bad R43
caught sums AGGREGATE a_bent_aggregate_is_bad vt/signature.h
caught sums NONCE a_group_signs_like_one_key vt/signature.h
caught sums PART a_bent_part_is_found vt/signature.h
caught sums STATUS stands_what_is_no_signature R25

# ---- how it tells -----------------------------------------------------------

mkdir kept
expect 1 vtchain plugin check --conformance sums.so --keep kept
[ -f kept/conform-stands_what_is_no_signature.ini ] ||
    fail "--keep wrote no file"
checks=$((checks + 1))
expect 1 vtchain plugin check \
    --reproduce kept/conform-stands_what_is_no_signature.ini
has "$out" "stands_what_is_no_signature" "FAIL"
expect 1 vtchain plugin check --conformance sums.so --tap
has "$out" "ok 1 - " "not ok " "stands_what_is_no_signature (R25)" \
    "# again: vtchain plugin check" "1.."
expect 1 vtchain plugin check --conformance sums.so --json
same "$(json '.error.files[0].ok')" false "ok of a file that failed"
same "$(json '[.error.files[0].tests[] | select(.result == "fail")][0].rule')" \
    R25 "rule of what failed"
plant sums $good_link
expect 0 vtchain plugin check --conformance sums.so --json --level 3
same "$(json '[.files[0].tests[].level] | max')" 3 "levels of --level 3"
expect 4 vtchain plugin check --conformance sums.so --test stands_garbag
has "$err" "did you mean stands_garbage"
expect 2 vtchain plugin check --conformance
has "$err" "FILE is missing"
expect 4 vtchain plugin check --conformance missing.so
has "$err" "missing.so"
finish
