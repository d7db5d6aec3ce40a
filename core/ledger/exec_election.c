/* SPDX-License-Identifier: Apache-2.0
 *
 * exec_election.c - the end of a block on a chain that elects its members:
 * who made it, what it drew, and whether it is time to elect. An election is a
 * switch nobody has to vote for: same engine, same options, other members.
 */
#include "base/alloc.h"
#include "base/bytes.h"
#include "ledger/election.h"
#include "ledger/exec.h"
#include "ledger/stake_entry.h"

#include <string.h>

#define WEIGHT_MAX                                                             \
    (UINT64_C(1) << 50) /* so that sums fit, whatever the token */

static const struct vt_view none = {NULL, 0};

/* ---- each block ---------------------------------------------------------- */

/* Only where the count decides something: it costs a change in each block. */
static vt_status count_block(struct vt_exec *x)
{
    const struct vt_electorate *now = &x->block.now;
    uint32_t who =
        vt_address_find(now->members, now->count, &x->block.proposer);
    size_t len = 9 + 4 * (size_t)now->count;
    const struct cached_entry *old;
    struct vt_hash key;
    uint8_t *bytes;

    if (x->rules->election.presence_percent == 0 || who == UINT32_MAX) {
        return VT_OK;
    }
    vt_production_key(&key);
    old = vt_exec_log(x, &key);
    bytes = vt_arena_alloc(&x->arena, len);
    if (old == NULL || bytes == NULL) {
        return VT_E_NOMEM;
    }
    memset(bytes, 0, len);
    if (old->value.len == len && vt_get_u64(old->value.ptr + 1) == now->epoch) {
        memcpy(bytes, old->value.ptr, len);
    }
    bytes[0] = VT_ENTRY_PRODUCTION;
    vt_put_u64(bytes + 1, now->epoch);
    vt_put_u32(bytes + 9 + 4 * (size_t)who,
               vt_get_u32(bytes + 9 + 4 * (size_t)who) + 1);
    return vt_exec_log_put(x, &key, vt_view_of(bytes, len), none);
}

/* What the headers of an epoch drew is mixed until its end is settled; whoever
 * makes the last blocks then cannot choose what the next epoch starts from. */
static vt_status mix_random(struct vt_exec *x)
{
    const struct vt_switch *sw = vt_exec_switch(x);
    uint8_t bytes[VT_BEACON_SIZE] = {VT_ENTRY_BEACON};
    const struct cached_entry *old;
    struct vt_view parts[2];
    struct vt_hash key;
    struct vt_hash mixed;

    if (!x->block.has_random ||
        (sw != NULL && sw->phase == VT_SWITCH_SEALING)) {
        return VT_OK;
    }
    vt_beacon_key(&key);
    old = vt_exec_log(x, &key);
    if (old == NULL) {
        return VT_E_NOMEM;
    }
    vt_put_u64(bytes + 1, x->block.now.epoch);
    if (old->value.len == VT_BEACON_SIZE &&
        vt_get_u64(old->value.ptr + 1) == x->block.now.epoch) {
        memcpy(bytes + 9, old->value.ptr + 9, 32);
    }
    parts[0] = vt_view_of(bytes + 9, 32);
    parts[1] = vt_view_of(x->block.random, 32);
    vt_hash_tagged("VTC/beaconmix/1", parts, 2, &mixed);
    memcpy(bytes + 9, mixed.b, 32);
    return vt_exec_log_put(x, &key, vt_view_of(bytes, sizeof bytes), none);
}

/* ---- the election -------------------------------------------------------- */

static int is_time(const struct vt_exec *x)
{
    const struct election_rules *r = &x->rules->election;
    uint64_t done = x->block.height + 1 - x->block.now.start_height;

    return r->every > 0 &&
           (done + x->rules->freeze + VT_ELECTION_LEAD) % r->every == 0;
}

static uint64_t weight_of(const struct vt_exec *x, struct vt_amount votes)
{
    struct vt_amount whole;

    if (!x->rules->election.by_stake) {
        return 1;
    }
    if (!vt_amount_mul_div(votes, 1, x->rules->election.whole_token, &whole) ||
        whole.hi != 0 || whole.lo > WEIGHT_MAX) {
        return WEIGHT_MAX;
    }
    return whole.lo == 0 ? 1 : whole.lo;
}

/* What the members of an epoch made, and what that is measured by. */
struct output {
    uint32_t made[VT_MEMBERS_MAX];
    uint64_t all, weights;
};

/* Less than its share of the blocks, where the chain asks for it? */
static int is_absent(const struct vt_exec *x, const struct output *o,
                     uint32_t i)
{
    uint64_t percent = x->rules->election.presence_percent;
    struct vt_amount share;

    return percent > 0 && o->weights > 0 &&
           vt_amount_mul_div(vt_amount_u64(o->all * percent / 100),
                             x->block.now.weights[i], o->weights, &share) &&
           share.hi == 0 && o->made[i] < share.lo;
}

struct field {
    struct contender *list;
    uint32_t count;
};

/* A member's own standing, and a candidate's; NULL for no memory. */
static vt_status add(struct vt_exec *x, struct field *field,
                     const struct vt_address *address, uint32_t seat,
                     int is_gone)
{
    const struct vt_electorate *now = &x->block.now;
    const struct cached_nominee *n = vt_exec_nominee(x, address);
    const struct cached_stake *stake = vt_exec_stake(x, address);
    struct contender *c = &field->list[field->count];
    int is_candidate;

    if (n == NULL || stake == NULL) {
        return VT_E_NOMEM;
    }
    if (n->n.jailed_until > x->block.now.epoch) {
        return VT_OK;
    }
    is_candidate =
        n->n.stands &&
        vt_amount_cmp(stake->s.staked, x->rules->election.candidate_stake) >= 0;
    if (seat == UINT32_MAX && !is_candidate) {
        return VT_OK;
    }
    memset(c, 0, sizeof *c);
    c->address = *address;
    c->sits = seat != UINT32_MAX;
    c->votes = is_candidate ? n->n.votes : vt_amount_u64(0);
    c->weight = is_candidate || !x->rules->election.by_stake
                    ? weight_of(x, c->votes)
                    : now->weights[seat];
    c->name = c->sits ? vt_view_str(now->names[seat]) : vt_view_str(n->n.name);
    c->pk = c->sits ? now->keys[seat] : vt_view_of(n->n.pk, n->n.pk_len);
    c->rank = is_gone        ? CONTENDER_ABSENT
              : is_candidate ? CONTENDER_CANDIDATE
                             : CONTENDER_SITTING;
    field->count++;
    return VT_OK;
}

static vt_status read_output(struct vt_exec *x, struct output *out)
{
    const struct vt_electorate *now = &x->block.now;
    const struct cached_entry *entry;
    struct vt_hash key;

    memset(out, 0, sizeof *out);
    vt_production_key(&key);
    entry = vt_exec_log(x, &key);
    if (entry == NULL) {
        return VT_E_NOMEM;
    }
    for (uint32_t i = 0; i < now->count; i++) {
        if (entry->value.len == 9 + 4 * (size_t)now->count) {
            out->made[i] = vt_get_u32(entry->value.ptr + 9 + 4 * (size_t)i);
        }
        out->all += out->made[i];
        out->weights += now->weights[i];
    }
    return VT_OK;
}

static vt_status gather(struct vt_exec *x, struct field *field)
{
    const struct vt_electorate *now = &x->block.now;
    const struct exec_nominees *standing = vt_exec_standing(x);
    struct output output;
    vt_status status = read_output(x, &output);

    field->list = vt_arena_alloc(&x->arena, (VT_NOMINEES_MAX + now->count) *
                                                sizeof *field->list);
    if (standing == NULL || field->list == NULL) {
        return VT_E_NOMEM;
    }
    for (uint32_t i = 0; i < now->count && status == VT_OK; i++) {
        status = add(x, field, &now->members[i], i, is_absent(x, &output, i));
    }
    for (uint32_t i = 0; i < standing->count && status == VT_OK; i++) {
        if (vt_address_find(now->members, now->count, &standing->list[i]) ==
            UINT32_MAX) {
            status = add(x, field, &standing->list[i], UINT32_MAX, 0);
        }
    }
    return status;
}

static vt_status schedule(struct vt_exec *x, const struct field *field,
                          uint32_t chosen)
{
    struct vt_buf members = VT_BUF_INIT(VT_TX_MAX);
    struct vt_buf spec = VT_BUF_INIT(VT_TX_MAX);
    struct vt_tx_switch p = {.at = x->block.height + x->rules->freeze +
                                   VT_ELECTION_LEAD,
                             .member_count = chosen};
    vt_status status;

    for (uint32_t i = 0; i < chosen; i++) {
        const struct vt_switch_member m = {.name = field->list[i].name,
                                           .pk = field->list[i].pk,
                                           .weight = field->list[i].weight};

        (void)vt_switch_member_encode(&m, &members);
    }
    p.members = vt_buf_view(&members);
    (void)vt_tx_switch_encode(&p, &spec);
    status = members.failed != VT_OK ? members.failed : spec.failed;
    if (status == VT_OK) {
        status = vt_exec_schedule(x, p.at, vt_buf_view(&spec));
    }
    vt_buf_fini(&members);
    vt_buf_fini(&spec);
    return status;
}

static vt_status elect(struct vt_exec *x)
{
    const struct vt_switch *sw = vt_exec_switch(x);
    struct field field = {.count = 0};
    uint32_t chosen;
    vt_status status;

    if (sw != NULL && sw->phase != VT_SWITCH_PROPOSED) {
        return VT_OK;
    }
    status = gather(x, &field);
    if (status != VT_OK) {
        return status;
    }
    chosen = vt_election_run(field.list, field.count, x->block.now.count,
                             x->rules->election.seats);
    return chosen == 0 ? VT_OK : schedule(x, &field, chosen);
}

vt_status vt_exec_election_end(struct vt_exec *x)
{
    vt_status status = count_block(x);

    if (status == VT_OK) {
        status = mix_random(x);
    }
    return status == VT_OK && is_time(x) ? elect(x) : status;
}
