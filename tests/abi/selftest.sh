#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Does the ABI gate see every class of break, and let an append pass? Each
# change is made to a copy of the headers; the frozen file and the witness are
# then tried on it. A break must be caught by one of the two at least.
. "$(dirname "$0")/lib.sh"

if ! can_witness; then
    echo "abidiff of abigail-tools on x86_64 is needed: skipped"
    exit 77
fi
original=$headers
headers=$tmp/abi
failed=0
printf '%-44s %-8s %s\n' change frozen witness

# try EXPECT NAME HEADER SED-PROGRAM: EXPECT is break or append.
try()
{
    rm -rf "$headers"
    cp -R "$original" "$headers"
    chmod -R u+w "$headers"
    sed "$4" "$original/vt/$3" >"$headers/vt/$3"
    if cmp -s "$original/vt/$3" "$headers/vt/$3"; then
        echo "$2: the change does not fit $3 any more, adapt it"
        failed=$((failed + 1))
        return
    fi
    frozen=passes
    freeze "${VT_TEST_CC:-cc}" >/dev/null 2>&1 || frozen=catches
    stored=passes
    witness "${VT_TEST_CC:-cc}" >"$tmp/out" 2>&1 || stored=catches
    printf '%-44s %-8s %s\n' "$2" $frozen $stored
    case $1$frozen$stored in
    breakpassespasses)
        echo "  NOT CAUGHT"
        failed=$((failed + 1))
        ;;
    append*catches*)
        echo "  REFUSED: $(cat "$tmp/out")"
        failed=$((failed + 1))
        ;;
    esac
}

put='(\*put)(struct vt_db_tx \*tx, uint32_t space, struct vt_view key,'
try break 'member inserted in the middle' storage.h \
    's/^    uint32_t spaces_max;.*/&\n    uint64_t inserted;/'
try break 'two members swapped' consensus.h \
    '/^struct vt_ev_peer/,/^}/{s/ peer;/ tmp;/;s/ up;/ peer;/;s/ tmp;/ up;/;}'
try break 'uint64_t made int64_t' consensus.h \
    '/^struct vt_ev_txs/,/^}/s/uint64_t count/int64_t count/'
try break 'one member split in two' consensus.h \
    '/^struct vt_ev_txs/,/^}/s/uint64_t count/uint32_t count, more/'
try break 'member removed' consensus.h \
    '/^struct vt_ev_txs/,/^}/s/uint64_t size_bytes;//'
try break 'member renamed' plugin.h 's/const char \*since;/const char *added;/'
try break 'array made shorter' consensus.h \
    '/^struct vt_ev_seal/,/^}/s/successor\[32\]/successor[31]/'
try break 'callback parameters reordered' storage.h \
    "s/$put/(*put)(uint32_t space, struct vt_db_tx *tx, struct vt_view key,/"
try break 'callback returns another type' storage.h \
    's/void (\*close)(struct vt_db \*db)/vt_status (*close)(struct vt_db *db)/'
try break 'callback takes one more parameter' signature.h \
    's/(\*pk_check)(struct vt_view pk, /&uint32_t flags, /'
try break 'const taken away' plugin.h 's/const void \*table;/void *table;/'
try break 'struct passed by value has grown' types.h \
    '/^struct vt_view/,/^}/s/size_t len;/size_t len; size_t more;/'
try break 'struct inside of others has grown' consensus.h \
    '/^struct vt_ev {/,/^}/s/int64_t wall_ms;/int64_t wall_ms; uint64_t more;/'
try break 'struct renamed' storage.h 's/struct vt_storage {/struct vt_store {/'
try break 'enum constant renumbered' consensus.h \
    's/VT_EV_ANCHOR = 17/VT_EV_ANCHOR = 18/'
try break 'enum constant removed' signature.h \
    's/VT_SCHEME_SCHNORR = 1,.*/VT_SCHEME_OTHER = 1,/'
try break 'status code renumbered' status.h 's/X(VT_E_IO, -6,/X(VT_E_IO, -16,/'
try break 'macro with another value' consensus.h \
    's/^#define VT_PEER_ALL 0xffffffffu/#define VT_PEER_ALL 0xfffffff0u/'
try break 'flag with another bit' plugin.h \
    's/^#define VT_KF_SECRET 4u/#define VT_KF_SECRET 32u/'
try break 'interface id changed' storage.h 's,"vt.storage/1","vt.storage/2",'
try break 'exported symbol changed' plugin.h 's/_LTX_vt_plugin_v1/_LTX_vt_plugin/'
try break 'ABI major changed' abi.h 's/^#define VT_ABI_MAJOR 1/#define VT_ABI_MAJOR 2/'

try append 'method appended to an interface' storage.h \
    's/^    vt_status (\*stats)(.*VT_ANY;$/&\n    vt_status (*more)(struct vt_db *db) VT_ANY;/'
try append 'member appended to an array element' plugin.h \
    's/^    const char \*since;.*/&\n    const char *more;/'
try append 'two members appended to an event' consensus.h \
    '/^struct vt_ev_txs/,/^}/s/uint64_t size_bytes;/&uint64_t a, b;/'
try append 'enum constant appended' consensus.h \
    's/VT_EV_ANCHOR = 17/&, VT_EV_NEXT = 18/'
try append 'status code appended' status.h \
    's/^    X(VT_E_INTERNAL/    X(VT_E_NEXT, -10, "next") \\\n&/'
try append 'struct and macro added' storage.h \
    's/^struct vt_storage {/#define VT_NEXT 7\nstruct vt_next { uint32_t size; };\n&/'
try append 'ABI minor raised' abi.h 's/^#define VT_ABI_MINOR 0/#define VT_ABI_MINOR 1/'
try append 'draft changed' engine.h 's/^    uint32_t kind, depth, flags;/    uint64_t kind;/'

[ $failed -eq 0 ]
