/* SPDX-License-Identifier: Apache-2.0
 *
 * blocks.c - from the word of its proposer to a good block: signature, header,
 * lot, parent, body, each asked of the host in turn. And what members tell each
 * other about blocks that are missing.
 */
#include "inside.h"

static uint64_t others(const struct vt_cs *cs)
{
    return cs_everyone(cs->n) & ~(pos_is_member(cs) ? cs_bit(cs->self) : 0);
}

/* ---- what is missing ----------------------------------------------------- */

static void ask_peers(struct vt_cs *cs, uint32_t index)
{
    struct pos_block *b = &cs->blocks[index];
    struct pos_spot want = {.height = cs->root.height};
    uint32_t to = b->teller;

    if (b->tries % 2 == 1 || to >= cs->n || to == cs->self) {
        to = VT_PEER_ALL;
    }
    b->tries++;
    b->ask.since_ns = cs->box.now_ns;
    memcpy(want.id, b->word.id, 32);
    pos_send_spot(cs, to, POS_PROTO_WANT, &want);
}

static uint32_t rumours(const struct vt_cs *cs, uint32_t teller)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < cs->top; i++) {
        count +=
            cs->blocks[i].stage == POS_ASKED && cs->blocks[i].teller == teller;
    }
    return count;
}

/* Known, or on its way. */
static void want(struct vt_cs *cs, const uint8_t id[32], uint32_t teller)
{
    uint32_t index = pos_find(cs, id);

    if (index != POS_NONE || rumours(cs, teller) >= POS_RUMOURS) {
        return;
    }
    index = pos_add(cs);
    if (index == POS_NONE) {
        return;
    }
    cs->blocks[index].stage = POS_ASKED;
    cs->blocks[index].teller = teller;
    memcpy(cs->blocks[index].word.id, id, 32);
    ask_peers(cs, index);
}

void pos_ask_root(struct vt_cs *cs)
{
    cs_emit_fetch(&cs->box, &cs->root.ask, cs->root.id, others(cs));
}

void pos_on_tip(struct vt_cs *cs, uint32_t from, struct vt_view msg)
{
    struct pos_spot tip;

    if (!pos_get_spot(msg, &tip)) {
        pos_penalize(cs, from, "malformed TIP");
    } else if (tip.height > cs->root.height) {
        want(cs, tip.id, from);
    }
}

static int may_answer(struct vt_cs *cs, uint32_t to)
{
    if (cs->box.now_ns - cs->answers_ns >= cs->opt.tick_ns) {
        memset(cs->answers, 0, sizeof cs->answers);
        cs->answers_ns = cs->box.now_ns;
    }
    return cs->answers[to]++ < POS_ANSWERS;
}

/* The lowest ones first, so that each finds its parent. */
void pos_on_want(struct vt_cs *cs, uint32_t from, struct vt_view msg)
{
    uint32_t branch[POS_BRANCH];
    uint32_t count = 0;
    struct pos_spot spot;
    uint32_t at;

    if (!pos_get_spot(msg, &spot)) {
        pos_penalize(cs, from, "malformed WANT");
        return;
    }
    if (!may_answer(cs, from)) {
        return;
    }
    at = pos_find(cs, spot.id);
    while (at < POS_BLOCKS && cs->blocks[at].stage == POS_GOOD &&
           cs->blocks[at].word.height > spot.height && count < POS_BRANCH) {
        branch[count++] = at;
        at = cs->blocks[at].up;
    }
    while (count > 0) {
        pos_send_word(cs, from, branch[--count]);
    }
}

/* ---- a word comes in ----------------------------------------------------- */

static int is_crowded(const struct vt_cs *cs, const struct pos_word *word)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < cs->top; i++) {
        const struct pos_block *b = &cs->blocks[i];

        count += b->stage > POS_ASKED && b->word.slot == word->slot &&
                 b->word.proposer == word->proposer;
    }
    return count >= POS_TWICE;
}

static void verify(struct vt_cs *cs, uint32_t index)
{
    struct pos_block *b = &cs->blocks[index];
    struct vt_eff_verify e = {0};
    struct vt_verify_item item = {.member = b->word.proposer,
                                  .role = POS_ROLE_BLOCK};
    uint8_t core[POS_CORE_LEN];
    struct cs_wr wr;

    cs_wr_init(&wr, core, sizeof core);
    pos_put_core(&wr, &b->word);
    item.msg = cs_wr_view(&wr);
    item.sig = cs_view(b->word.sig.bytes, b->word.sig.len);
    b->stage = POS_VERIFYING;
    e.h = CS_HEAD(struct vt_eff_verify, items, VT_EFF_VERIFY,
                  cs_ask(&cs->box, &b->ask));
    e.items.ptr = &item;
    e.items.count = 1;
    e.items.stride = sizeof item;
    cs_outbox_put(&cs->box, &e.h);
}

void pos_on_word(struct vt_cs *cs, const struct vt_ev_recv *ev)
{
    struct pos_word word;
    uint32_t index;

    if (!pos_get_word(ev->msg, &word) || word.proposer >= cs->n) {
        pos_penalize(cs, ev->from, "malformed BLOCK");
        return;
    }
    if (word.height <= cs->root.height ||
        word.height > cs->root.height + POS_BLOCKS ||
        (cs->root.is_slot_known && word.slot <= cs->root.slot) ||
        pos_rule_early(word.slot, pos_now_slot(cs))) {
        return; /* decided, for sync, or told again when its time has come */
    }
    index = pos_find(cs, word.id);
    if (index == POS_NONE && !is_crowded(cs, &word)) {
        index = pos_add(cs);
    } else if (index == POS_NONE || index == POS_ROOT ||
               cs->blocks[index].stage != POS_ASKED) {
        return;
    }
    if (index != POS_NONE) {
        cs->blocks[index].word = word;
        cs->blocks[index].teller = ev->from;
        cs->blocks[index].tries = 0;
        verify(cs, index);
    }
}

/* ---- answers ------------------------------------------------------------- */

static uint32_t find_asked(const struct vt_cs *cs, uint32_t stage,
                           uint64_t token)
{
    for (uint32_t i = 0; i < cs->top; i++) {
        const struct pos_block *b = &cs->blocks[i];

        if (b->stage == stage && b->ask.state == CS_ASKED &&
            b->ask.token == token) {
            return i;
        }
    }
    return POS_NONE;
}

void pos_fetch(struct vt_cs *cs, uint32_t index)
{
    struct pos_block *b = &cs->blocks[index];

    b->stage = POS_FETCHING;
    cs_emit_fetch(&cs->box, &b->ask, b->word.id,
                  b->teller < cs->n && b->tries % 2 == 0 ? cs_bit(b->teller)
                                                         : others(cs));
    b->tries++;
}

void pos_on_verified(struct vt_cs *cs, const struct vt_ev_done *ev)
{
    uint32_t index = find_asked(cs, POS_VERIFYING, ev->token);

    if (index == POS_NONE) {
        return;
    }
    if (ev->status != VT_OK || ev->data.len != 1) {
        cs->blocks[index].ask.state = CS_REFUSED; /* the tick asks again */
    } else if (ev->data.ptr[0] == VT_GOOD) {
        pos_fetch(cs, index);
    } else {
        pos_penalize(cs, cs->blocks[index].teller, "BLOCK: bad signature");
        pos_remove(cs, index);
    }
}

/* Two blocks of one member in one slot, both signed. */
static void accuse(struct vt_cs *cs, uint32_t index)
{
    const struct pos_word *mine = &cs->blocks[index].word;
    uint8_t bytes[2][POS_WORD_MAX];
    struct cs_wr a;
    struct cs_wr b;

    for (uint32_t i = 0; i < cs->top; i++) {
        const struct pos_block *other = &cs->blocks[i];

        /* the same block may come from this node and from a second one with its
         * key; and a word that is not signed yet convicts nobody */
        if (i == index || other->stage < POS_FETCHING ||
            other->word.sig.len == 0 || mine->sig.len == 0 ||
            other->word.slot != mine->slot ||
            other->word.proposer != mine->proposer ||
            memcmp(other->word.id, mine->id, 32) == 0 ||
            cs_has(cs->convicted, mine->proposer)) {
            continue;
        }
        cs->convicted |= cs_bit(mine->proposer);
        cs_wr_init(&a, bytes[0], sizeof bytes[0]);
        cs_wr_init(&b, bytes[1], sizeof bytes[1]);
        pos_put_word(&a, mine);
        pos_put_word(&b, &other->word);
        cs_emit_evidence(&cs->box, POS_EV_TWO_BLOCKS, mine->proposer,
                         cs_wr_view(&a), cs_wr_view(&b));
        pos_trace(cs, "E16 two blocks", mine->slot);
    }
}

/* Is the header what the word says, and did it win its slot? */
static int judge(struct vt_cs *cs, struct pos_block *b,
                 const struct vt_ev_block *ev)
{
    struct pos_payload p;

    if (ev->height != b->word.height || ev->proposer != b->word.proposer ||
        !pos_get_payload(ev->payload, &p) || p.slot != b->word.slot ||
        !pos_rule_time(p.slot, ev->time_ms, cs->opt.slot_ms) ||
        !pos_judge(cs, b->word.proposer, &p, b->value)) {
        return 0;
    }
    memcpy(b->parent, ev->parent, 32);
    b->txs = ev->txs;
    return 1;
}

static void learn_root(struct vt_cs *cs, const struct vt_ev_block *ev)
{
    struct pos_root *r = &cs->root;

    if (ev->status != VT_OK || memcmp(ev->id, r->id, 32) != 0) {
        r->ask.state = CS_REFUSED;
        return;
    }
    r->ask.state = CS_DONE;
    r->is_slot_known = 1;
    r->txs = r->height >= cs->start ? ev->txs : 0;
    r->slot = ev->time_ms < 0 ? 0 : (uint64_t)ev->time_ms / cs->opt.slot_ms;
    pos_settle_children(cs);
}

void pos_on_fetched(struct vt_cs *cs, const struct vt_ev_block *ev)
{
    uint32_t index = find_asked(cs, POS_FETCHING, ev->token);
    struct pos_block *b;

    if (cs->root.ask.state == CS_ASKED && cs->root.ask.token == ev->token) {
        learn_root(cs, ev);
        return;
    }
    if (index == POS_NONE) {
        return;
    }
    b = &cs->blocks[index];
    if (ev->status != VT_OK || memcmp(ev->id, b->word.id, 32) != 0) {
        b->ask.state = CS_REFUSED; /* the tick asks others */
        return;
    }
    b->ask.state = CS_DONE;
    accuse(cs, index);
    if (judge(cs, b, ev)) {
        b->stage = POS_WAITING;
        pos_settle_children(cs);
    } else {
        /* whoever follows the protocol passes on good blocks only */
        pos_trace(cs, "B2 bad header", b->word.height);
        pos_penalize(cs, b->teller, "BLOCK: its header does not win its slot");
        pos_remove(cs, index);
    }
}

/* ---- on its parent ------------------------------------------------------- */

static void validate(struct vt_cs *cs, uint32_t index)
{
    struct pos_block *b = &cs->blocks[index];

    b->stage = POS_VALIDATING;
    cs_emit_block(&cs->box, VT_EFF_VALIDATE, cs_ask(&cs->box, &b->ask),
                  b->word.id);
}

static int stands_on(const struct vt_cs *cs, const struct pos_block *b,
                     uint32_t up)
{
    uint64_t height = cs->root.height;
    uint64_t slot = cs->root.slot;

    if (up != POS_ROOT) {
        height = cs->blocks[up].word.height;
        slot = cs->blocks[up].word.slot;
    }
    return b->word.height == height + 1 && pos_rule_slot(b->word.slot, slot);
}

/* Returns 1 when something changed. */
static int settle_one(struct vt_cs *cs, uint32_t index)
{
    struct pos_block *b = &cs->blocks[index];
    uint32_t up = pos_find(cs, b->parent);

    if (up == POS_NONE) {
        if (b->word.height > cs->root.height + 1) {
            want(cs, b->parent, b->teller);
        } else {
            b->stage = POS_BAD; /* on another block than the final one */
            return 1;
        }
        return 0;
    }
    if (up == POS_ROOT ? !cs->root.is_slot_known
                       : cs->blocks[up].stage != POS_GOOD &&
                             cs->blocks[up].stage != POS_BAD) {
        return 0;
    }
    if ((up != POS_ROOT && cs->blocks[up].stage == POS_BAD) ||
        !stands_on(cs, b, up)) {
        b->stage = POS_BAD;
        pos_trace(cs, "B3 bad parent", b->word.height);
        return 1;
    }
    b->up = up;
    validate(cs, index);
    return 0;
}

void pos_settle_children(struct vt_cs *cs)
{
    int moved = 1;

    while (moved) {
        moved = 0;
        for (uint32_t i = 0; i < cs->top; i++) {
            if (cs->blocks[i].stage == POS_WAITING) {
                moved |= settle_one(cs, i);
            }
        }
    }
}

/* D1, D2: body and word are durable before anything that rests on them. */
void pos_keep(struct vt_cs *cs, uint32_t index)
{
    struct pos_block *b = &cs->blocks[index];
    uint8_t bytes[POS_RECORD_MAX];
    struct cs_wr wr;

    if (!pos_rule_keeps_blocks()) {
        return;
    }
    if (!b->is_kept) {
        cs_emit_block(&cs->box, VT_EFF_STORE, 0, b->word.id);
    }
    b->is_kept = 1;
    if (b->word.sig.len > 0) {
        cs_wr_init(&wr, bytes, sizeof bytes);
        pos_put_record(&wr, cs->epoch, &b->word);
        cs_emit_persist(&cs->box, POS_SLOT_BLOCKS + index, cs_wr_view(&wr));
    }
}

void pos_become_good(struct vt_cs *cs, uint32_t index)
{
    struct pos_block *b = &cs->blocks[index];

    b->stage = POS_GOOD;
    b->ask.state = CS_DONE;
    cs_link_next(&cs->hasher,
                 b->up == POS_ROOT ? cs->root.link : cs->blocks[b->up].link,
                 b->word.id, b->link);
    pos_keep(cs, index);
    pos_trace(cs, "B4 good", b->word.height);
    pos_settle_children(cs);
    pos_choose(cs);
}

void pos_on_validated(struct vt_cs *cs, const struct vt_ev_block *ev)
{
    uint32_t index = find_asked(cs, POS_VALIDATING, ev->token);
    struct pos_block *b;

    if (index == POS_NONE) {
        return;
    }
    b = &cs->blocks[index];
    if (ev->status != VT_OK || memcmp(ev->id, b->word.id, 32) != 0) {
        pos_fetch(cs, index); /* the host lost it */
    } else if (ev->verdict == VT_LATER) {
        b->ask.state = CS_REFUSED;
    } else if (ev->verdict == VT_GOOD) {
        pos_become_good(cs, index);
    } else {
        b->stage = POS_BAD;
        pos_trace(cs, "B4 bad body", b->word.height);
        pos_settle_children(cs);
    }
}

/* ---- again --------------------------------------------------------------- */

static void retry(struct vt_cs *cs, uint32_t index)
{
    struct pos_block *b = &cs->blocks[index];

    switch (b->stage) {
    case POS_ASKED:
        if (b->tries >= POS_TRIES) {
            pos_remove(cs, index); /* whoever spoke of it speaks again */
        } else {
            ask_peers(cs, index);
        }
        break;
    case POS_VERIFYING:
        verify(cs, index);
        break;
    case POS_FETCHING:
        if (b->tries >= POS_TRIES && !b->is_kept) {
            pos_remove(cs, index);
        } else {
            pos_fetch(cs, index);
        }
        break;
    case POS_VALIDATING:
        validate(cs, index);
        break;
    default:
        break;
    }
}

void pos_blocks_tick(struct vt_cs *cs)
{
    uint64_t old_ns = 2 * cs->opt.tick_ns;

    for (uint32_t i = cs->top; i-- > 0;) {
        struct pos_block *b = &cs->blocks[i];

        if (b->stage != POS_FREE &&
            (b->ask.state == CS_REFUSED ||
             (b->stage != POS_GOOD && b->stage != POS_BAD &&
              cs->box.now_ns - b->ask.since_ns >= old_ns))) {
            retry(cs, i);
        }
    }
    pos_settle_children(cs);
    if (!cs->root.is_slot_known &&
        (cs->root.ask.state != CS_ASKED ||
         cs_is_stale(&cs->box, &cs->root.ask, 4 * cs->opt.tick_ns))) {
        pos_ask_root(cs);
    }
    if (cs->head != POS_ROOT) {
        struct pos_spot tip = {.height = pos_head_height(cs)};

        memcpy(tip.id, pos_head_id(cs), 32);
        pos_send_spot(cs, VT_PEER_ALL, POS_PROTO_TIP, &tip);
    }
}
