/* SPDX-License-Identifier: Apache-2.0
 *
 * pointers.c - finality: the ordering core agrees on pointers into the tree,
 * everything below a final one is decided.
 */
#include "inside.h"

#include "common/ordering.h"

/* ---- what the core asks -------------------------------------------------- */

static void on_persist(void *ctx, uint32_t slot, struct vt_view bytes)
{
    struct vt_cs *cs = ctx;

    cs_emit_persist(&cs->box, slot, bytes);
}

/* D2: a good block is stored already, and what is not good is not voted for. */
static void on_store(void *ctx, const struct bft_block *block)
{
    (void)ctx;
    (void)block;
}

static void on_sign(void *ctx, uint64_t token, uint32_t role, uint64_t major,
                    struct vt_view msg)
{
    struct vt_cs *cs = ctx;

    cs_bft_sign(&cs->box, token | POS_TOKEN_BFT, role, major, msg);
}

static void on_verify(void *ctx, uint64_t token,
                      const struct vt_verify_item *items, uint32_t count)
{
    struct vt_cs *cs = ctx;

    cs_bft_verify(&cs->box, token | POS_TOKEN_BFT, items, count);
}

static void on_send(void *ctx, uint32_t to, uint32_t proto, struct vt_view msg)
{
    struct vt_cs *cs = ctx;
    struct vt_eff_send e = {.h.flags = VT_EFF_EARLY,
                            .to = to,
                            .proto = POS_PROTO_BFT + proto,
                            .klass = proto == BFT_PROPOSE ? VT_SEND_PROP
                                     : proto == BFT_CERT  ? VT_SEND_CERT
                                                          : VT_SEND_VOTE,
                            .msg = msg};

    cs_emit_send(&cs->box, &e, NULL);
}

static void on_timer(void *ctx, uint32_t timer, uint64_t delay_ns)
{
    struct vt_cs *cs = ctx;

    cs_bft_timer(&cs->box, POS_TIMER_BFT + timer, delay_ns);
}

static int is_ripe(const struct vt_cs *cs, uint32_t index)
{
    const struct pos_word *w = &cs->blocks[index].word;
    uint64_t now = pos_now_slot(cs);

    return pos_rule_ripe(pos_head_height(cs) - w->height,
                         now > w->slot ? now - w->slot : 0, cs->opt.share);
}

/* The highest block of the head's branch a pointer may name above parent, or
 * POS_NONE. */
static uint32_t find_pointer(const struct vt_cs *cs,
                             const struct bft_block *parent)
{
    uint32_t base = pos_find_link(cs, parent->height, parent->value);
    uint32_t at = cs->head;

    if (base == POS_NONE || !pos_descends(cs, at, base)) {
        return POS_NONE;
    }
    while (at < POS_BLOCKS && cs->blocks[at].word.height > parent->height) {
        const struct pos_block *b = &cs->blocks[at];

        if (b->word.height <= parent->height + POS_STRIDE &&
            b->word.height < cs->root.height + POS_PATH &&
            (cs->seal == 0 || b->word.height <= cs->seal) && is_ripe(cs, at)) {
            return at;
        }
        at = b->up;
    }
    return POS_NONE;
}

static int on_value(void *ctx, uint64_t view, const struct bft_block *parent,
                    uint64_t *height, uint8_t value[32])
{
    const struct vt_cs *cs = ctx;
    uint32_t at = find_pointer(cs, parent);

    (void)view;
    if (at == POS_NONE) {
        return 0;
    }
    *height = cs->blocks[at].word.height;
    memcpy(value, cs->blocks[at].link, 32);
    return 1;
}

static uint32_t on_check(void *ctx, const struct bft_block *block,
                         const struct bft_block *parent)
{
    struct vt_cs *cs = ctx;
    uint32_t base = pos_find_link(cs, parent->height, parent->value);
    uint32_t at = pos_find_link(cs, block->height, block->value);

    if (block->height > parent->height + POS_STRIDE) {
        return VT_BAD;
    }
    if (base == POS_NONE || at >= POS_BLOCKS ||
        block->height >= cs->root.height + POS_PATH ||
        (cs->seal != 0 && block->height > cs->seal)) {
        return VT_LATER;
    }
    if (!pos_descends(cs, at, base)) {
        return VT_BAD;
    }
    return pos_descends(cs, cs->head, at) && is_ripe(cs, at) ? VT_GOOD
                                                             : VT_LATER;
}

static void on_final(void *ctx, const struct bft_block *block,
                     struct vt_view proof)
{
    struct vt_cs *cs = ctx;

    if (block->height <= cs->fin.height || proof.len > BFT_MESSAGE_MAX) {
        return;
    }
    /* one at a time: the path of a proof stays short */
    pos_commit(cs);
    cs->fin.height = block->height;
    memcpy(cs->fin.value, block->value, 32);
    memcpy(cs->fin.proof, proof.ptr, proof.len);
    cs->fin.len = proof.len;
    pos_trace(cs, "F1 final pointer", block->height);
}

static void on_evidence(void *ctx, uint32_t kind, uint32_t member,
                        struct vt_view a, struct vt_view b)
{
    struct vt_cs *cs = ctx;

    cs_emit_evidence(&cs->box, kind, member, a, b);
}

static void on_penalize(void *ctx, uint32_t peer, const char *why)
{
    pos_penalize(ctx, peer, why);
}

static void on_trace(void *ctx, const char *what, uint64_t view)
{
    pos_trace(ctx, what, view);
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

/* Leaders of views in an order that nobody could choose. */
static void shuffle(const struct vt_cs *cs, uint8_t *order)
{
    uint8_t hash[32];
    uint8_t count[4];
    struct cs_wr wr;
    struct vt_view parts[2] = {{cs->beacon, 32}, {count, sizeof count}};

    for (uint32_t i = 0; i < cs->n; i++) {
        order[i] = (uint8_t)i;
    }
    for (uint32_t i = cs->n; i-- > 1;) {
        uint32_t k;
        uint8_t swap;

        cs_wr_init(&wr, count, sizeof count);
        cs_put_u32(&wr, i);
        (void)cs->crypto->hash(cs->host, "VTC/pos/order/1", parts, 2, hash);
        k = ((uint32_t)hash[0] << 16 | (uint32_t)hash[1] << 8 | hash[2]) %
            (i + 1);
        swap = order[i];
        order[i] = order[k];
        order[k] = swap;
    }
}

static vt_status core_slots(const struct vt_cs_start *start,
                            struct vt_slot **out, uint32_t *count)
{
    *out = calloc(start->slots.count + 1u, sizeof **out);
    *count = 0;
    if (*out == NULL) {
        return VT_E_NOMEM;
    }
    for (uint32_t i = 0; i < start->slots.count; i++) {
        const struct vt_slot *slot = VT_AT(struct vt_slot, start->slots, i);

        if (slot->slot < BFT_SLOTS && slot->bytes.len > 0) {
            (*out)[(*count)++] = *slot;
        }
    }
    return VT_OK;
}

/* D6: the pointer that made the host's last block final is final here, too. */
static vt_status take_final(struct vt_cs *cs, const struct vt_cs_start *start,
                            struct bft_config *config, struct vt_err *err)
{
    struct cs_pointed p;

    if (start->final_height < cs->start) {
        memcpy(cs->root.link, start->epoch->parent, 32);
        return VT_OK;
    }
    if (!cs_get_pointed(start->final_proof, &p)) {
        return cs_fail(err, VT_E_CORRUPT,
                       "the proof of the last final block is not one of this "
                       "engine");
    }
    cs_link_next(&cs->hasher, p.below, start->final_id, cs->root.link);
    config->final_proof = p.bft;
    config->final_height = start->final_height + p.above;
    cs_pointed_value(&cs->hasher, &p, start->final_id, config->final_value);
    cs->fin.height = config->final_height;
    memcpy(cs->fin.value, config->final_value, 32);
    cs->fin.len = p.bft.len;
    if (p.bft.len > BFT_MESSAGE_MAX) {
        return cs_fail(err, VT_E_CORRUPT, "the last final proof is too long");
    }
    memcpy(cs->fin.proof, p.bft.ptr, p.bft.len);
    return VT_OK;
}

vt_status pos_pointers_open(struct vt_cs *cs, const struct vt_cs_start *start,
                            struct vt_err *err)
{
    uint8_t order[CS_MEMBERS_MAX];
    struct bft_config config = {.host = cs->host,
                                .crypto = cs->crypto,
                                .ops = &ops,
                                .ctx = cs,
                                .epoch = start->epoch,
                                .self = cs->self,
                                .role_base = POS_ROLE_BFT,
                                .order = order,
                                .order_count = cs->n,
                                .timeout_ns = cs->opt.timeout_ns,
                                .retransmit_ns = cs->opt.tick_ns,
                                .root_height = cs->start - 1};
    struct vt_slot *slots = NULL;
    uint32_t count = 0;
    vt_status status;

    shuffle(cs, order);
    memcpy(config.root_value, start->epoch->parent, 32);
    status = take_final(cs, start, &config, err);
    if (status == VT_OK) {
        status = core_slots(start, &slots, &count);
    }
    if (status == VT_OK) {
        config.slots.ptr = slots;
        config.slots.count = count;
        config.slots.stride = sizeof *slots;
        status = bft_new(&config, &cs->bft, err);
    }
    free(slots);
    return status;
}

/* ---- deciding ------------------------------------------------------------ */

static size_t make_proof(struct vt_cs *cs, uint32_t target, uint32_t index)
{
    uint8_t path[POS_PATH][32];
    struct cs_pointed p = {.path = {path[0], 0},
                           .bft = {cs->fin.proof, cs->fin.len}};
    struct cs_wr wr;

    memcpy(p.below, cs->root.link, 32);
    p.above = (uint32_t)(cs->blocks[target].word.height -
                         cs->blocks[index].word.height);
    if (p.above >= POS_PATH) {
        return 0;
    }
    for (uint32_t i = p.above; i > 0; i--) {
        memcpy(path[i - 1], cs->blocks[target].word.id, 32);
        target = cs->blocks[target].up;
    }
    p.path.len = (size_t)p.above * 32;
    cs_wr_init(&wr, cs->buffer, 2u * BFT_MESSAGE_MAX);
    cs_put_pointed(&wr, &p);
    return wr.is_full ? 0 : wr.len;
}

static int commit_one(struct vt_cs *cs)
{
    uint32_t target = pos_find_link(cs, cs->fin.height, cs->fin.value);
    uint32_t next = target == POS_NONE
                        ? POS_NONE
                        : pos_ancestor(cs, target, cs->root.height + 1);
    size_t len;

    if (next >= POS_BLOCKS) {
        return 0;
    }
    len = make_proof(cs, target, next);
    if (len == 0) {
        return 0;
    }
    cs_emit_commit(&cs->box, VT_EFF_COMMIT, cs->blocks[next].word.height,
                   cs->blocks[next].word.id, cs_view(cs->buffer, len));
    if (cs->seal == cs->blocks[next].word.height && !cs->is_sealed) {
        cs->is_sealed = 1;
        cs_emit_commit(&cs->box, VT_EFF_SEALED, cs->seal,
                       cs->blocks[next].word.id, cs_view(cs->buffer, len));
        pos_trace(cs, "S1 sealed", cs->seal);
    }
    pos_advance_root(cs, next);
    return 1;
}

/* Not far above what is applied: the host says SEAL when it has applied some
 * height below, and nothing above the seal may be decided. */
void pos_commit(struct vt_cs *cs)
{
    while (cs->fin.height > cs->root.height &&
           cs->root.height < cs->applied + POS_LEAD &&
           (cs->seal == 0 || cs->root.height < cs->seal)) {
        if (!commit_one(cs)) {
            pos_sync(cs, cs->fin.height); /* it is not here, or too far */
            return;
        }
    }
}

void pos_pointers_update(struct vt_cs *cs)
{
    uint32_t is_idle;

    pos_commit(cs);
    pos_choose(cs);
    is_idle = find_pointer(cs, bft_notarized(cs->bft)) == POS_NONE;
    if (is_idle != cs->is_idle) {
        cs->is_idle = is_idle;
        bft_idle(cs->bft, (int)is_idle);
    }
}
