/* SPDX-License-Identifier: Apache-2.0
 *
 * follow.c - R4: from what a leader names to what is in the log.
 *
 * A leader's APPEND names entries by id, on top of one it believes we have;
 * the body of the first may come along, others are fetched. `match` is how far
 * our log is known to agree with its log; wants are what it named above that.
 */
#include "inside.h"

/* ---- wants --------------------------------------------------------------- */

static struct raft_want *want_at(struct vt_cs *cs, uint64_t index)
{
    struct raft_want *w = &cs->wants[index % RAFT_SLOTS];

    return w->index == index ? w : NULL;
}

/* Others' blocks that are in no log of ours are given back. */
void raft_forget_wants(struct vt_cs *cs)
{
    for (uint32_t i = 0; i < RAFT_SLOTS; i++) {
        struct raft_want *w = &cs->wants[i];

        if (w->index != 0 && w->index > cs->chain.committed &&
            !cs_chain_has(&cs->chain, w->index, w->name.id)) {
            raft_drop_block(cs, w->name.id);
        }
        w->index = 0;
    }
    cs->match = cs->chain.committed;
    cs->is_copying = 0;
}

static void want(struct vt_cs *cs, uint32_t from, uint64_t index,
                 const struct raft_name *name)
{
    struct raft_want *w = &cs->wants[index % RAFT_SLOTS];
    struct cs_block *block;

    if (index <= cs->match || index > cs->chain.committed + RAFT_SLOTS) {
        return;
    }
    if (w->index == index && memcmp(w->name.id, name->id, 32) != 0) {
        raft_trace(cs, "R4 renamed", index); /* no leader does that */
        return;
    }
    w->index = index;
    w->name = *name;
    block = cs_block_want(&cs->blocks, name->id, index, cs_bit(from));
    if (block != NULL) {
        cs_block_validate(&cs->blocks, block);
    }
}

void raft_take_run(struct vt_cs *cs, uint32_t from, const struct raft_run *run)
{
    const struct cs_chain *c = &cs->chain;
    struct raft_name below = {.term = run->term};

    memcpy(below.id, run->id, 32);
    if (run->index == c->committed &&
        memcmp(run->id, c->committed_id, 32) == 0) {
        if (!c->has_link) {
            struct cs_link *at = &cs->chain.ring[run->index % CS_CHAIN_RING];

            cs->chain.has_link = 1;
            memcpy(cs->chain.committed_link, run->link, 32);
            at->seq = run->index;
            memcpy(at->id, run->id, 32);
            memcpy(at->link, run->link, 32);
        }
        if (run->term > cs->committed_term) {
            cs->committed_term = run->term;
        }
    }
    if (run->index > c->committed) {
        want(cs, from, run->index, &below);
    }
    for (uint32_t i = 0; i < run->count; i++) {
        if (run->index + 1 + i > c->committed) {
            want(cs, from, run->index + 1 + i, &run->names[i]);
        }
    }
}

/* ---- appending ----------------------------------------------------------- */

static int fits(struct vt_cs *cs, const struct raft_want *w,
                const struct cs_block *block, const uint8_t parent[32])
{
    struct vt_view payload = {block->payload, block->payload_len};

    if (block->height != w->index || memcmp(block->parent, parent, 32) != 0 ||
        raft_payload_term(payload) != w->name.term) {
        return 0;
    }
    return cs->chain.seal == 0 || w->index <= cs->chain.seal || block->is_empty;
}

/* 1 when the next named entry is now in the log. */
static int accept_next(struct vt_cs *cs)
{
    struct cs_chain *c = &cs->chain;
    struct raft_want *w = want_at(cs, cs->match + 1);
    const uint8_t *parent;
    struct cs_block *block;
    int is_same;

    if (w == NULL || !c->has_link) {
        return 0;
    }
    block = cs_block_find(&cs->blocks, w->name.id);
    if (block == NULL || block->valid != CS_VALID || !block->is_held) {
        return 0;
    }
    parent = cs->match == c->committed ? c->committed_id
                                       : cs_link_at(c, cs->match)->id;
    if (!fits(cs, w, block, parent)) {
        raft_trace(cs, "R4 misfit", w->index);
        w->index = 0;
        return 0;
    }
    is_same = w->index <= c->tail && cs_chain_has(c, w->index, w->name.id);
    if (w->index <= c->tail && raft_rule_conflicts(is_same)) {
        raft_truncate(cs, cs->match);
    }
    if (cs->match == c->tail) {
        if (w->index - c->applied > RAFT_SLOTS) {
            return 0; /* the host is behind */
        }
        raft_append_entry(cs, w->name.term, block);
        raft_trace(cs, "R4 append", w->index);
    }
    cs->match = w->index;
    w->index = 0;
    return 1;
}

/* Signs, in order, for what agrees with the leader's log. A signature covers
 * all entries below: after a restart their bodies have to be here again. */
static void sign_matched(struct vt_cs *cs)
{
    uint64_t i =
        cs->acked > cs->chain.committed ? cs->acked : cs->chain.committed;

    while (i < cs->match && raft_is_ready(cs, i + 1)) {
        i++;
        raft_ask_ack(cs, raft_entry(cs, i));
    }
    cs->acked = i;
}

static void end_copy(struct vt_cs *cs)
{
    cs->is_copying = 0;
    raft_trace(cs, "R2 copied", cs->match);
    if (cs->role != RAFT_FOLLOWER) {
        raft_start_asking(cs);
    }
}

int raft_accept(struct vt_cs *cs)
{
    int moved = 0;

    if (cs->match < cs->chain.committed) {
        cs->match = cs->chain.committed;
    }
    while (!cs->is_halted && accept_next(cs)) {
        moved = 1;
    }
    if (cs->is_copying && cs->match >= cs->copy_index) {
        end_copy(cs);
    }
    if (cs->leader != RAFT_NOBODY && cs->leader != cs->self) {
        sign_matched(cs);
        if (moved && raft_term_at(cs, cs->match) != cs->term) {
            raft_send_ack(cs, 1, cs->match); /* nothing signed, but progress */
        }
    }
    return moved;
}

/* ---- APPEND -------------------------------------------------------------- */

/* An acknowledgement promises durability: it is signed, or sent in order. */
void raft_send_ack(struct vt_cs *cs, int is_match, uint64_t index)
{
    const struct raft_entry *e = raft_entry(cs, index);
    struct raft_ack m = {.term = cs->term,
                         .round = cs->leader_round,
                         .committed = cs_chain_told(&cs->chain),
                         .is_match = is_match != 0,
                         .index = index};
    struct cs_qc vote;
    struct cs_wr wr;

    if (is_match && e != NULL && e->term == cs->term &&
        e->ask.state == CS_DONE && index > cs->chain.committed) {
        raft_vote_of(cs, e, &vote);
        m.has_sig = 1;
        memcpy(m.id, vote.id, 32);
        memcpy(m.link, vote.extra, 32);
        m.sig = e->sig;
    }
    cs_wr_init(&wr, cs->buffer, RAFT_MESSAGE_MAX);
    raft_put_ack(&wr, &m);
    raft_send(cs, cs->leader, RAFT_ACK, cs_wr_view(&wr));
}

/* 1: the leader's entry below the run is ours, 0: it is not, -1: never. */
static int agrees(const struct vt_cs *cs, const struct raft_run *run)
{
    const struct cs_chain *c = &cs->chain;

    if (run->index <= c->committed) {
        const struct cs_link *at = cs_link_at(c, run->index);

        return at == NULL || memcmp(at->id, run->id, 32) == 0 ? 1 : -1;
    }
    return run->index <= c->tail && cs_chain_has(c, run->index, run->id);
}

/* Where the leader should try next: below the conflict all entries of its term
 * are skipped, and nothing that agrees already is tried again. */
static uint64_t hint(const struct vt_cs *cs, const struct raft_run *run)
{
    uint64_t at =
        run->index - 1 < cs->chain.tail ? run->index - 1 : cs->chain.tail;

    while (at > cs->match && raft_term_at(cs, at) > run->term) {
        at--;
    }
    return at > cs->match ? at : cs->match;
}

static void refuse_old_leader(struct vt_cs *cs, uint32_t from)
{
    struct raft_ack m = {.term = cs->term};
    struct cs_wr wr;

    cs_wr_init(&wr, cs->buffer, RAFT_MESSAGE_MAX);
    raft_put_ack(&wr, &m);
    raft_send(cs, from, RAFT_ACK, cs_wr_view(&wr));
}

static void obey(struct vt_cs *cs, uint32_t from, const struct raft_append *m)
{
    if (m->term > cs->term || cs->leader != from || cs->role != RAFT_FOLLOWER) {
        raft_follow(cs, m->term, from);
    }
    cs->leader_ns = cs->box.now_ns;
    if (m->round > cs->leader_round) {
        cs->leader_round = m->round;
    }
    if (m->committed > cs->heard_commit) {
        cs->heard_commit = m->committed;
    }
    raft_wait_for_leader(cs);
}

static void take_body(struct vt_cs *cs, const struct vt_ev_recv *ev)
{
    const struct raft_run *run = &cs->append.run;
    struct cs_block *block;

    if (ev->has_attach && run->count > 0 &&
        memcmp(ev->attach, run->names[0].id, 32) == 0 &&
        run->index + 1 > cs->chain.committed) {
        block = cs_block_add(&cs->blocks, ev->attach, run->index + 1);
        if (block != NULL) {
            block->is_held = 1;
            block->is_known = 1;
        }
    }
}

void raft_on_append(struct vt_cs *cs, const struct vt_ev_recv *ev)
{
    struct raft_append *m = &cs->append;
    int verdict;

    if (!raft_get_append(ev->msg, m)) {
        raft_penalize(cs, ev->from, "malformed APPEND");
        return;
    }
    if (m->term < cs->term) {
        refuse_old_leader(cs, ev->from);
        return;
    }
    if (m->term == cs->term && cs->role == RAFT_LEADER) {
        raft_trace(cs, "R1 rival", m->term); /* somebody else forgot a vote */
        return;
    }
    if (m->term == cs->refused_term) {
        if (m->committed > cs->heard_commit) {
            cs->heard_commit = m->committed; /* the host must learn of it */
        }
        return;
    }
    obey(cs, ev->from, m);
    if (m->committed > cs->chain.committed + cs->opt.window) {
        raft_sync(cs, m->committed); /* the host brings many at once */
    }
    verdict = agrees(cs, &m->run);
    if (verdict < 0) {
        raft_halt(cs, "the leader's log contradicts a final block",
                  m->run.index);
        return;
    }
    take_body(cs, ev);
    raft_take_run(cs, ev->from, &m->run);
    if (verdict && m->run.index > cs->match) {
        cs->match = m->run.index;
    }
    (void)raft_accept(cs);
    if (!verdict && m->run.index > cs->match) {
        raft_send_ack(cs, 0, hint(cs, &m->run));
    } else if (m->run.index + m->run.count <= cs->match) {
        raft_send_ack(cs, 1, cs->match);
    }
}

/* ---- answers about bodies ------------------------------------------------ */

/* R10: who leads with a block the host finds bad is as good as silent. Were it
 * obeyed, a leader that computes another state would stop all for ever. */
static void leave_leader(struct vt_cs *cs, const struct cs_block *block)
{
    const struct raft_want *w = want_at(cs, block->height);

    if (raft_rule_leaves_leader() && cs->role == RAFT_FOLLOWER &&
        cs->leader != RAFT_NOBODY && w != NULL &&
        memcmp(w->name.id, block->id, 32) == 0) {
        cs->refused_term = cs->term;
        raft_trace(cs, "R10 leave", block->height);
    }
}

void raft_on_validated(struct vt_cs *cs, const struct vt_ev_block *ev)
{
    const struct cs_block *block = cs_block_validated(&cs->blocks, ev);

    if (block != NULL && block->valid == CS_BAD) {
        raft_trace(cs, "BLOCK bad", block->height);
        leave_leader(cs, block);
    }
}

/* A crash may leave an entry without its body. Such an entry was never
 * acknowledged, since that waits for both: when nobody has the body, the entry
 * goes. */
static void body_is_lost(struct vt_cs *cs, const struct cs_block *block)
{
    struct raft_entry *e = raft_entry(cs, block->height);

    if (e != NULL && e->index > cs->chain.committed &&
        cs_chain_has(&cs->chain, e->index, block->id) && e->is_restored &&
        ++e->refusals >= RAFT_MISSING) {
        raft_trace(cs, "P2 lost", e->index);
        raft_truncate(cs, e->index - 1);
        if (cs->match > cs->chain.tail) {
            cs->match = cs->chain.tail;
        }
    }
}

void raft_on_fetched(struct vt_cs *cs, const struct vt_ev_block *ev)
{
    for (uint32_t i = 0; i < cs->blocks.count; i++) {
        struct cs_block *block = &cs->blocks.list[i];

        if (block->fetch.state != CS_ASKED || block->fetch.token != ev->token) {
            continue;
        }
        cs_block_fetched(&cs->blocks, ev);
        if (block->is_held) {
            cs_block_validate(&cs->blocks, block);
        } else if (ev->status == VT_E_NOTFOUND) {
            body_is_lost(cs, block);
        }
        return;
    }
}
