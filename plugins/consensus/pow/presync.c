/* SPDX-License-Identifier: Apache-2.0
 *
 * presync.c - a long chain that is not worth memory yet. The first pass checks
 * its headers and keeps one salted bit of each, until their work is enough;
 * the second asks for them again, compares the bits, and keeps the headers. A
 * chain that is never worth it costs its maker work, and this node bits.
 */
#include "inside.h"

#define HEADERS_MAX (1u << 20)
#define PATIENCE_NS (UINT64_C(30) * 1000000000u)

struct pow_u256 pow_least_work(const struct vt_cs *cs)
{
    const struct pow_entry *head = &cs->list[cs->head];
    struct pow_u256 least = head->work;

    if (head->h.height >= cs->terms.start_height) {
        struct pow_u256 target;

        if (pow_target_of(head->h.bits, &target)) {
            struct pow_u256 slack = pow_work_of(&target);

            slack = pow_u256_mul(&slack, POW_WORTH);
            least = pow_u256_sub(&least, &slack);
        }
    }
    /* at the start of an epoch all work is counted from there */
    if (cs->list[cs->final].h.height + 1 == cs->terms.start_height &&
        pow_u256_cmp(&least, &cs->opt.min_work) < 0) {
        least = cs->opt.min_work;
    }
    return least;
}

static void end(struct vt_cs *cs)
{
    free(cs->presync.bits);
    memset(&cs->presync, 0, sizeof cs->presync);
}

static uint32_t mark_of(const struct vt_cs *cs, const uint8_t hash[32])
{
    return (uint32_t)(pow_luck(cs, hash) & 1u);
}

static int has_mark(const struct pow_presync *p, uint64_t at)
{
    return p->bits[at / 8] >> (at % 8) & 1;
}

/* One header of either pass. Returns 0 when it is over. */
static int take_one(struct vt_cs *cs, const struct pow_header *h)
{
    struct pow_presync *p = &cs->presync;
    struct pow_u256 target;
    struct pow_u256 own;
    uint8_t hash[32];
    const char *fault = pow_header_fault(&cs->terms, &p->at, h, hash);

    if (fault == NULL && p->pass == 2 &&
        (p->count >= p->marks ||
         has_mark(p, p->count) != (int)mark_of(cs, hash))) {
        fault = "other headers than in the first pass";
    }
    if (fault != NULL) {
        pow_penalize(cs, p->peer, fault);
        return 0;
    }
    if (p->pass == 1 && p->count < HEADERS_MAX) {
        p->bits[p->count / 8] |= (uint8_t)(mark_of(cs, hash) << (p->count % 8));
    }
    p->count++;
    pow_below_of(h, hash, &p->at);
    if (pow_target_of(h->bits, &target)) {
        own = pow_work_of(&target);
        p->work = pow_u256_add(&p->work, &own);
    }
    return p->count <= HEADERS_MAX;
}

static void begin_second(struct vt_cs *cs)
{
    struct pow_presync *p = &cs->presync;

    p->pass = 2;
    p->marks = p->count;
    p->count = 0;
    p->at = p->start;
    pow_trace(cs, "H6 second pass", p->start.height);
    pow_ask_from(cs, p->peer, p->start.hash);
}

static void after_first(struct vt_cs *cs, int is_full)
{
    struct pow_presync *p = &cs->presync;
    struct pow_u256 least = pow_least_work(cs);

    if (pow_u256_cmp(&p->work, &least) >= 0) {
        begin_second(cs);
    } else if (is_full) {
        pow_ask_from(cs, p->peer, p->at.hash);
    } else {
        pow_trace(cs, "H4 not worth it", p->at.height);
        end(cs);
    }
}

void pow_presync_begin(struct vt_cs *cs, uint32_t from, uint32_t parent,
                       uint32_t first)
{
    struct pow_presync *p = &cs->presync;
    int is_good = 1;

    if (p->pass != 0 || from >= cs->n) {
        return;
    }
    p->bits = calloc(1, HEADERS_MAX / 8);
    if (p->bits == NULL) {
        return;
    }
    p->pass = 1;
    p->peer = from;
    p->since_ns = cs->box.now_ns;
    p->work = cs->list[parent].work;
    pow_below_at(cs, parent, &p->start);
    p->at = p->start;
    for (uint32_t k = first; k < cs->run->count && is_good; k++) {
        is_good = take_one(cs, &cs->run->list[k]);
    }
    if (is_good) {
        after_first(cs, 1);
    } else {
        end(cs);
    }
}

static void after_second(struct vt_cs *cs, uint32_t parent, int is_full)
{
    struct pow_presync *p = &cs->presync;
    uint32_t peer = p->peer;
    uint8_t last[32];

    pow_take_run(cs, parent, 0, cs_bit(peer));
    memcpy(last, p->at.hash, 32);
    if (pow_find(cs, last) == POW_NONE || p->count >= p->marks || !is_full) {
        end(cs);
    }
    if (is_full && pow_find(cs, last) != POW_NONE) {
        pow_ask_from(cs, peer, last);
    }
}

int pow_presync_takes(struct vt_cs *cs, uint32_t from)
{
    struct pow_presync *p = &cs->presync;
    int is_full = cs->run->count == POW_RUN_MAX;
    uint32_t parent;

    if (p->pass == 0 || from != p->peer ||
        memcmp(cs->run->list[0].prev, p->at.hash, 32) != 0 ||
        (p->pass == 1 && p->count == 0)) {
        return 0;
    }
    p->since_ns = cs->box.now_ns;
    for (uint32_t k = 0; k < cs->run->count; k++) {
        if (p->pass == 2 && p->count == p->marks) {
            cs->run->count = k; /* what comes after is like any other */
            break;
        }
        if (!take_one(cs, &cs->run->list[k])) {
            end(cs);
            return 1;
        }
    }
    if (p->pass == 1) {
        after_first(cs, is_full);
        return 1;
    }
    parent = pow_find(cs, cs->run->list[0].prev);
    if (parent == POW_NONE) {
        end(cs); /* the branch under it went meanwhile */
    } else {
        after_second(cs, parent, is_full);
    }
    return 1;
}

void pow_presync_tick(struct vt_cs *cs)
{
    if (cs->presync.pass != 0 &&
        cs->box.now_ns - cs->presync.since_ns > PATIENCE_NS) {
        pow_trace(cs, "H7 no answer", cs->presync.at.height);
        end(cs);
    }
}
