/* SPDX-License-Identifier: Apache-2.0
 *
 * read.c - R7: up to which height a reader must wait to see all that was final
 * when it asked; and what the operator can ask for.
 *
 * A leader may have been replaced without knowing. It answers only after a
 * block of its own term is final and a majority answered a ping sent after the
 * question. No clocks are compared.
 */
#include "inside.h"

static void wait_for_round(struct vt_cs *cs, uint32_t who, uint64_t number)
{
    cs->peers[who].read = number;
    cs->peers[who].read_round = cs->round + 1;
    raft_ping(cs);
    raft_answer_reads(cs);
}

static void finish_read(struct vt_cs *cs, uint64_t index)
{
    cs->read = 0;
    cs->read_index = index;
    raft_trace(cs, "R7 read", index);
}

void raft_answer_reads(struct vt_cs *cs)
{
    struct cs_wr wr;

    if (cs->role != RAFT_LEADER || cs->chain.committed < cs->first) {
        return;
    }
    for (uint32_t m = 0; m < cs->n; m++) {
        struct raft_peer *peer = &cs->peers[m];

        if (peer->read == 0 || raft_heard_round(cs, peer->read_round) < cs->q) {
            continue;
        }
        if (m == cs->self) {
            finish_read(cs, cs->chain.committed);
        } else {
            cs_wr_init(&wr, cs->buffer, RAFT_MESSAGE_MAX);
            raft_put_index(&wr, peer->read, cs->chain.committed);
            raft_send_early(cs, m, RAFT_INDEX, NULL, cs_wr_view(&wr));
        }
        peer->read = 0;
    }
}

static void ask_leader(struct vt_cs *cs)
{
    struct cs_wr wr;

    if (cs->role == RAFT_LEADER) {
        wait_for_round(cs, cs->self, cs->read);
    } else if (cs->leader != RAFT_NOBODY) {
        cs_wr_init(&wr, cs->buffer, RAFT_MESSAGE_MAX);
        raft_put_number(&wr, cs->read);
        raft_send_early(cs, cs->leader, RAFT_READ, NULL, cs_wr_view(&wr));
    }
}

void raft_on_read(struct vt_cs *cs, uint32_t from, struct vt_view msg)
{
    uint64_t number;

    if (!raft_get_number(msg, &number) || number == 0) {
        raft_penalize(cs, from, "malformed READ");
    } else if (cs->role == RAFT_LEADER && from != cs->self &&
               cs->peers[from].read != number) {
        wait_for_round(cs, from, number);
    }
}

void raft_on_index(struct vt_cs *cs, uint32_t from, struct vt_view msg)
{
    uint64_t number;
    uint64_t index;

    if (!raft_get_index(msg, &number, &index)) {
        raft_penalize(cs, from, "malformed INDEX");
    } else if (cs->read != 0 && cs->read == number) {
        finish_read(cs, index);
    }
}

/* The question or the answer may have been lost, or the leader changed. */
void raft_retry_read(struct vt_cs *cs)
{
    if (cs->read != 0 &&
        (cs->role != RAFT_LEADER || cs->peers[cs->self].read == 0)) {
        ask_leader(cs);
    }
}

/* ---- the operator -------------------------------------------------------- */

static int says(struct vt_view text, const char *word)
{
    size_t len = strlen(word);

    return text.len == len && memcmp(text.ptr, word, len) == 0;
}

/* "transfer 2": to that member. */
static uint32_t member_in(struct vt_view text, const char *before)
{
    size_t len = strlen(before);
    uint32_t member = 0;

    if (text.len <= len || text.len > len + 2 ||
        memcmp(text.ptr, before, len) != 0) {
        return RAFT_NOBODY;
    }
    for (size_t i = len; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') {
            return RAFT_NOBODY;
        }
        member = member * 10u + (uint32_t)(text.ptr[i] - '0');
    }
    return member;
}

void raft_on_admin(struct vt_cs *cs, struct vt_view text)
{
    uint32_t member = member_in(text, "transfer ");

    if (!raft_is_member(cs)) {
        return;
    }
    if (says(text, "transfer") || member != RAFT_NOBODY) {
        raft_start_transfer(cs, member);
    } else if (says(text, "read")) {
        cs->read = ++cs->reads;
        ask_leader(cs);
    }
}
