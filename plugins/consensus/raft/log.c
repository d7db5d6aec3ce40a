/* SPDX-License-Identifier: Apache-2.0
 *
 * log.c - the entries above C: appended, given back, signed for.
 *
 * An entry is a block; its term is in the header, so that an id names entry
 * and term, and the parent's id in it is the log matching property.
 */
#include "inside.h"

/* ---- bodies -------------------------------------------------------------- */

void raft_drop_block(struct vt_cs *cs, const uint8_t id[32])
{
    struct cs_block *block = cs_block_find(&cs->blocks, id);

    if (block == NULL) {
        return;
    }
    if (block->is_live) {
        cs_emit_block(&cs->box, VT_EFF_REQUEUE, 0, id);
        raft_trace(cs, "BLOCK requeue", block->height);
    }
    cs_block_drop(&cs->blocks, (uint32_t)(block - cs->blocks.list));
}

int raft_is_ready(struct vt_cs *cs, uint64_t index)
{
    const struct cs_link *at = cs_link_at(&cs->chain, index);
    struct cs_block *block =
        at == NULL ? NULL : cs_block_find(&cs->blocks, at->id);

    if (block == NULL || block->valid != CS_VALID || !block->is_held) {
        return 0;
    }
    raft_entry(cs, index)->is_restored = 0;
    if (raft_rule_stores_bodies()) {
        cs_block_store(&cs->blocks, block); /* again after a restart */
    }
    return 1;
}

int raft_is_whole(struct vt_cs *cs, uint64_t index)
{
    for (uint64_t i = cs->chain.committed + 1; i <= index; i++) {
        if (!raft_is_ready(cs, i)) {
            return 0;
        }
    }
    return 1;
}

/* ---- appending and truncating -------------------------------------------- */

void raft_append_entry(struct vt_cs *cs, uint64_t term, struct cs_block *block)
{
    struct raft_entry *e;

    cs_chain_append(&cs->chain, block->id);
    e = &cs->log[cs->chain.tail % CS_CHAIN_RING];
    memset(e, 0, sizeof *e);
    e->index = cs->chain.tail;
    e->term = term;
    e->size_bytes = block->size_bytes;
    cs->tail_bytes += e->size_bytes;
    if (raft_rule_stores_bodies()) {
        cs_block_store(&cs->blocks, block);
    }
    raft_save_entry(cs, e->index);
}

/* The slots of what goes stay: a later entry replaces them, and until then the
 * chain of parents tells on restart that they are not the log's any more. */
void raft_truncate(struct vt_cs *cs, uint64_t index)
{
    for (uint64_t i = cs->chain.tail; i > index; i--) {
        struct cs_link *at = cs_link_at(&cs->chain, i);
        struct raft_entry *e = raft_entry(cs, i);

        raft_drop_block(cs, at->id);
        cs->tail_bytes -= e->size_bytes;
        e->index = 0;
        at->seq = 0;
        raft_trace(cs, "R4 truncate", i);
    }
    cs->chain.tail = index;
}

/* ---- acknowledging ------------------------------------------------------- */

void raft_vote_of(const struct vt_cs *cs, const struct raft_entry *e,
                  struct cs_qc *out)
{
    const struct cs_link *at = cs_link_at(&cs->chain, e->index);

    out->role = RAFT_ROLE_ACK;
    out->view = e->term;
    out->seq = e->index;
    memcpy(out->id, at->id, 32);
    memcpy(out->extra, at->link, 32);
}

/* P2, P3: SIGN waits for what was emitted before it, body and entry. */
static void ask_sign(struct vt_cs *cs, struct raft_entry *e)
{
    struct vt_eff_sign sign = {
        .role = RAFT_ROLE_ACK, .major = e->term, .minor = e->index};
    uint8_t bytes[RAFT_CORE_LEN];
    struct cs_qc vote;
    struct cs_wr core;

    if (cs->role == RAFT_LEADER && !raft_rule_leader_waits()) {
        sign.h.flags = VT_EFF_EARLY;
    }
    raft_vote_of(cs, e, &vote);
    cs_wr_init(&core, bytes, sizeof bytes);
    cs_put_core(&core, &vote);
    sign.msg = cs_wr_view(&core);
    cs_emit_sign(&cs->box, &e->ask, &sign);
}

void raft_ask_ack(struct vt_cs *cs, struct raft_entry *e)
{
    if (raft_is_member(cs) && e->ask.state == CS_NOT_ASKED &&
        raft_rule_counts(e->term, cs->term)) {
        ask_sign(cs, e);
    }
}

void raft_on_signed(struct vt_cs *cs, const struct vt_ev_done *ev)
{
    for (uint64_t i = cs->chain.committed + 1; i <= cs->chain.tail; i++) {
        struct raft_entry *e = raft_entry(cs, i);

        if (e->ask.state != CS_ASKED || e->ask.token != ev->token) {
            continue;
        }
        if (cs_answered(&e->ask, ev)) {
            cs_take_sig(ev, &e->sig);
            if (cs->role == RAFT_LEADER) {
                raft_count_own(cs, e);
            } else if (i <= cs->match && cs->leader != RAFT_NOBODY) {
                raft_send_ack(cs, 1, i);
            }
        }
        return;
    }
}

void raft_retry_signs(struct vt_cs *cs, uint64_t older_ns)
{
    for (uint64_t i = cs->chain.committed + 1; i <= cs->chain.tail; i++) {
        struct raft_entry *e = raft_entry(cs, i);

        if (cs_is_stale(&cs->box, &e->ask, older_ns) && e->term == cs->term) {
            ask_sign(cs, e);
        }
    }
}

/* ---- for others ---------------------------------------------------------- */

int raft_make_run(const struct vt_cs *cs, uint64_t index, uint32_t most,
                  struct raft_run *out)
{
    const struct cs_chain *c = &cs->chain;
    const struct cs_link *below = cs_link_at(c, index);
    int is_base = index == c->committed && c->has_link;

    if (index > c->tail || (below == NULL && !is_base)) {
        return 0;
    }
    out->index = index;
    out->term = raft_term_at(cs, index);
    out->count = 0;
    memcpy(out->id, is_base ? c->committed_id : below->id, 32);
    memcpy(out->link, is_base ? c->committed_link : below->link, 32);
    for (uint64_t i = index + 1; i <= cs->chain.tail && out->count < most;
         i++) {
        const struct cs_link *at = cs_link_at(&cs->chain, i);
        struct raft_name *name = &out->names[out->count];

        if (at == NULL || raft_entry(cs, i) == NULL) {
            break;
        }
        name->term = raft_term_at(cs, i);
        memcpy(name->id, at->id, 32);
        out->count++;
    }
    return 1;
}
