/* SPDX-License-Identifier: Apache-2.0
 *
 * check_raft.c - I16, what must hold of Raft's logs and leaders: one leader in
 * a term, one entry at a term and an index whoever keeps it, and a leader has
 * all that was committed in the terms before its own.
 */
#include "sim/cluster.h"

#include "base/alloc.h"
#include "base/bytes.h"

#include <inttypes.h>
#include <string.h>

#define ROLE_ACK 1u /* of plugins/consensus/raft: term and index signed */
#define POSITION_LEN 32u
#define LEAD_LEN 16u
#define KEPT_MAX 1000000u

static const uint8_t map_seed[16] = {16};

int vt_sim_runs_raft(const struct sim_cluster *c, uint64_t epoch)
{
    const char *engine = epoch == 0                  ? c->args->engine
                         : epoch < VT_SIM_EPOCHS_MAX ? c->epochs[epoch].engine
                                                     : NULL;
    size_t len = engine == NULL ? 0 : strlen(engine);

    return len >= 4 && strcmp(engine + len - 4, "raft") == 0;
}

/* What the first one said under this key; NULL: now it is this. */
static const void *first_said(struct sim_cluster *c, struct vt_map **map,
                              struct vt_view key, struct vt_view value)
{
    const void *before;
    void *copy;

    if (*map == NULL) {
        *map = vt_map_new(key.len, KEPT_MAX, map_seed);
    }
    before = *map == NULL ? NULL : vt_map_get(*map, key.ptr);
    if (before != NULL) {
        return before;
    }
    copy = vt_memdup(value.ptr, value.len);
    if (*map == NULL || copy == NULL ||
        vt_map_put(*map, key.ptr, copy, NULL) != VT_OK) {
        vt_free(copy);
        c->failed = 1;
    }
    return NULL;
}

/* All sign the same bytes for the same entry: log matching, and a leader that
 * appends only. */
void vt_sim_check_kept(struct sim_node *node, struct vt_view key,
                       struct vt_view hash)
{
    struct sim_cluster *c = node->cluster;
    const void *before;

    if (key.len != POSITION_LEN || hash.len != 32 ||
        vt_get_u64be(key.ptr + 8) != ROLE_ACK ||
        !vt_sim_runs_raft(c, vt_get_u64be(key.ptr))) {
        return;
    }
    before = first_said(c, &c->raft.kept, key, hash);
    if (before != NULL && memcmp(before, hash.ptr, 32) != 0) {
        vt_sim_violation(c,
                         "I16 log: %s keeps another entry than others at term "
                         "%" PRIu64 ", index %" PRIu64,
                         node->name, vt_get_u64be(key.ptr + 16),
                         vt_get_u64be(key.ptr + 24));
    }
}

/* ---- leaders ------------------------------------------------------------- */

static uint64_t epoch_of(const struct sim_node *node)
{
    struct vt_epoch_info info;
    uint64_t epoch = 0;

    while (vt_chain_epoch(node->chain, epoch + 1, &info) == VT_OK) {
        epoch++;
    }
    return epoch;
}

static void check_one_leader(struct sim_node *node, uint64_t epoch,
                             uint64_t term)
{
    struct sim_cluster *c = node->cluster;
    uint8_t key[LEAD_LEN];
    const void *before;

    vt_put_u64(key, epoch);
    vt_put_u64(key + 8, term);
    before = first_said(
        c, &c->raft.leaders, vt_view_of(key, sizeof key),
        vt_view_of((const uint8_t *)&node->member, sizeof node->member));
    if (before != NULL && memcmp(before, &node->member, 4) != 0) {
        uint32_t other;

        memcpy(&other, before, sizeof other);
        vt_sim_violation(
            c, "I16 leader: %s and node%" PRIu32 " lead in term %" PRIu64,
            node->name, other + 1, term);
    }
}

/* first is the index of its first own entry. */
static void check_complete(struct sim_node *node, uint64_t epoch, uint64_t term,
                           uint64_t first)
{
    const struct sim_cluster *c = node->cluster;
    uint64_t start = epoch == 0 ? 1 : c->epochs[epoch].start_height;

    for (uint64_t h = c->truth_count; h-- > start && h >= first;) {
        const struct sim_truth *truth = &c->truth[h];

        if (!vt_hash_is_zero(&truth->id) && truth->term < term) {
            vt_sim_violation(node->cluster,
                             "I16 completeness: %s leads in term %" PRIu64
                             " and lacks the block %" PRIu64
                             " that was final in term %" PRIu64,
                             node->name, term, h, truth->term);
            return;
        }
    }
}

static int read_number(const char *text, const char *name, uint64_t *out)
{
    const char *at = strstr(text, name);
    uint64_t v = 0;

    if (at == NULL) {
        return 0;
    }
    for (at += strlen(name); *at >= '0' && *at <= '9'; at++) {
        v = v * 10 + (uint64_t)(*at - '0');
    }
    *out = v;
    return 1;
}

void vt_sim_check_lead(struct sim_node *node, const char *text)
{
    uint64_t epoch;
    uint64_t term;
    uint64_t first;

    if (strncmp(text, "R1 lead ", 8) != 0 || vt_sim_is_twin(node) ||
        !read_number(text, " term=", &term) ||
        !read_number(text, " index=", &first)) {
        return;
    }
    epoch = epoch_of(node);
    if (vt_sim_runs_raft(node->cluster, epoch)) {
        check_one_leader(node, epoch, term);
        check_complete(node, epoch, term, first);
    }
}

static void free_map(struct vt_map *map)
{
    size_t pos = 0;
    const void *key;
    void *value;

    while (map != NULL && vt_map_next(map, &pos, &key, &value)) {
        vt_free(value);
    }
    vt_map_free(map);
}

void vt_sim_raft_free(struct sim_cluster *c)
{
    free_map(c->raft.kept);
    free_map(c->raft.leaders);
}
