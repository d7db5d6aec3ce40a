/* SPDX-License-Identifier: Apache-2.0
 *
 * anchors.c - blocks of this chain fixed on its parent: what the members said
 * there is counted and the engine told; and which block is due to be said next.
 * The node carries both between the chains (node/anchors.c).
 */
#include "base/bytes.h"
#include "base/log.h"
#include "base/status.h"
#include "chain/inside.h"
#include "ledger/anchor.h"

#include <inttypes.h>
#include <string.h>

/* ---- counting ------------------------------------------------------------ */

/* The place of this claim; a new one takes a free place or that of the lowest
 * height. */
static struct vt_claim *claim_of(struct vt_anchors *a, uint64_t height,
                                 const struct vt_hash *id)
{
    struct vt_claim *least = &a->claims[0];

    for (size_t i = 0; i < VT_CLAIMS_MAX; i++) {
        struct vt_claim *c = &a->claims[i];

        if (c->height == height && vt_hash_eq(&c->id, id)) {
            return c;
        }
        least = c->height < least->height ? c : least;
    }
    if (least->height >= height) {
        return NULL;
    }
    memset(least, 0, sizeof *least);
    least->height = height;
    least->id = *id;
    return least;
}

/* One member that lies is not enough, and any honest one vouches: more than a
 * third of the weight. */
static int is_enough(const struct vt_epoch *e, uint64_t weight)
{
    uint64_t total = 0;

    for (uint32_t i = 0; i < e->cs.members.count; i++) {
        total += e->weights[i];
    }
    return weight > total / 3;
}

static void fix(struct vt_chain *chain, const struct vt_tx_anchor *anchor)
{
    struct vt_anchors *a = &chain->anchors;

    a->fixed = anchor->height;
    a->fixed_id = anchor->id;
    memset(a->claims, 0, sizeof a->claims); /* all stand on what was before */
    vt_log("chain", VT_LOG_DEBUG, "%s: block %" PRIu64 " is fixed on %s",
           chain->args.config->name, anchor->height,
           chain->args.config->parent);
    vt_engine_anchor(&chain->engine, anchor->height, &anchor->id);
}

/* Said on top of what is fixed: else two branches could be fixed in turn, and
 * no block would stand on both. One that stands on a higher one than is known
 * here comes from who heard what this node did not. */
static int is_in_time(const struct vt_anchors *a, uint64_t start_height,
                      const struct vt_tx_anchor *anchor)
{
    if (a->fixed < start_height && anchor->prev_height < start_height) {
        return 1; /* below is what ended the epoch before */
    }
    return anchor->prev_height > a->fixed ||
           (anchor->prev_height == a->fixed &&
            vt_hash_eq(&anchor->prev_id, &a->fixed_id));
}

/* No member names a height twice, whatever the parent's ledger says. */
static int is_new(struct vt_anchors *a, uint32_t member, uint64_t height)
{
    if (height <= a->last[member]) {
        return 0;
    }
    a->last[member] = height;
    return 1;
}

void vt_chain_anchored(struct vt_chain *chain, const struct vt_address *sender,
                       const struct vt_tx_anchor *anchor)
{
    const struct vt_epoch *e = chain->epoch;
    struct vt_anchors *a = &chain->anchors;
    uint32_t member =
        vt_address_find(e->addresses, e->cs.members.count, sender);
    struct vt_claim *claim;

    if (!vt_chain_works(chain) || member == UINT32_MAX ||
        anchor->height < e->cs.start_height) {
        return;
    }
    if (a->epoch != e->cs.epoch) { /* other members, other weights */
        memset(a->claims, 0, sizeof a->claims);
        memset(a->last, 0, sizeof a->last);
        a->epoch = e->cs.epoch;
    }
    if (!is_new(a, member, anchor->height) || anchor->height <= a->fixed ||
        !is_in_time(a, e->cs.start_height, anchor)) {
        return;
    }
    claim = claim_of(a, anchor->height, &anchor->id);
    if (claim != NULL) {
        claim->weight += e->weights[member];
        if (is_enough(e, claim->weight)) {
            fix(chain, anchor);
        }
    }
    vt_chain_leave(chain);
}

/* ---- what is due --------------------------------------------------------- */

/* The block at that height on the head's branch. */
static int find(const struct vt_chain *chain, uint64_t height,
                struct vt_hash *out)
{
    const struct vt_candidate *c;

    if (height <= chain->tip.height) {
        return vt_log_read_final(&chain->args.log, height, out, NULL, NULL) ==
               VT_OK;
    }
    c = vt_blocks_get(&chain->blocks, &chain->head_id);
    while (c != NULL && c->block->header.height > height) {
        c = vt_blocks_get(&chain->blocks, &c->block->header.parent);
    }
    if (c == NULL || c->block->header.height != height) {
        return 0;
    }
    *out = c->block->id;
    return 1;
}

static int stands_on_fixed(const struct vt_chain *chain)
{
    const struct vt_anchors *a = &chain->anchors;
    struct vt_hash id;

    return a->fixed == 0 ||
           (find(chain, a->fixed, &id) && vt_hash_eq(&id, &a->fixed_id));
}

void vt_anchors_follow(struct vt_chain *chain)
{
    const struct vt_chain_config *config = chain->args.config;
    struct vt_anchors *a = &chain->anchors;
    uint64_t head = vt_head_is_used(chain) ? chain->head_height : 0;
    struct vt_chain_event event = {.type = VT_CHAIN_ANCHOR, .chain = chain};

    head = head > chain->tip.height ? head : chain->tip.height;
    if (config->anchor_every == 0 || chain->engine.self == VT_PEER_NONE ||
        head < config->anchor_depth) {
        return;
    }
    event.anchor.height = (head - config->anchor_depth) / config->anchor_every *
                          config->anchor_every;
    if (event.anchor.height <= a->told || event.anchor.height <= a->fixed ||
        !find(chain, event.anchor.height, &event.anchor.id) ||
        !stands_on_fixed(chain)) {
        return;
    }
    event.anchor.prev_height = a->fixed;
    event.anchor.prev_id = a->fixed_id;
    a->told = event.anchor.height;
    event.anchor.chain = chain->chain_id;
    chain->args.world->ops->publish(chain->args.world, &event);
}

/* ---- on the parent ------------------------------------------------------- */

static void post_next(struct vt_chain *chain);

static void on_submitted(void *ctx, const struct vt_hash *id, uint32_t code,
                         const char *text)
{
    struct vt_chain *chain = ctx;

    (void)id;
    if (code != VT_TX_DONE && code != VT_TX_POOL_KNOWN) {
        vt_log("chain", VT_LOG_WARN,
               "%s: an anchor of another chain was refused: %s",
               chain->args.config->name, text);
    }
    chain->anchors.is_posting = 0;
    post_next(chain);
}

static void post(struct vt_chain *chain, const struct vt_tx_anchor *anchor,
                 const struct vt_address *address)
{
    const struct vt_signer *signer = chain->args.signer;
    struct vt_buf payload = VT_BUF_INIT(128);
    struct vt_buf raw = VT_BUF_INIT(VT_TX_MAX);
    struct vt_tx tx = {.version = VT_TX_VERSION,
                       .chain_id = chain->chain_id,
                       .scheme = (uint8_t)signer->scheme->code,
                       .pk = signer->pk,
                       .nonce = vt_chain_next_nonce(chain, address),
                       .fee = vt_amount_u64(chain->args.config->fee_min),
                       .kind = VT_TX_ANCHOR};
    uint8_t sig[VT_TX_SIG_MAX];
    uint32_t sig_len = sizeof sig;
    struct vt_hash hash;

    (void)vt_tx_anchor_encode(anchor, &payload);
    tx.payload = vt_buf_view(&payload);
    (void)vt_tx_encode_unsigned(&tx, &raw);
    vt_tx_sign_hash(vt_buf_view(&raw), &hash);
    if (payload.failed == VT_OK && raw.failed == VT_OK &&
        signer->scheme->sign(signer->sk, hash.b, sig, &sig_len) == VT_OK &&
        vt_tx_append_sig(&raw, vt_view_of(sig, sig_len)) == VT_OK) {
        chain->anchors.is_posting = 1;
        vt_chain_submit(chain, vt_buf_view(&raw), on_submitted, chain);
    }
    vt_buf_fini(&payload);
    vt_buf_fini(&raw);
}

/* One after the other: the nonce follows from what the mempool holds. */
static void post_next(struct vt_chain *chain)
{
    const struct vt_signer *signer = chain->args.signer;
    struct vt_address address;

    vt_address_from_key((uint8_t)signer->scheme->code, signer->pk, &address);
    for (size_t i = 0; i < VT_ANCHORS_WAITING; i++) {
        struct vt_tx_anchor anchor = chain->anchors.waiting[i];
        struct vt_anchor last;

        if (chain->anchors.is_posting || !vt_chain_works(chain)) {
            return;
        }
        chain->anchors.waiting[i].height = 0;
        if (anchor.height == 0 ||
            (vt_anchor_get(chain->tip.state, &anchor.chain, &address, &last) ==
                 VT_OK &&
             last.height >= anchor.height)) {
            continue; /* said before a restart */
        }
        post(chain, &anchor, &address);
    }
}

void vt_chain_post_anchor(struct vt_chain *chain,
                          const struct vt_tx_anchor *anchor)
{
    struct vt_tx_anchor *place = NULL;

    if (chain->args.signer == NULL || !vt_chain_works(chain)) {
        return;
    }
    for (size_t i = 0; i < VT_ANCHORS_WAITING; i++) {
        struct vt_tx_anchor *w = &chain->anchors.waiting[i];

        if (w->height != 0 && vt_hash_eq(&w->chain, &anchor->chain)) {
            place = w;
            break;
        }
        place = place == NULL && w->height == 0 ? w : place;
    }
    if (place != NULL && place->height < anchor->height) {
        *place = *anchor;
    }
    post_next(chain);
    vt_chain_leave(chain);
}
