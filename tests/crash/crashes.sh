#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Crashes of every durable storage plugin in the build, and proof that the test
# sees what it should: with each planted bug something must be found. In `make
# check` a few seconds; `make check-crash` sets CRASHES, CRASH_SEED and perhaps
# CRASH_PLUGINS.
set -u
program=$VT_TEST_BUILD_DIR/tests/crash/crash
crashes=${CRASHES:-150}
seed=${CRASH_SEED:-1}
plugins=${CRASH_PLUGINS:-}
progress=${CRASHES:+--progress}
failed=0
tested=0

fail()
{
    echo "FAIL: $*"
    failed=1
}

# The shipped options, or those that make much happen in a short life.
options_of()
{
    small=$(dirname "$1")/tests/small.ini
    if [ -f "$small" ]; then echo "$small"; else echo "$1"; fi
}

# LevelDB counts on a journal in two places. It renames CURRENT and then deletes
# the old log and MANIFEST; it writes to the MANIFEST and then syncs the folder
# for the tables named there.
disk_of()
{
    case $1 in
    leveldb) echo --journal ;;
    esac
}

# Nothing may be lost. 77: nothing to test.
crash()
{
    # shellcheck disable=SC2086 # these are a word or none
    "$program" "$1" --mode "$2" --crashes "$crashes" --seed "$seed" \
        $progress $disk
}

# Something must be found, by the account and not by an accident of the harness.
planted()
{
    out=$("$program" "$1" --mode "$2" --crashes 1000 --plant "$3" 2>&1)
    rc=$?
    total=$(echo "$out" | tail -n 1)
    case $rc:$total in
    1:*': found') echo "$total" ;;
    *) fail "$1 --mode $2: planted bug '$3' was not found ($rc): $out" ;;
    esac
}

for ini in $VT_TEST_PLUGIN_INI; do
    case $ini in
    plugins/storage/*/tests/*) continue ;;
    plugins/storage/*) ;;
    *) continue ;;
    esac
    stem=$(basename "$ini" .ini)
    case " ${plugins:-$stem} " in
    *" $stem "*) ;;
    *) continue ;;
    esac
    ini=$(options_of "$VT_TEST_SRC_DIR/$ini")
    disk=$(disk_of "$stem")
    crash "$ini" power
    rc=$?
    [ "$rc" -ne 77 ] || continue
    tested=$((tested + 1))
    [ "$rc" -eq 0 ] || fail "$ini: power cuts"
    crash "$ini" kill || fail "$ini: kills"
    planted "$ini" power no-sync
    planted "$ini" power no-dir-sync
    planted "$ini" kill early
    planted "$ini" kill split
done
[ "$tested" -gt 0 ] || exit 77
exit "$failed"
