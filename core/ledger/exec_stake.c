/* SPDX-License-Identifier: Apache-2.0
 *
 * exec_stake.c - STAKE, UNSTAKE, VOTE and CANDIDATE. Votes are kept as sums,
 * so that an election reads each candidate once and no voter.
 */
#include "base/bytes.h"
#include "ledger/exec.h"
#include "ledger/stake_entry.h"

#include <string.h>

int vt_exec_count_vote(struct vt_exec *x, const struct vt_address *candidate,
                       struct vt_amount amount, int sign)
{
    struct cached_nominee *c;

    if (vt_address_eq(candidate, &vt_address_black_hole) ||
        vt_amount_is_zero(amount)) {
        return 1;
    }
    c = vt_exec_nominee(x, candidate);
    if (c == NULL) {
        return 0;
    }
    if (sign > 0) {
        (void)!vt_amount_add(c->n.votes, amount, &c->n.votes);
    } else {
        (void)!vt_amount_sub(c->n.votes, amount, &c->n.votes);
    }
    c->dirty = 1;
    return 1;
}

/* What is free by now goes back to the account. */
static void take_free(struct vt_exec *x, struct cached_stake *stake,
                      struct cached_account *account)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < stake->s.leaving_count; i++) {
        const struct vt_leaving *l = &stake->s.leaving[i];

        if (l->free_at <= x->block.height) {
            (void)!vt_amount_add(account->a.token, l->amount,
                                 &account->a.token);
            account->dirty = stake->dirty = 1;
        } else {
            stake->s.leaving[kept++] = *l;
        }
    }
    memset(&stake->s.leaving[kept], 0,
           (stake->s.leaving_count - kept) * sizeof stake->s.leaving[0]);
    stake->s.leaving_count = kept;
}

struct staker {
    struct cached_account *account;
    struct cached_stake *stake;
};

static uint32_t open_staker(struct vt_exec *x, const struct vt_tx *tx,
                            struct staker *out)
{
    if (x->rules->election.every == 0) {
        return VT_TX_NO_ELECTION;
    }
    out->account = vt_exec_account(x, &tx->sender);
    out->stake = vt_exec_stake(x, &tx->sender);
    return out->account == NULL || out->stake == NULL ? UINT32_MAX : VT_TX_DONE;
}

uint32_t vt_exec_do_stake(struct vt_exec *x, const struct vt_tx *tx)
{
    struct staker who;
    struct vt_amount amount;
    uint32_t code = open_staker(x, tx, &who);

    if (code != VT_TX_DONE) {
        return code;
    }
    if (vt_tx_stake_decode(tx->payload, &amount) != VT_OK) {
        return VT_TX_BAD_PAYLOAD;
    }
    if (vt_amount_is_zero(amount)) {
        return VT_TX_BAD_AMOUNT;
    }
    if (vt_amount_cmp(who.account->a.token, amount) < 0) {
        return VT_TX_NO_FUNDS;
    }
    if (!vt_exec_count_vote(x, &who.stake->s.vote, amount, 1)) {
        return UINT32_MAX;
    }
    (void)!vt_amount_sub(who.account->a.token, amount, &who.account->a.token);
    (void)!vt_amount_add(who.stake->s.staked, amount, &who.stake->s.staked);
    who.account->dirty = who.stake->dirty = 1;
    take_free(x, who.stake, who.account);
    return VT_TX_DONE;
}

uint32_t vt_exec_do_unstake(struct vt_exec *x, const struct vt_tx *tx)
{
    struct staker who;
    struct vt_leaving *l;
    struct vt_amount amount;
    uint32_t code = open_staker(x, tx, &who);

    if (code != VT_TX_DONE) {
        return code;
    }
    if (vt_tx_stake_decode(tx->payload, &amount) != VT_OK) {
        return VT_TX_BAD_PAYLOAD;
    }
    if (vt_amount_cmp(who.stake->s.staked, amount) < 0) {
        return VT_TX_NO_FUNDS;
    }
    take_free(x, who.stake, who.account);
    if (vt_amount_is_zero(amount)) {
        return VT_TX_DONE;
    }
    if (who.stake->s.leaving_count == VT_LEAVING_MAX) {
        return VT_TX_LEAVING_FULL;
    }
    if (!vt_exec_count_vote(x, &who.stake->s.vote, amount, -1)) {
        return UINT32_MAX;
    }
    l = &who.stake->s.leaving[who.stake->s.leaving_count++];
    l->free_at = x->block.height + x->rules->election.unbond;
    l->amount = amount;
    (void)!vt_amount_sub(who.stake->s.staked, amount, &who.stake->s.staked);
    who.stake->dirty = 1;
    return VT_TX_DONE;
}

static uint32_t move_vote(struct vt_exec *x, struct cached_stake *stake,
                          const struct vt_address *to)
{
    if (!vt_exec_count_vote(x, &stake->s.vote, stake->s.staked, -1) ||
        !vt_exec_count_vote(x, to, stake->s.staked, 1)) {
        return UINT32_MAX;
    }
    stake->s.vote = *to;
    stake->dirty = 1;
    return VT_TX_DONE;
}

uint32_t vt_exec_do_vote(struct vt_exec *x, const struct vt_tx *tx)
{
    struct staker who;
    struct vt_address to;
    const struct cached_nominee *self;
    const struct cached_nominee *candidate;
    uint32_t code = open_staker(x, tx, &who);

    if (code != VT_TX_DONE) {
        return code;
    }
    if (vt_tx_vote_decode(tx->payload, &to) != VT_OK) {
        return VT_TX_BAD_PAYLOAD;
    }
    self = vt_exec_nominee(x, &tx->sender);
    candidate = vt_exec_nominee(x, &to);
    if (self == NULL || candidate == NULL) {
        return UINT32_MAX;
    }
    if (self->n.stands && !vt_address_eq(&to, &tx->sender)) {
        return VT_TX_OWN_VOTE;
    }
    if (!vt_address_eq(&to, &vt_address_black_hole) && !candidate->n.stands) {
        return VT_TX_NOT_CANDIDATE;
    }
    return move_vote(x, who.stake, &to);
}

/* ---- candidates ---------------------------------------------------------- */

static int is_a_members_name(const struct vt_electorate *now,
                             const struct vt_address *sender,
                             struct vt_view name)
{
    for (uint32_t i = 0; i < now->count; i++) {
        if (vt_view_eq(vt_view_str(now->names[i]), name) &&
            !vt_address_eq(&now->members[i], sender)) {
            return 1;
        }
    }
    return 0;
}

/* Claims the name for the sender. */
static uint32_t claim(struct vt_exec *x, const struct vt_address *sender,
                      struct vt_view name)
{
    uint8_t type = VT_ENTRY_NAME;
    struct cached_entry *owner;
    struct vt_hash key;

    vt_name_key(name, &key);
    owner = vt_exec_log(x, &key);
    if (owner == NULL) {
        return UINT32_MAX;
    }
    if (is_a_members_name(&x->block.now, sender, name) ||
        (owner->value.len == 1 + VT_ADDRESS_LEN &&
         memcmp(owner->value.ptr + 1, sender->b, VT_ADDRESS_LEN) != 0)) {
        return VT_TX_NAME_TAKEN;
    }
    if (owner->value.len == 0 &&
        vt_exec_log_put(x, &key, vt_view_of(&type, 1),
                        vt_view_of(sender->b, VT_ADDRESS_LEN)) != VT_OK) {
        return UINT32_MAX;
    }
    return VT_TX_DONE;
}

static uint32_t stand_down(struct vt_exec *x, const struct vt_address *sender,
                           struct cached_nominee *self)
{
    struct exec_nominees *s = vt_exec_standing(x);
    uint32_t at;

    if (s == NULL) {
        return UINT32_MAX;
    }
    if (!self->n.stands) {
        return VT_TX_NOT_CANDIDATE;
    }
    at = vt_address_find(s->list, s->count, sender);
    if (at != UINT32_MAX) {
        s->count--;
        memmove(&s->list[at], &s->list[at + 1],
                (s->count - at) * sizeof s->list[0]);
    }
    s->is_dirty = 1;
    self->n.stands = 0;
    self->dirty = 1;
    return VT_TX_DONE;
}

static uint32_t stand(struct vt_exec *x, const struct vt_tx *tx,
                      struct vt_view name, struct cached_nominee *self,
                      struct cached_stake *stake)
{
    struct exec_nominees *s = vt_exec_standing(x);
    uint32_t code;

    if (s == NULL) {
        return UINT32_MAX;
    }
    if (vt_amount_cmp(stake->s.staked, x->rules->election.candidate_stake) <
        0) {
        return VT_TX_LOW_STAKE;
    }
    if (!self->n.stands && s->count == VT_NOMINEES_MAX) {
        return VT_TX_CANDIDATES_FULL;
    }
    code = claim(x, &tx->sender, name);
    if (code != VT_TX_DONE) {
        return code;
    }
    memset(self->n.name, 0, sizeof self->n.name);
    memcpy(self->n.name, name.ptr, name.len);
    memcpy(self->n.pk, tx->pk.ptr, tx->pk.len);
    self->n.pk_len = (uint32_t)tx->pk.len;
    self->dirty = 1;
    if (!self->n.stands) {
        self->n.stands = 1;
        s->list[s->count++] = tx->sender;
        s->is_dirty = 1;
    }
    return move_vote(x, stake, &tx->sender);
}

uint32_t vt_exec_do_candidate(struct vt_exec *x, const struct vt_tx *tx)
{
    struct cached_nominee *self;
    struct staker who;
    struct vt_view name;
    uint32_t code = open_staker(x, tx, &who);

    if (code != VT_TX_DONE) {
        return code;
    }
    if (vt_tx_candidate_decode(tx->payload, &name) != VT_OK) {
        return VT_TX_BAD_PAYLOAD;
    }
    if (tx->scheme != x->block.now.scheme) {
        return VT_TX_BAD_PAYLOAD; /* its key could not sign votes */
    }
    self = vt_exec_nominee(x, &tx->sender);
    if (self == NULL) {
        return UINT32_MAX;
    }
    return name.len == 0 ? stand_down(x, &tx->sender, self)
                         : stand(x, tx, name, self, who.stake);
}
