/* SPDX-License-Identifier: Apache-2.0
 *
 * exec_offence.c - EVIDENCE: who is convicted, what it costs. An offence of
 * one kind by one member is punished once in an epoch, whoever tells it first.
 */
#include "base/bytes.h"
#include "ledger/exec.h"
#include "ledger/stake_entry.h"

#include <string.h>

#define WINDOW 2u /* epochs an offence is remembered */

struct trial {
    struct vt_tx_evidence evidence;
    uint32_t member;
    struct vt_address offender;
};

/* Returns VT_OK with *code. */
static vt_status try_it(const struct vt_electorate *now, const struct vt_tx *tx,
                        struct trial *t, uint32_t *code)
{
    const struct vt_judge *judge = now->judge;
    int is_good = 0;
    vt_status status;

    *code = VT_TX_BAD_PAYLOAD;
    if (vt_tx_evidence_decode(tx->payload, &t->evidence) != VT_OK) {
        return VT_OK;
    }
    *code = VT_TX_OLD_EVIDENCE;
    if (t->evidence.epoch + WINDOW < now->epoch) {
        return VT_OK;
    }
    *code = VT_TX_BAD_EVIDENCE;
    if (judge == NULL || t->evidence.epoch > now->epoch) {
        return VT_OK;
    }
    status = judge->judge(judge->ctx, &t->evidence, &is_good, &t->member,
                          &t->offender);
    if (status == VT_OK && is_good) {
        *code = VT_TX_DONE;
    }
    return status == VT_E_NOTFOUND ? VT_OK : status;
}

static void key_of(const struct trial *t, struct vt_hash *out)
{
    vt_punished_key(t->evidence.epoch, t->member, t->evidence.kind, out);
}

uint32_t vt_offence_admit(const struct vt_electorate *now,
                          const struct vt_state *state, const struct vt_tx *tx)
{
    struct trial t = {.member = 0};
    struct vt_hash key;
    struct vt_view value;
    uint32_t code;

    if (try_it(now, tx, &t, &code) != VT_OK) {
        return VT_TX_BAD_EVIDENCE;
    }
    if (code == VT_TX_DONE) {
        key_of(&t, &key);
        code = vt_state_get(state, VT_LEDGER_LOG, &key, &value) == VT_OK
                   ? VT_TX_KNOWN_EVIDENCE
                   : VT_TX_DONE;
    }
    return code;
}

vt_status vt_exec_judge(struct vt_exec *x, const struct vt_tx *tx,
                        uint32_t *code)
{
    struct trial t = {.member = 0};
    const struct cached_entry *known;
    struct vt_hash key;
    vt_status status;

    *code = VT_TX_BAD_EVIDENCE;
    if (vt_hash_eq(&x->verdict.tx, &tx->id)) {
        *code = x->verdict.code;
        return VT_OK;
    }
    status = try_it(&x->block.now, tx, &t, code);
    if (status != VT_OK) {
        return status;
    }
    if (*code == VT_TX_DONE) {
        key_of(&t, &key);
        known = vt_exec_log(x, &key);
        if (known == NULL) {
            return VT_E_NOMEM;
        }
        *code = known->value.len > 0 ? VT_TX_KNOWN_EVIDENCE : VT_TX_DONE;
    }
    x->verdict.tx = tx->id;
    x->verdict.code = *code;
    x->verdict.member = t.member;
    x->verdict.offender = t.offender;
    return VT_OK;
}

/* ---- the punishment ------------------------------------------------------ */

static struct vt_amount part_of(const struct vt_exec *x,
                                struct vt_amount amount)
{
    struct vt_amount part;

    /* at most the whole, so it fits */
    if (!vt_amount_mul_div(amount, x->rules->election.slash_permille, 1000,
                           &part)) {
        part = amount;
    }
    return part;
}

/* Burns the offender's part; what was on its way out pays, too. */
static int slash(struct vt_exec *x, const struct vt_address *offender,
                 struct vt_amount *out)
{
    struct cached_stake *stake = vt_exec_stake(x, offender);
    struct cached_account *hole = vt_exec_account(x, &vt_address_black_hole);
    struct vt_amount cut;
    struct vt_amount sum;

    if (stake == NULL || hole == NULL) {
        return 0;
    }
    cut = part_of(x, stake->s.staked);
    sum = cut;
    (void)!vt_amount_sub(stake->s.staked, cut, &stake->s.staked);
    if (!vt_exec_count_vote(x, &stake->s.vote, cut, -1)) {
        return 0;
    }
    for (uint32_t i = 0; i < stake->s.leaving_count; i++) {
        struct vt_leaving *l = &stake->s.leaving[i];

        cut = part_of(x, l->amount);
        (void)!vt_amount_sub(l->amount, cut, &l->amount);
        (void)!vt_amount_add(sum, cut, &sum);
    }
    (void)!vt_amount_add(hole->a.token, sum, &hole->a.token);
    stake->dirty = 1;
    hole->dirty = 1;
    *out = sum;
    return 1;
}

static vt_status write_down(struct vt_exec *x, const struct vt_offence *o)
{
    static const struct vt_view none = {NULL, 0};
    uint8_t bytes[VT_OFFENCE_SIZE];
    uint8_t number[9] = {VT_ENTRY_OFFENCES};
    uint8_t punished[9] = {VT_ENTRY_PUNISHED};
    const struct cached_entry *counter;
    struct vt_hash key;
    uint64_t count;
    vt_status status;

    vt_offences_key(&key);
    counter = vt_exec_log(x, &key);
    if (counter == NULL) {
        return VT_E_NOMEM;
    }
    count = counter->value.len == 9 ? vt_get_u64(counter->value.ptr + 1) : 0;
    vt_put_u64(number + 1, count + 1);
    status = vt_exec_log_put(x, &key, vt_view_of(number, 9), none);
    if (status == VT_OK) {
        vt_offence_key(count, &key);
        vt_offence_encode(o, bytes);
        status =
            vt_exec_log_put(x, &key, vt_view_of(bytes, sizeof bytes), none);
    }
    if (status == VT_OK) {
        vt_punished_key(o->epoch, o->member, o->kind, &key);
        vt_put_u64(punished + 1, count);
        status = vt_exec_log_put(x, &key, vt_view_of(punished, 9), none);
    }
    return status;
}

uint32_t vt_exec_do_evidence(struct vt_exec *x, const struct vt_tx *tx)
{
    struct vt_offence o = {.height = x->block.height, .reporter = tx->sender};
    struct vt_tx_evidence evidence;
    struct cached_nominee *n;
    uint64_t until = x->block.now.epoch + x->rules->election.jail_epochs;
    uint32_t code;

    if (vt_exec_judge(x, tx, &code) != VT_OK) {
        return UINT32_MAX;
    }
    if (code != VT_TX_DONE) {
        return code;
    }
    (void)vt_tx_evidence_decode(tx->payload, &evidence);
    o.epoch = evidence.epoch;
    o.kind = evidence.kind;
    o.member = x->verdict.member;
    o.offender = x->verdict.offender;
    vt_hash_bytes("VTC/evidence/1", tx->payload.ptr, tx->payload.len,
                  &o.evidence);
    n = vt_exec_nominee(x, &o.offender);
    if (n == NULL || !slash(x, &o.offender, &o.slashed)) {
        return UINT32_MAX;
    }
    (void)!vt_amount_add(n->n.slashed, o.slashed, &n->n.slashed);
    n->n.offences++;
    n->n.jailed_until = until > n->n.jailed_until ? until : n->n.jailed_until;
    n->dirty = 1;
    x->verdict.code = VT_TX_KNOWN_EVIDENCE;
    return write_down(x, &o) == VT_OK ? VT_TX_DONE : UINT32_MAX;
}
