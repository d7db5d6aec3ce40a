/* SPDX-License-Identifier: Apache-2.0
 *
 * index.c - the tree of headers: found by hash, walked by parent, never larger
 * than its table.
 */
#include "inside.h"

void pow_index_clear(struct vt_cs *cs)
{
    memset(cs->list, 0, POW_INDEX * sizeof *cs->list);
    memset(cs->buckets, 0, POW_BUCKETS * sizeof *cs->buckets);
    cs->count = 0;
    cs->top = 0;
}

/* ---- by hash ------------------------------------------------------------- */

static uint32_t bucket_of(const uint8_t hash[32])
{
    /* the first bytes of a hash that was worked for are zeros */
    return ((uint32_t)hash[28] | (uint32_t)hash[29] << 8 |
            (uint32_t)hash[30] << 16) %
           POW_BUCKETS;
}

static void hook(struct vt_cs *cs, uint32_t i)
{
    uint32_t at = bucket_of(cs->list[i].hash);

    while (cs->buckets[at] != 0) {
        at = (at + 1) % POW_BUCKETS;
    }
    cs->buckets[at] = i + 1;
}

static void hook_all(struct vt_cs *cs)
{
    memset(cs->buckets, 0, POW_BUCKETS * sizeof *cs->buckets);
    cs->count = 0;
    cs->top = 0;
    for (uint32_t i = 0; i < POW_INDEX; i++) {
        if (cs->list[i].state != POW_FREE) {
            hook(cs, i);
            cs->count++;
            cs->top = i + 1;
        }
    }
}

uint32_t pow_find(const struct vt_cs *cs, const uint8_t hash[32])
{
    uint32_t at = bucket_of(hash);

    for (; cs->buckets[at] != 0; at = (at + 1) % POW_BUCKETS) {
        uint32_t i = cs->buckets[at] - 1;

        if (memcmp(cs->list[i].hash, hash, 32) == 0) {
            return i;
        }
    }
    return POW_NONE;
}

uint32_t pow_find_block(const struct vt_cs *cs, const uint8_t id[32],
                        uint64_t height)
{
    uint32_t found = POW_NONE;

    for (uint32_t i = 0; i < cs->top; i++) {
        const struct pow_entry *e = &cs->list[i];

        if (e->state != POW_FREE && e->h.height == height &&
            memcmp(e->h.id, id, 32) == 0 && pow_is_better(cs, i, found)) {
            found = i;
        }
    }
    return found;
}

/* ---- walking ------------------------------------------------------------- */

uint32_t pow_ancestor(const struct vt_cs *cs, uint32_t i, uint64_t height)
{
    while (i != POW_NONE && cs->list[i].h.height > height) {
        i = cs->list[i].parent;
    }
    return i != POW_NONE && cs->list[i].h.height == height ? i : POW_NONE;
}

int pow_descends(const struct vt_cs *cs, uint32_t i, uint32_t from)
{
    return pow_ancestor(cs, i, cs->list[from].h.height) == from;
}

uint32_t pow_common(const struct vt_cs *cs, uint32_t a, uint32_t b)
{
    while (a != b && a != POW_NONE && b != POW_NONE) {
        if (cs->list[a].h.height >= cs->list[b].h.height) {
            a = cs->list[a].parent;
        } else {
            b = cs->list[b].parent;
        }
    }
    return a == b ? a : POW_NONE;
}

enum { UNKNOWN = 0, INSIDE = 1, OUTSIDE = 2 };

/* Fills cs->marks: which entries are `from` or stand on it. Each entry is
 * walked over once. */
static void find_branch(struct vt_cs *cs, uint32_t from)
{
    memset(cs->marks, UNKNOWN, POW_INDEX);
    cs->marks[from] = INSIDE;
    for (uint32_t i = 0; i < cs->top; i++) {
        uint32_t depth = 0;
        uint32_t at = i;
        uint8_t mark = OUTSIDE;

        while (at != POW_NONE && cs->list[at].state != POW_FREE &&
               cs->marks[at] == UNKNOWN) {
            cs->path[depth++] = at;
            at = cs->list[at].parent;
        }
        if (at != POW_NONE && cs->marks[at] != UNKNOWN) {
            mark = cs->marks[at];
        }
        while (depth > 0) {
            cs->marks[cs->path[--depth]] = mark;
        }
    }
}

void pow_mark_branch(struct vt_cs *cs, uint32_t i, enum pow_state state)
{
    find_branch(cs, i);
    for (uint32_t k = 0; k < cs->top; k++) {
        if (cs->marks[k] == INSIDE && cs->list[k].state != POW_FREE) {
            cs->list[k].state = state;
        }
    }
}

void pow_refuse_branch(struct vt_cs *cs, uint32_t i)
{
    pow_mark_branch(cs, i, POW_BAD);
    for (uint32_t k = 0; k < cs->top; k++) {
        cs->list[k].is_refused |= cs->marks[k] == INSIDE;
    }
    cs->has_refused = 1;
}

void pow_below_at(const struct vt_cs *cs, uint32_t i, struct pow_below *out)
{
    const struct pow_entry *e = &cs->list[i];

    if (e->h.height + 1 == cs->terms.start_height) {
        pow_below_start(&cs->terms, out);
    } else {
        pow_below_of(&e->h, e->hash, out);
    }
}

/* ---- order --------------------------------------------------------------- */

uint64_t pow_luck(const struct vt_cs *cs, const uint8_t hash[32])
{
    struct vt_view parts[2] = {cs_view(cs->seed, 32), cs_view(hash, 32)};
    uint8_t out[32] = {0};
    struct cs_rd rd;

    (void)cs->crypto->hash(cs->host, "VTC/pow/luck/1", parts, 2, out);
    cs_rd_init(&rd, cs_view(out, 8));
    return cs_get_u64(&rd);
}

int pow_is_better(const struct vt_cs *cs, uint32_t i, uint32_t than)
{
    const struct pow_entry *a = &cs->list[i];
    const struct pow_entry *b;

    if (than == POW_NONE) {
        return 1;
    }
    b = &cs->list[than];
    return pow_rule_is_better(&a->work, a->luck, &b->work, b->luck);
}

/* ---- growing and shrinking ----------------------------------------------- */

static void set_work(struct vt_cs *cs, uint32_t i)
{
    struct pow_entry *e = &cs->list[i];
    struct pow_u256 target;

    e->work = pow_u256_of(0);
    if (pow_target_of(e->h.bits, &target)) {
        e->work = pow_work_of(&target);
    }
    if (e->parent != POW_NONE) {
        e->work = pow_u256_add(&e->work, &cs->list[e->parent].work);
    }
}

static void find_parents(struct vt_cs *cs)
{
    memset(cs->marks, 0, POW_INDEX);
    for (uint32_t i = 0; i < cs->top; i++) {
        if (cs->list[i].parent != POW_NONE) {
            cs->marks[cs->list[i].parent] = 1;
        }
    }
}

/* The table is full: the leaf with less work than all others and than that
 * makes room, never one the head stands on. */
static uint32_t evict(struct vt_cs *cs, const struct pow_u256 *work,
                      uint32_t parent)
{
    uint32_t worst = POW_NONE;

    find_parents(cs);
    for (uint32_t i = 0; i < cs->top; i++) {
        const struct pow_entry *e = &cs->list[i];

        if (cs->marks[i] == 0 && i != parent && i != cs->head &&
            i != cs->final && pow_u256_cmp(&e->work, work) < 0 &&
            (worst == POW_NONE || pow_is_better(cs, worst, i))) {
            worst = i;
        }
    }
    if (worst != POW_NONE) {
        cs->list[worst].state = POW_FREE;
        hook_all(cs);
    }
    return worst;
}

static uint32_t find_place(struct vt_cs *cs, const struct pow_u256 *work,
                           uint32_t parent)
{
    for (uint32_t i = 0; i < POW_INDEX && cs->count < POW_INDEX; i++) {
        if (cs->list[i].state == POW_FREE) {
            return i;
        }
    }
    return evict(cs, work, parent);
}

uint32_t pow_insert(struct vt_cs *cs, uint32_t parent,
                    const struct pow_header *h, const uint8_t hash[32])
{
    struct pow_entry e = {.state = POW_HEADER, .parent = parent, .h = *h};
    struct pow_u256 target;
    uint32_t i;

    if (!pow_target_of(h->bits, &target)) {
        return POW_NONE;
    }
    e.work = pow_work_of(&target);
    if (parent != POW_NONE) {
        e.work = pow_u256_add(&e.work, &cs->list[parent].work);
        e.state = cs->list[parent].state == POW_BAD ? POW_BAD : POW_HEADER;
        e.is_refused = cs->list[parent].is_refused;
    }
    i = find_place(cs, &e.work, parent);
    if (i == POW_NONE) {
        return POW_NONE;
    }
    memcpy(e.hash, hash, 32);
    e.luck = pow_luck(cs, hash);
    cs->list[i] = e;
    hook(cs, i);
    cs->count++;
    cs->top = i >= cs->top ? i + 1 : cs->top;
    return i;
}

void pow_prune(struct vt_cs *cs)
{
    uint64_t height = cs->list[cs->final].h.height;
    uint32_t at = cs->final;
    uint32_t kept = 0;

    find_branch(cs, cs->final);
    while (at != POW_NONE) {
        struct pow_entry *e = &cs->list[at];

        cs->marks[at] = INSIDE;
        kept++;
        if (kept > POW_KEEP) {
            e->parent = POW_NONE;
        }
        at = e->parent;
    }
    for (uint32_t i = 0; i < cs->top; i++) {
        struct pow_entry *e = &cs->list[i];

        if (e->state != POW_FREE && cs->marks[i] != INSIDE) {
            e->state = POW_FREE;
        }
    }
    hook_all(cs);
    pow_trace(cs, "P1 final", height);
}

void pow_relink(struct vt_cs *cs)
{
    hook_all(cs);
    for (uint32_t i = 0; i < cs->top; i++) {
        struct pow_entry *e = &cs->list[i];

        if (e->state != POW_FREE) {
            e->parent = pow_find(cs, e->h.prev);
            cs->marks[i] = 0;
        }
    }
    for (uint32_t i = 0; i < cs->top; i++) {
        uint32_t depth = 0;
        uint32_t at = i;

        while (at != POW_NONE && cs->list[at].state != POW_FREE &&
               cs->marks[at] == 0) {
            cs->marks[at] = 1;
            cs->path[depth++] = at;
            at = cs->list[at].parent;
        }
        while (depth > 0) {
            set_work(cs, cs->path[--depth]);
        }
    }
}
