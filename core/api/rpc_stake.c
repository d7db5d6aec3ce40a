/* SPDX-License-Identifier: Apache-2.0
 *
 * rpc_stake.c - stake.get, stake.candidates, chain.offences: who may become a
 * member of a chain and who broke its rules. Read from a version of the state.
 */
#include "api/show.h"

#include "base/bytes.h"

#include <string.h>

#define OFFENCES_SHOWN 1000u /* the newest ones */

static void put_token(struct vt_json_maker *m, const char *key,
                      const struct vt_args *args, struct vt_amount amount)
{
    vt_json_put_amount(m, key, amount,
                       vt_rules_asset_decimals(args->chain->rules, 0));
}

/* Returns 0 when the call was answered with an error. */
static int is_open(struct vt_call *call, const struct vt_snap *snap)
{
    if (snap->state == NULL) {
        vt_call_fail(call, VT_RPC_BUSY, "the chain is not open yet");
    }
    return snap->state != NULL;
}

static void put_or_null(struct vt_json_maker *m, const char *key,
                        const struct vt_args *args,
                        const struct vt_address *address)
{
    if (vt_address_eq(address, &vt_address_black_hole)) {
        vt_json_put_null(m, key);
    } else {
        vt_show_address(m, key, args->chain, address);
    }
}

/* ---- stake.get ----------------------------------------------------------- */

static void answer_stake(struct vt_call *call, struct vt_args *args,
                         const struct vt_snap *snap)
{
    struct vt_json_maker m;
    struct vt_stake stake;

    if (vt_stake_get(snap->state, &args->address, &stake) != VT_OK) {
        vt_call_fail(call, VT_RPC_INTERNAL, "the entry cannot be read");
        return;
    }
    vt_call_begin(call, &m);
    vt_json_open_object(&m, "result");
    vt_show_address(&m, "address", args->chain, &args->address);
    put_token(&m, "staked", args, stake.staked);
    put_or_null(&m, "vote", args, &stake.vote);
    vt_json_open_array(&m, "leaving");
    for (uint32_t i = 0; i < stake.leaving_count; i++) {
        vt_json_open_object(&m, NULL);
        put_token(&m, "amount", args, stake.leaving[i].amount);
        vt_show_u64(&m, "free_at", stake.leaving[i].free_at);
        vt_json_close(&m);
    }
    vt_json_close(&m);
    vt_show_u64(&m, "height", snap->status.executed_height);
    vt_json_close(&m);
    vt_call_end(call, &m);
}

void vt_rpc_stake_get(struct vt_call *call, struct vt_args *args)
{
    struct vt_snap snap;

    vt_api_snap(args->chain, &snap);
    if (is_open(call, &snap)) {
        answer_stake(call, args, &snap);
    }
    vt_api_snap_fini(&snap);
}

/* ---- stake.candidates ---------------------------------------------------- */

static void put_candidate(struct vt_json_maker *m, const struct vt_args *args,
                          const struct vt_snap *snap,
                          const struct vt_address *address)
{
    struct vt_nominee n;
    struct vt_stake stake;

    if (vt_nominee_get(snap->state, address, &n) != VT_OK ||
        vt_stake_get(snap->state, address, &stake) != VT_OK) {
        return;
    }
    vt_json_open_object(m, NULL);
    vt_show_words(m, "name", "name_hex", vt_view_str(n.name));
    vt_show_address(m, "address", args->chain, address);
    vt_json_put_hex(m, "public_key", vt_view_of(n.pk, n.pk_len));
    put_token(m, "votes", args, n.votes);
    put_token(m, "own", args, stake.staked);
    vt_show_u64(m, "offences", n.offences);
    put_token(m, "slashed", args, n.slashed);
    if (n.jailed_until > snap->status.epoch) {
        vt_show_u64(m, "jailed_until", n.jailed_until);
    } else {
        vt_json_put_null(m, "jailed_until");
    }
    vt_json_close(m);
}

void vt_rpc_stake_candidates(struct vt_call *call, struct vt_args *args)
{
    const struct vt_address *list;
    struct vt_json_maker m;
    struct vt_snap snap;
    uint32_t count;

    vt_api_snap(args->chain, &snap);
    if (is_open(call, &snap)) {
        vt_call_begin(call, &m);
        vt_json_open_array(&m, "result");
        if (vt_nominees_get(snap.state, &list, &count) == VT_OK) {
            for (uint32_t i = 0; i < count; i++) {
                put_candidate(&m, args, &snap, &list[i]);
            }
        }
        vt_json_close(&m);
        vt_call_end(call, &m);
    }
    vt_api_snap_fini(&snap);
}

/* ---- chain.offences ------------------------------------------------------ */

static void put_offence(struct vt_json_maker *m, const struct vt_args *args,
                        uint64_t number, const struct vt_offence *o)
{
    vt_json_open_object(m, NULL);
    vt_show_u64(m, "number", number);
    vt_show_u64(m, "height", o->height);
    vt_show_u64(m, "epoch", o->epoch);
    vt_json_put_u64(m, "member", o->member);
    vt_json_put_u64(m, "rule", o->kind);
    vt_show_address(m, "offender", args->chain, &o->offender);
    vt_show_address(m, "reporter", args->chain, &o->reporter);
    put_token(m, "slashed", args, o->slashed);
    vt_json_put_hash(m, "evidence", &o->evidence);
    vt_json_close(m);
}

void vt_rpc_chain_offences(struct vt_call *call, struct vt_args *args)
{
    struct vt_json_maker m;
    struct vt_snap snap;
    struct vt_offence o;
    uint64_t count = 0;

    vt_api_snap(args->chain, &snap);
    if (is_open(call, &snap)) {
        vt_call_begin(call, &m);
        vt_json_open_array(&m, "result");
        (void)vt_offence_count(snap.state, &count);
        for (uint64_t i = count > OFFENCES_SHOWN ? count - OFFENCES_SHOWN : 0;
             i < count; i++) {
            if (vt_offence_get(snap.state, i, &o) == VT_OK) {
                put_offence(&m, args, i, &o);
            }
        }
        vt_json_close(&m);
        vt_call_end(call, &m);
    }
    vt_api_snap_fini(&snap);
}
