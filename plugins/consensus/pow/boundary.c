/* SPDX-License-Identifier: Apache-2.0
 *
 * boundary.c - the members agree on the last block of the epoch (B1..B4): one
 * decision of the ordering core, whose certificate is the handoff. Depth alone
 * would be likely only, and two deep chains could each begin an epoch.
 */
#include "inside.h"

#include "common/ordering.h"

#define ROLE_BASE 1u /* of the core's signatures; this engine has no others */
#define TOKEN_MARK (UINT64_C(1) << 56)
#define TIMEOUT_TICKS 4u

/* ---- what the core asks -------------------------------------------------- */

/* Several headers may name one block; POW_NONE when none of them is good. */
static uint32_t find_held(const struct vt_cs *cs, const uint8_t id[32])
{
    for (uint32_t i = 0; i < cs->top; i++) {
        const struct pow_entry *e = &cs->list[i];

        if (e->state == POW_GOOD && e->h.height == cs->seal &&
            memcmp(e->h.id, id, 32) == 0) {
            return i;
        }
    }
    return POW_NONE;
}

static void on_persist(void *ctx, uint32_t slot, struct vt_view bytes)
{
    struct vt_cs *cs = ctx;

    cs_emit_persist(&cs->box, POW_SLOT_BOUNDARY + slot, bytes);
}

/* D2: what is voted for is durable with all it stands on. The head's branch is
 * already; a block others have notarized need not be on it. */
static void on_store(void *ctx, const struct bft_block *block)
{
    struct vt_cs *cs = ctx;
    uint32_t i = find_held(cs, block->value);

    if (i != POW_NONE && pow_descends(cs, i, cs->final)) {
        pow_store_branch(cs, i, cs->final);
    }
}

static void on_sign(void *ctx, uint64_t token, uint32_t role, uint64_t major,
                    struct vt_view msg)
{
    struct vt_cs *cs = ctx;

    cs_bft_sign(&cs->box, token | TOKEN_MARK, role, major, msg);
}

static void on_verify(void *ctx, uint64_t token,
                      const struct vt_verify_item *items, uint32_t count)
{
    struct vt_cs *cs = ctx;

    cs_bft_verify(&cs->box, token | TOKEN_MARK, items, count);
}

static void on_send(void *ctx, uint32_t to, uint32_t proto, struct vt_view msg)
{
    struct vt_cs *cs = ctx;
    struct vt_eff_send e = {.h.flags = VT_EFF_EARLY,
                            .to = to,
                            .proto = POW_PROTO_BOUNDARY + proto,
                            .klass = proto == BFT_PROPOSE ? VT_SEND_PROP
                                     : proto == BFT_CERT  ? VT_SEND_CERT
                                                          : VT_SEND_VOTE,
                            .msg = msg};

    cs_emit_send(&cs->box, &e, NULL);
}

static void on_timer(void *ctx, uint32_t timer, uint64_t delay_ns)
{
    struct vt_cs *cs = ctx;

    cs_bft_timer(&cs->box, POW_TIMER_BOUNDARY + timer, delay_ns);
}

/* B1: the last block of the head's branch, when it is as deep as any other
 * must be. POW_NONE otherwise. */
static uint32_t find_boundary(const struct vt_cs *cs)
{
    return cs->is_lost || !pow_is_settled(cs, cs->seal)
               ? POW_NONE
               : pow_ancestor(cs, cs->head, cs->seal);
}

/* B2: on top of a boundary that was notarized, the same one again. */
static int on_value(void *ctx, uint64_t view, const struct bft_block *parent,
                    uint64_t *height, uint8_t value[32])
{
    const struct vt_cs *cs = ctx;
    uint32_t i;

    (void)view;
    if (parent->height >= cs->seal) {
        *height = parent->height + 1;
        memcpy(value, parent->value, 32);
        return find_held(cs, parent->value) != POW_NONE;
    }
    i = find_boundary(cs);
    if (i == POW_NONE) {
        return 0;
    }
    *height = cs->seal;
    memcpy(value, cs->list[i].h.id, 32);
    return 1;
}

static uint32_t on_check(void *ctx, const struct bft_block *block,
                         const struct bft_block *parent)
{
    const struct vt_cs *cs = ctx;
    uint32_t i;

    if (!pow_rule_may_name(block, parent, cs->seal)) {
        return VT_BAD;
    }
    if (parent->height >= cs->seal) {
        return find_held(cs, block->value) != POW_NONE ? VT_GOOD : VT_LATER;
    }
    i = find_boundary(cs);
    return i != POW_NONE && memcmp(cs->list[i].h.id, block->value, 32) == 0
               ? VT_GOOD
               : VT_LATER;
}

static void on_final(void *ctx, const struct bft_block *block,
                     struct vt_view proof)
{
    struct vt_cs *cs = ctx;
    struct pow_boundary *b = &cs->boundary;
    struct cs_wr wr;

    if (b->is_final || block->height < cs->seal) {
        return;
    }
    cs_wr_init(&wr, b->proof, POW_BOUNDARY_PROOF_MAX);
    cs_put_u8(&wr, POW_PROOF_AGREED);
    cs_put_u16(&wr, (uint32_t)(block->height - cs->seal));
    cs_put(&wr, proof.ptr, proof.len);
    if (wr.is_full) {
        return;
    }
    b->is_final = 1;
    b->len = wr.len;
    memcpy(b->id, block->value, 32);
    pow_trace(cs, "B3 boundary final", cs->seal);
    pow_apply_anchor(cs);
}

static void on_evidence(void *ctx, uint32_t kind, uint32_t member,
                        struct vt_view a, struct vt_view b)
{
    struct vt_cs *cs = ctx;

    cs_emit_evidence(&cs->box, kind, member, a, b);
}

static void on_penalize(void *ctx, uint32_t peer, const char *why)
{
    pow_penalize(ctx, peer, why);
}

static void on_trace(void *ctx, const char *what, uint64_t view)
{
    pow_trace(ctx, what, view);
}

static const struct bft_ops ops = {.persist = on_persist,
                                   .store = on_store,
                                   .sign = on_sign,
                                   .verify = on_verify,
                                   .send = on_send,
                                   .timer = on_timer,
                                   .value = on_value,
                                   .check = on_check,
                                   .final = on_final,
                                   .evidence = on_evidence,
                                   .penalize = on_penalize,
                                   .trace = on_trace};

/* ---- making the instance ------------------------------------------------- */

static vt_status core_slots(const struct vt_cs_start *start,
                            struct vt_slot **out, uint32_t *count)
{
    *out = calloc(start->slots.count + 1u, sizeof **out);
    *count = 0;
    if (*out == NULL) {
        return VT_E_NOMEM;
    }
    for (uint32_t i = 0; i < start->slots.count; i++) {
        struct vt_slot slot = *VT_AT(struct vt_slot, start->slots, i);

        if (slot.slot >= POW_SLOT_BOUNDARY && slot.bytes.len > 0) {
            slot.slot -= POW_SLOT_BOUNDARY;
            (*out)[(*count)++] = slot;
        }
    }
    return VT_OK;
}

/* D6: a boundary the host holds as final is final here. */
static void take_final(struct vt_cs *cs, const struct vt_cs_start *start,
                       struct bft_config *config)
{
    struct pow_agreed agreed;

    if (start->final_height < cs->terms.start_height ||
        !pow_get_agreed(start->final_proof, &agreed)) {
        return;
    }
    config->final_proof = agreed.bft;
    config->final_height = start->final_height + agreed.again;
    memcpy(config->final_value, start->final_id, 32);
}

vt_status pow_boundary_open(struct vt_cs *cs, const struct vt_cs_start *start,
                            struct vt_err *err)
{
    uint8_t order[POW_MEMBERS_MAX];
    struct bft_config config = {.host = cs->host,
                                .crypto = cs->crypto,
                                .ops = &ops,
                                .ctx = cs,
                                .epoch = start->epoch,
                                .self = cs->self,
                                .role_base = ROLE_BASE,
                                .order = order,
                                .order_count = cs->n,
                                .is_once = 1,
                                .timeout_ns = TIMEOUT_TICKS * cs->tick_ns,
                                .retransmit_ns = cs->tick_ns,
                                .root_height = cs->terms.start_height - 1};
    struct vt_slot *slots = NULL;
    uint32_t count = 0;
    vt_status status;

    if (!cs->terms.is_agreed) {
        return VT_OK;
    }
    for (uint32_t i = 0; i < cs->n; i++) {
        order[i] = (uint8_t)((i + start->epoch->beacon[0]) % cs->n);
    }
    memcpy(config.root_value, start->epoch->parent, 32);
    take_final(cs, start, &config);
    cs->boundary.proof = malloc(POW_BOUNDARY_PROOF_MAX);
    status = cs->boundary.proof == NULL ? VT_E_NOMEM
                                        : core_slots(start, &slots, &count);
    if (status != VT_OK) {
        return cs_fail(err, status, "no memory for the boundary's agreement");
    }
    config.slots.ptr = slots;
    config.slots.count = count;
    config.slots.stride = sizeof *slots;
    status = bft_new(&config, &cs->boundary.core, err);
    free(slots);
    return status;
}

void pow_boundary_close(struct vt_cs *cs)
{
    bft_free(cs->boundary.core);
    free(cs->boundary.proof);
}

/* ---- events -------------------------------------------------------------- */

/* Nothing is said before SEAL: only then does anybody know the height. */
void pow_boundary_start(struct vt_cs *cs)
{
    struct pow_boundary *b = &cs->boundary;

    if (b->core != NULL && !b->is_open && cs->seal != 0) {
        b->is_open = 1;
        bft_start(b->core);
    }
}

void pow_boundary_recv(struct vt_cs *cs, const struct vt_ev_recv *ev)
{
    struct pow_boundary *b = &cs->boundary;

    if (b->is_open && ev->from < cs->n) {
        bft_recv(b->core, ev->from, ev->proto - POW_PROTO_BOUNDARY, ev->msg);
    }
}

void pow_boundary_timer(struct vt_cs *cs, uint64_t timer)
{
    if (cs->boundary.is_open) {
        bft_timer(cs->boundary.core, (uint32_t)(timer - POW_TIMER_BOUNDARY));
    }
}

void pow_boundary_done(struct vt_cs *cs, const struct vt_ev_done *ev)
{
    static const struct vt_view none;
    struct vt_view data = ev->status == VT_OK ? ev->data : none;
    uint64_t token = ev->token & ~TOKEN_MARK;

    if (!cs->boundary.is_open) {
        return;
    }
    if ((ev->h.type & ~VT_EV_CRITICAL) == VT_EV_SIGNED) {
        bft_signed(cs->boundary.core, token, data);
    } else {
        bft_verified(cs->boundary.core, token, data);
    }
}

/* The head moved, or something else that find_boundary() looks at. */
static void poke(struct vt_cs *cs)
{
    struct pow_boundary *b = &cs->boundary;
    const struct pow_entry *head = &cs->list[cs->head];
    const struct bft_block *top = bft_notarized(b->core);
    uint32_t is_idle = top->height < cs->seal && find_boundary(cs) == POW_NONE;

    if (is_idle != b->is_idle) {
        b->is_idle = is_idle;
        bft_idle(b->core, (int)is_idle);
    }
    if (memcmp(b->poked_at, head->hash, 32) != 0) {
        memcpy(b->poked_at, head->hash, 32);
        bft_poke(b->core);
    }
}

/* B4: what most have named is what to follow, else a few could be left alone
 * with another branch for ever. */
static void pick(struct vt_cs *cs)
{
    struct pow_boundary *b = &cs->boundary;
    const struct bft_block *top = bft_notarized(b->core);

    if (!b->is_final && top->height >= cs->seal) {
        b->has_pick = 1;
        memcpy(b->pick, top->value, 32);
    } else if (b->is_final) {
        b->has_pick = 1;
        memcpy(b->pick, b->id, 32);
    }
}

void pow_boundary_update(struct vt_cs *cs)
{
    if (cs->boundary.is_open && !cs->is_sealed) {
        poke(cs);
        pick(cs);
    }
}

int pow_boundary_is_missing(const struct vt_cs *cs)
{
    const struct pow_boundary *b = &cs->boundary;

    return b->has_pick && !cs->is_sealed &&
           pow_find_block(cs, b->pick, cs->seal) == POW_NONE;
}

int pow_stands_on_pick(const struct vt_cs *cs, uint32_t i)
{
    uint32_t at = pow_ancestor(cs, i, cs->seal);

    return at != POW_NONE &&
           memcmp(cs->list[at].h.id, cs->boundary.pick, 32) == 0;
}

/* ---- for strangers ------------------------------------------------------- */

vt_status pow_check_agreed(const struct vt_host *host,
                           const struct vt_cs_epoch *epoch, uint64_t height,
                           const uint8_t id[32], struct vt_view proof,
                           uint32_t *verdict, struct vt_err *err)
{
    struct pow_agreed agreed;

    *verdict = VT_BAD;
    if (height < epoch->start_height || height > UINT64_MAX - BFT_PATH_MAX ||
        !pow_get_agreed(proof, &agreed)) {
        return VT_OK;
    }
    return bft_check_proof(host, epoch, ROLE_BASE, height + agreed.again, id,
                           agreed.bft, verdict, err);
}

/* Only what members agreed on is signed; work has no short form. */
vt_status pow_shorten_agreed(struct bft_claim *claim, struct vt_view proof,
                             struct vt_sink *out, struct vt_err *err)
{
    struct pow_agreed agreed;
    vt_status status;

    if (!pow_get_agreed(proof, &agreed)) {
        return VT_E_UNSUPPORTED;
    }
    claim->role_base = ROLE_BASE;
    claim->height += agreed.again;
    claim->proof = agreed.bft;
    status = out->write(out, proof.ptr, proof.len - agreed.bft.len);
    return status == VT_OK ? bft_shorten(claim, out, err) : status;
}

vt_status pow_check_agreed_short(struct bft_claim *claim, struct vt_view proof,
                                 uint32_t *verdict, struct vt_err *err)
{
    struct pow_agreed agreed;

    *verdict = VT_BAD;
    if (claim->height < claim->epoch->start_height ||
        claim->height > UINT64_MAX - BFT_PATH_MAX ||
        !pow_get_agreed(proof, &agreed)) {
        return VT_OK;
    }
    claim->role_base = ROLE_BASE;
    claim->height += agreed.again;
    claim->proof = agreed.bft;
    return bft_check_short(claim, verdict, err);
}

vt_status pow_check_evidence(const struct vt_host *host,
                             const struct vt_cs_epoch *epoch, uint32_t kind,
                             struct vt_view a, struct vt_view b,
                             uint32_t *member, uint32_t *verdict,
                             struct vt_err *err)
{
    return bft_check_evidence(host, epoch, ROLE_BASE, kind, a, b, member,
                              verdict, err);
}
