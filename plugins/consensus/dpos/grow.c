/* SPDX-License-Identifier: Apache-2.0
 *
 * grow.c - P3: a block from its first mention to its place in the tree. The
 * word of its slot's owner comes with the announcement or, for an ancestor,
 * inside the header above it. Requests may stay unanswered for ever: the tick
 * asks again.
 */
#include "inside.h"

static void be_bad(struct vt_cs *cs, struct dpos_node *node, const char *why)
{
    if (!node->is_bad) {
        node->is_bad = 1;
        cs->is_moved = 1;
        dpos_trace(cs, why, node->height);
    }
}

/* ---- announced ----------------------------------------------------------- */

/* Bounds: two blocks in a slot (a third adds nothing to the evidence), a share
 * of the tree for each owner, words nobody checked yet for each who brought
 * them. */
static int has_room(struct vt_cs *cs, const struct dpos_word *word,
                    uint32_t owner, uint32_t from)
{
    uint32_t in_slot = 0;
    uint32_t of_owner = 0;
    uint32_t unchecked = 0;

    for (uint32_t i = 0; i < cs->top; i++) {
        const struct dpos_node *node = dpos_at(cs, i);

        if (!node->is_used || !node->is_told || dpos_is_base(cs, node)) {
            continue;
        }
        if (!node->is_signed) {
            unchecked += node->teller == from;
        } else if (node->owner == owner) {
            of_owner++;
            in_slot += node->slot == word->slot;
        }
    }
    return in_slot < 2 && of_owner < DPOS_NODES / 2 / cs->n &&
           unchecked < DPOS_UNCHECKED_MAX;
}

static int is_too_early(struct vt_cs *cs, uint64_t slot)
{
    return slot >
           dpos_schedule_slot(&cs->schedule,
                              cs->wall_ms + (int64_t)cs->schedule.slot_ms / 2);
}

static void take_word(struct vt_cs *cs, struct dpos_node *node, uint32_t from,
                      const struct dpos_word *word)
{
    node->holders |= cs_bit(from);
    if (node->is_signed || node->check.state == CS_ASKED) {
        return;
    }
    if (node->is_told &&
        (node->slot != word->slot || node->height != word->height)) {
        return; /* one of them is wrong; a good one comes again */
    }
    node->is_told = 1;
    node->slot = word->slot;
    node->height = word->height;
    node->owner = dpos_schedule_owner(&cs->schedule, word->slot);
    node->sig = word->sig;
    node->teller = from;
    cs->is_moved = 1;
}

void dpos_on_block(struct vt_cs *cs, const struct vt_ev_recv *ev)
{
    struct dpos_word word;
    struct dpos_node *node;
    uint32_t owner;

    if (!dpos_get_word(ev->msg, &word)) {
        dpos_penalize(cs, ev->from, "malformed BLOCK");
        return;
    }
    node = dpos_find(cs, word.id);
    if (node == NULL) {
        owner = dpos_schedule_owner(&cs->schedule, word.slot);
        if (word.height <= dpos_root(cs)->height ||
            word.height > dpos_root(cs)->height + DPOS_NODES / 2 ||
            word.slot <= dpos_root(cs)->slot || is_too_early(cs, word.slot) ||
            !has_room(cs, &word, owner, ev->from)) {
            return;
        }
        node = dpos_add(cs, word.id);
        if (node != NULL) {
            node->payer = owner;
        }
    }
    if (node != NULL) {
        take_word(cs, node, ev->from, &word);
    }
}

/* ---- DP1 ----------------------------------------------------------------- */

static void put_evidence(struct cs_wr *wr, uint8_t *bytes, size_t cap,
                         const struct dpos_node *node)
{
    struct dpos_word word = {
        .slot = node->slot, .height = node->height, .sig = node->sig};

    memcpy(word.id, node->id, 32);
    cs_wr_init(wr, bytes, cap);
    dpos_put_item(wr, node->owner, &word);
}

/* Two blocks in one slot, both signed. */
static void look_for_double(struct vt_cs *cs, const struct dpos_node *node)
{
    uint8_t bytes[2][DPOS_ITEM_MAX];
    struct cs_wr wr[2];

    for (uint32_t i = 0; i < cs->top; i++) {
        const struct dpos_node *other = dpos_at(cs, i);

        if (other->is_used && other != node && other->is_signed &&
            !dpos_is_base(cs, other) && other->slot == node->slot &&
            !cs_has(cs->convicted, node->owner)) {
            cs->convicted |= cs_bit(node->owner);
            put_evidence(&wr[0], bytes[0], sizeof bytes[0], other);
            put_evidence(&wr[1], bytes[1], sizeof bytes[1], node);
            cs_emit_evidence(&cs->box, DPOS_EV_DOUBLE, node->owner,
                             cs_wr_view(&wr[0]), cs_wr_view(&wr[1]));
            dpos_trace(cs, "DP1 double block", node->height);
        }
    }
}

static void be_signed(struct vt_cs *cs, struct dpos_node *node,
                      const struct cs_sig *sig)
{
    node->sig = *sig;
    if (!node->is_signed) {
        node->is_signed = 1;
        node->is_recorded = 0;
        cs->is_moved = 1;
        look_for_double(cs, node);
    }
}

/* ---- answers ------------------------------------------------------------- */

static void conclude_own(struct vt_cs *cs, struct dpos_node *node, int is_good)
{
    node->check.state = CS_NOT_ASKED;
    if (is_good) {
        be_signed(cs, node, &node->sig);
        return;
    }
    dpos_penalize(cs, node->teller, "a block with a bad signature");
    if (node->is_learned || node->is_wanted) {
        memset(&node->sig, 0, sizeof node->sig);
        node->is_told = node->is_learned;
    } else {
        dpos_drop(cs, node);
    }
}

static void conclude_below(struct vt_cs *cs, struct dpos_node *node,
                           int is_good)
{
    struct dpos_node *parent = dpos_find(cs, node->above);

    node->check_below.state = CS_NOT_ASKED;
    if (!is_good) {
        be_bad(cs, node, "P3 bad word inside");
        return;
    }
    node->is_below_good = 1;
    cs->is_moved = 1;
    if (parent != NULL && !parent->is_signed) {
        be_signed(cs, parent, &node->below);
    }
}

void dpos_on_verified(struct vt_cs *cs, const struct vt_ev_done *ev)
{
    int is_good = cs_all_good(ev->data);

    for (uint32_t i = 0; i < cs->top; i++) {
        struct dpos_node *node = dpos_at(cs, i);
        struct cs_ask *ask = NULL;

        if (!node->is_used) {
            continue;
        }
        if (node->check.state == CS_ASKED && node->check.token == ev->token) {
            ask = &node->check;
        } else if (node->check_below.state == CS_ASKED &&
                   node->check_below.token == ev->token) {
            ask = &node->check_below;
        }
        if (ask == NULL) {
            continue;
        }
        if (ev->status != VT_OK || ev->data.len == 0) {
            ask->state = CS_REFUSED; /* the tick tries again */
        } else if (ask == &node->check) {
            conclude_own(cs, node, is_good);
        } else {
            conclude_below(cs, node, is_good);
        }
        return;
    }
}

/* P1: what a header must say, apart from its parent. */
static int is_header_good(struct vt_cs *cs, const struct dpos_node *node,
                          const struct vt_ev_block *ev,
                          const struct dpos_payload *p)
{
    return p->slot_ms == cs->schedule.slot_ms && p->run == cs->schedule.run &&
           dpos_schedule_slot(&cs->schedule, ev->time_ms) == p->slot &&
           dpos_schedule_owner(&cs->schedule, p->slot) == ev->proposer &&
           (!node->is_told ||
            (node->slot == p->slot && node->height == ev->height));
}

static void learn(struct vt_cs *cs, struct dpos_node *node,
                  const struct vt_ev_block *ev)
{
    struct dpos_payload p;
    int is_final = dpos_index(cs, node) == cs->root;
    int is_read = dpos_get_payload(ev->payload, &p);

    node->is_held = 1;
    if (node->is_learned) {
        return;
    }
    node->is_learned = 1;
    memcpy(node->above, ev->parent, 32);
    node->is_empty = ev->txs == 0;
    if (!is_read || (!is_final && !is_header_good(cs, node, ev, &p))) {
        node->height = ev->height;
        be_bad(cs, node, "P1 bad header");
        return;
    }
    node->is_told = 1;
    node->height = ev->height;
    node->slot = p.slot;
    node->owner = ev->proposer;
    node->below = p.below;
}

void dpos_on_fetched(struct vt_cs *cs, const struct vt_ev_block *ev)
{
    for (uint32_t i = 0; i < cs->top; i++) {
        struct dpos_node *node = dpos_at(cs, i);

        if (!node->is_used || node->fetch.state != CS_ASKED ||
            node->fetch.token != ev->token) {
            continue;
        }
        if (ev->status == VT_OK && memcmp(ev->id, node->id, 32) == 0) {
            node->fetch.state = CS_DONE;
            learn(cs, node, ev);
            cs->is_moved = 1;
        } else {
            node->fetch.state = CS_REFUSED;
        }
        return;
    }
}

void dpos_on_validated(struct vt_cs *cs, const struct vt_ev_block *ev)
{
    for (uint32_t i = 0; i < cs->top; i++) {
        struct dpos_node *node = dpos_at(cs, i);

        if (!node->is_used || node->validate.state != CS_ASKED ||
            node->validate.token != ev->token) {
            continue;
        }
        node->validate.state = CS_NOT_ASKED;
        cs->is_moved = 1;
        if (ev->status != VT_OK) {
            node->is_held = 0; /* the host lost it */
            node->fetch.state = CS_NOT_ASKED;
        } else if (ev->verdict == VT_LATER) {
            node->validate.state = CS_REFUSED;
        } else if (ev->verdict == VT_GOOD) {
            node->valid = DPOS_VALID;
        } else {
            be_bad(cs, node, "P3 invalid block");
        }
        return;
    }
}

/* ---- one step further ---------------------------------------------------- */

/* An owner may announce what does not exist: its searches do not use up those
 * of others. A block is paid for by its owner, one that was not announced by
 * the owner of what stands on it. */
static int may_fetch(const struct vt_cs *cs, const struct dpos_node *node)
{
    uint32_t searches = 0;

    for (uint32_t i = 0; i < cs->top; i++) {
        const struct dpos_node *other = dpos_at(cs, i);

        searches += other->is_used && other->payer == node->payer &&
                    (other->fetch.state == CS_ASKED ||
                     other->fetch.state == CS_REFUSED);
    }
    return (node->is_signed || node->is_wanted) && searches < DPOS_SEARCHES;
}

static void fetch(struct vt_cs *cs, struct dpos_node *node)
{
    uint64_t others =
        cs_everyone(cs->n) & ~(dpos_is_member(cs) ? cs_bit(cs->self) : 0);

    node->fetches++;
    cs_emit_fetch(&cs->box, &node->fetch, node->id, node->holders & others);
}

/* The parent's node, made when it is not there; NULL: not now, or never. */
static struct dpos_node *parent_of(struct vt_cs *cs, struct dpos_node *node)
{
    struct dpos_node *parent = dpos_find(cs, node->above);

    if (parent == NULL && node->height <= dpos_root(cs)->height + 1) {
        be_bad(cs, node, "P3 not on the final block");
        return NULL;
    }
    if (parent == NULL) {
        parent = dpos_add(cs, node->above);
        if (parent == NULL) {
            return NULL;
        }
        parent->height = node->height - 1;
    }
    if (!parent->is_wanted && !parent->is_held) {
        parent->is_wanted = 1;
        parent->payer = node->payer;
    }
    parent->holders |= node->holders;
    return parent;
}

/* The word under the parent that this header carries. */
static int is_below_good(struct vt_cs *cs, struct dpos_node *node,
                         const struct dpos_node *parent)
{
    if (node->is_below_good) {
        return 1;
    }
    if (dpos_is_base(cs, parent)) {
        node->is_below_good = node->below.len == 0;
        if (!node->is_below_good) {
            be_bad(cs, node, "P3 word without a block");
        }
    } else if (node->below.len == 0) {
        be_bad(cs, node, "P3 no word inside");
    } else if (parent->is_signed && parent->sig.len == node->below.len &&
               memcmp(parent->sig.bytes, node->below.bytes, node->below.len) ==
                   0) {
        node->is_below_good = 1;
    } else if (node->check_below.state == CS_NOT_ASKED) {
        dpos_verify(cs, &node->check_below, parent, &node->below);
    }
    return node->is_below_good != 0;
}

static int grow_learned(struct vt_cs *cs, struct dpos_node *node)
{
    struct dpos_node *parent = parent_of(cs, node);

    if (parent == NULL || (!parent->is_learned && !parent->is_bad)) {
        return 0;
    }
    if (parent->is_bad || node->height != parent->height + 1 ||
        (!dpos_is_base(cs, parent) && node->slot <= parent->slot)) {
        be_bad(cs, node, "P3 bad parent");
        return 0;
    }
    if (!is_below_good(cs, node, parent) || !parent->is_attached ||
        !node->is_signed || is_too_early(cs, node->slot)) {
        return 0;
    }
    if (node->valid == DPOS_VALID) {
        dpos_attach(cs, node);
        return 1;
    }
    if (node->validate.state == CS_NOT_ASKED) {
        cs_emit_block(&cs->box, VT_EFF_VALIDATE,
                      cs_ask(&cs->box, &node->validate), node->id);
    }
    return 0;
}

static int grow(struct vt_cs *cs, struct dpos_node *node)
{
    if (!node->is_signed && node->is_told && node->sig.len > 0 &&
        node->check.state == CS_NOT_ASKED) {
        dpos_verify(cs, &node->check, node, &node->sig);
    }
    if (!node->is_held || !node->is_learned) {
        if (node->fetch.state == CS_NOT_ASKED && may_fetch(cs, node)) {
            fetch(cs, node);
        }
        return 0;
    }
    return grow_learned(cs, node);
}

int dpos_grow(struct vt_cs *cs)
{
    int moved = 0;

    while (cs->is_moved) {
        cs->is_moved = 0;
        for (uint32_t i = 0; i < cs->top; i++) {
            struct dpos_node *node = dpos_at(cs, i);

            if (node->is_used && !node->is_attached && !node->is_bad) {
                moved |= grow(cs, node);
            } else if (i == cs->root && !node->is_learned &&
                       node->fetch.state == CS_NOT_ASKED) {
                fetch(cs, node); /* synced: its slot is not known */
            } else if (i == cs->root && !node->is_signed && node->is_learned &&
                       node->sig.len > 0 && node->check.state == CS_NOT_ASKED) {
                dpos_verify(cs, &node->check, node, &node->sig);
            }
        }
    }
    return moved;
}

void dpos_attach(struct vt_cs *cs, struct dpos_node *node)
{
    struct dpos_node *parent = dpos_find(cs, node->above);

    node->is_attached = 1;
    node->parent = dpos_index(cs, parent);
    parent->children++;
    cs_link_next(&cs->hasher, parent->link, node->id, node->link);
    cs->is_new = 1;
    cs->is_moved = 1;
}

/* ---- again --------------------------------------------------------------- */

/* A search among peers may take long: each next one is given twice the time. */
static void retry_fetch(struct vt_cs *cs, struct dpos_node *node,
                        uint64_t older_ns)
{
    uint64_t waited_ns = cs->box.now_ns - node->fetch.since_ns;
    uint32_t more =
        node->fetches < DPOS_BACKOFF_MAX ? node->fetches : DPOS_BACKOFF_MAX;

    if ((node->fetch.state == CS_REFUSED && waited_ns >= older_ns) ||
        (node->fetch.state == CS_ASKED && waited_ns >= older_ns << more)) {
        fetch(cs, node);
    }
}

static void retry_ask(const struct vt_cs *cs, struct cs_ask *ask,
                      uint64_t older_ns)
{
    if (ask->state == CS_REFUSED || cs_is_stale(&cs->box, ask, older_ns)) {
        ask->state = CS_NOT_ASKED;
    }
}

void dpos_retry_nodes(struct vt_cs *cs)
{
    uint64_t older_ns = DPOS_RETRY * cs->opt.tick_ns;

    for (uint32_t i = 0; i < cs->top; i++) {
        struct dpos_node *node = dpos_at(cs, i);

        if (node->is_used && !node->is_bad) {
            if (node->fetches > DPOS_TRIES && !node->is_wanted &&
                !node->is_learned) {
                dpos_drop(cs, node); /* it comes again when it exists */
                continue;
            }
            retry_fetch(cs, node, older_ns);
            retry_ask(cs, &node->check, older_ns);
            retry_ask(cs, &node->check_below, older_ns);
            retry_ask(cs, &node->validate, older_ns);
        }
    }
    cs->is_moved = 1;
}
