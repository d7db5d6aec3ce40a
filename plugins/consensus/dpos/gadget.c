/* SPDX-License-Identifier: Apache-2.0
 *
 * gadget.c - P5: pointers into the chain, ordered by the shared core. The value
 * of a pointer is the digest of the chain up to the block it names.
 */
#include "inside.h"

#include "common/ordering.h"

static struct vt_cs *of(void *ctx)
{
    return ctx;
}

/* ---- which pointer ------------------------------------------------------- */

/* Is a pointer's block in the final chain? -1: nobody here remembers. */
static int is_final_value(const struct vt_cs *cs, uint64_t height,
                          const uint8_t link[32])
{
    const uint8_t *known = dpos_final_link(cs, height);

    return known == NULL ? -1 : memcmp(known, link, 32) == 0;
}

/* The attached block that a pointer names: the root for what is final. */
static struct dpos_node *block_of(const struct vt_cs *cs,
                                  const struct bft_block *pointer)
{
    if (pointer->height > dpos_root(cs)->height) {
        return dpos_find_link(cs, pointer->height, pointer->value);
    }
    return is_final_value(cs, pointer->height, pointer->value) == 1
               ? dpos_root(cs)
               : NULL;
}

/* Depth 1 after a view that failed: heads may differ, what they stand on less
 * so. Never past the end of the epoch while that can be helped (P8), nor far
 * beyond what is decided. */
static uint64_t target_height(const struct vt_cs *cs, uint64_t view,
                              const struct bft_block *parent)
{
    uint64_t height = dpos_head(cs)->height;
    uint64_t most = dpos_root(cs)->height < parent->height
                        ? dpos_root(cs)->height + DPOS_STRIDE
                        : parent->height + DPOS_STRIDE;

    if (view > parent->view + 1 && height > parent->height + 1 &&
        height > dpos_root(cs)->height + 1) {
        height--;
    }
    if (cs->seal != 0 && parent->height < cs->seal && height > cs->seal) {
        height = cs->seal;
    }
    return height < most ? height : most;
}

static int on_value(void *ctx, uint64_t view, const struct bft_block *parent,
                    uint64_t *height, uint8_t value[32])
{
    struct vt_cs *cs = of(ctx);
    struct dpos_node *below = block_of(cs, parent);
    uint64_t at = target_height(cs, view, parent);
    const uint8_t *link = at > dpos_root(cs)->height
                              ? dpos_ancestor(cs, dpos_head(cs), at)->link
                              : dpos_final_link(cs, at);

    if (below == NULL || link == NULL || at <= parent->height ||
        !dpos_stands_on(cs, dpos_head(cs), below)) {
        return 0;
    }
    *height = at;
    memcpy(value, link, 32);
    return 1;
}

static uint32_t on_check(void *ctx, const struct bft_block *block,
                         const struct bft_block *parent)
{
    const struct vt_cs *cs = of(ctx);
    const struct dpos_node *below;
    const struct dpos_node *node;

    if (block->height > parent->height + DPOS_STRIDE) {
        return VT_BAD;
    }
    if (block->height <= dpos_root(cs)->height) {
        return is_final_value(cs, block->height, block->value) == 1 &&
                       is_final_value(cs, parent->height, parent->value) == 1
                   ? VT_GOOD
                   : VT_LATER;
    }
    below = block_of(cs, parent);
    node = dpos_find_link(cs, block->height, block->value);
    if (below == NULL || node == NULL) {
        return VT_LATER;
    }
    if (!dpos_stands_on(cs, node, below)) {
        return VT_BAD;
    }
    return dpos_stands_on(cs, dpos_head(cs), node) ? VT_GOOD : VT_LATER;
}

static void on_store(void *ctx, const struct bft_block *block)
{
    struct vt_cs *cs = of(ctx);
    struct dpos_node *node = dpos_find_link(cs, block->height, block->value);

    if (node != NULL) { /* else final: the host has it */
        dpos_keep_branch(cs, node);
    }
}

static void on_final(void *ctx, const struct bft_block *block,
                     struct vt_view proof)
{
    dpos_take_final(of(ctx), block->height, block->value, proof);
}

/* ---- to effects ---------------------------------------------------------- */

static void on_persist(void *ctx, uint32_t slot, struct vt_view bytes)
{
    dpos_persist(of(ctx), DPOS_SLOT_BFT + slot, bytes);
}

static void on_sign(void *ctx, uint64_t token, uint32_t role, uint64_t major,
                    struct vt_view msg)
{
    cs_bft_sign(&of(ctx)->box, token | DPOS_TOKEN_BFT, role, major, msg);
}

static void on_verify(void *ctx, uint64_t token,
                      const struct vt_verify_item *items, uint32_t count)
{
    cs_bft_verify(&of(ctx)->box, token | DPOS_TOKEN_BFT, items, count);
}

static void on_send(void *ctx, uint32_t to, uint32_t proto, struct vt_view msg)
{
    struct vt_eff_send e = {.h.flags = VT_EFF_EARLY,
                            .to = to,
                            .proto = DPOS_PROTO_BFT + proto,
                            .klass = cs_bft_class(proto),
                            .msg = msg};

    if (dpos_is_member(of(ctx))) {
        cs_emit_send(&of(ctx)->box, &e, NULL);
    }
}

static void on_timer(void *ctx, uint32_t timer, uint64_t delay_ns)
{
    cs_bft_timer(&of(ctx)->box, DPOS_TIMER_BFT + timer, delay_ns);
}

static void on_evidence(void *ctx, uint32_t kind, uint32_t member,
                        struct vt_view a, struct vt_view b)
{
    cs_emit_evidence(&of(ctx)->box, kind, member, a, b);
}

static void on_penalize(void *ctx, uint32_t peer, const char *why)
{
    dpos_penalize(of(ctx), peer, why);
}

static void on_trace(void *ctx, const char *what, uint64_t view)
{
    cs_bft_trace(&of(ctx)->box, what, view);
}

static const struct bft_ops ops = {
    .persist = on_persist,
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
    .trace = on_trace,
};

/* ---- its life ------------------------------------------------------------ */

vt_status dpos_gadget_new(struct vt_cs *cs, const struct vt_cs_start *start,
                          struct vt_view proof, uint64_t height,
                          const uint8_t link[32], struct vt_err *err)
{
    uint8_t order[CS_MEMBERS_MAX];
    struct bft_config config = {.host = cs->host,
                                .crypto = cs->crypto,
                                .ops = &ops,
                                .ctx = cs,
                                .epoch = start->epoch,
                                .self = cs->self,
                                .role_base = DPOS_ROLE_BFT,
                                .order = order,
                                .order_count = cs->n,
                                .timeout_ns = cs->opt.timeout_ns,
                                .retransmit_ns = cs->opt.tick_ns,
                                .root_height = start->epoch->start_height - 1,
                                .final_proof = proof,
                                .final_height = height};

    dpos_schedule_order(&cs->schedule, 0, order);
    memcpy(config.root_value, start->epoch->parent, 32);
    memcpy(config.final_value, link, 32);
    return cs_bft_open(&config, start->slots, DPOS_SLOT_BFT, &cs->bft, err);
}

/* Idle when the head is final, or all of the epoch is: views then last until
 * there is something to point to. */
void dpos_gadget_poke(struct vt_cs *cs)
{
    uint64_t end = dpos_head(cs)->height;

    if (cs->seal != 0 && end > cs->seal) {
        end = cs->seal;
    }
    cs->is_idle = end <= dpos_root(cs)->height;
    bft_idle(cs->bft, (int)cs->is_idle);
    bft_poke(cs->bft);
}
