/* SPDX-License-Identifier: Apache-2.0
 *
 * seats.c - the draw at the start of an epoch.
 */
#include "seats.h"

/* A number below limit from the beacon; the bias of 2^64 mod limit is harmless:
 * the beacon decides who sits together, no one's rights. */
static uint32_t draw(const struct vt_host *host,
                     const struct vt_svc_crypto *crypto, const char *tag,
                     const uint8_t beacon[32], uint32_t turn, uint32_t limit)
{
    uint8_t number[4];
    uint8_t hash[32];
    uint64_t value = 0;
    struct vt_view parts[2] = {{beacon, 32}, {number, sizeof number}};
    struct cs_wr wr;

    cs_wr_init(&wr, number, sizeof number);
    cs_put_u32(&wr, turn);
    /* the tag is a constant the host knows: it cannot fail */
    (void)crypto->hash(host, tag, parts, 2, hash);
    for (uint32_t i = 0; i < 8; i++) {
        value |= (uint64_t)hash[i] << (8 * i);
    }
    return (uint32_t)(value % limit);
}

static void shuffle(const struct vt_host *host,
                    const struct vt_svc_crypto *crypto, const char *tag,
                    const struct vt_cs_epoch *epoch,
                    uint8_t perm[CS_MEMBERS_MAX])
{
    uint32_t n = epoch->members.count;

    for (uint32_t i = 0; i < n; i++) {
        perm[i] = (uint8_t)i;
    }
    for (uint32_t i = n; i > 1; i--) {
        uint32_t j = draw(host, crypto, tag, epoch->beacon, i, i);
        uint8_t other = perm[j];

        perm[j] = perm[i - 1];
        perm[i - 1] = other;
    }
}

/* With two shards a certificate needs more members than can be liars, for
 * every n; with more that is a matter of luck. */
static uint32_t shard_count(uint32_t n, uint32_t wanted)
{
    uint32_t most = n / UNI_SHARD_LEAST;

    if (wanted == 0) {
        return n < UNI_SHARDED_FROM ? 1 : 2;
    }
    most = most < UNI_SHARDS_MAX ? most : UNI_SHARDS_MAX;
    wanted = wanted < most ? wanted : most;
    return wanted > 0 ? wanted : 1;
}

void uni_seats_init(struct uni_seats *out, const struct vt_host *host,
                    const struct vt_svc_crypto *crypto,
                    const struct vt_cs_epoch *epoch, uint32_t shards)
{
    uint8_t perm[CS_MEMBERS_MAX];

    memset(out, 0, sizeof *out);
    out->n = epoch->members.count;
    out->shards = shard_count(out->n, shards);
    while (1u << out->levels < out->shards) {
        out->levels++;
    }
    shuffle(host, crypto, "VTC/universal/lead/1", epoch, out->order);
    if (!uni_rule_turns()) {
        memset(out->order, out->order[0], sizeof out->order);
    }
    shuffle(host, crypto, "VTC/universal/shard/1", epoch, perm);
    for (uint32_t j = 0; j < out->n; j++) {
        uint32_t shard = j % out->shards;
        uint32_t member = perm[j];

        out->shard_of[member] = shard;
        out->lane_of[member] = out->size[shard]++;
        out->who[shard] |= cs_bit(member);
    }
}

uint64_t uni_witnesses(const struct uni_seats *seats, uint32_t lane,
                       uint32_t level)
{
    uint32_t first = seats->shard_of[lane];
    uint64_t who = 0;

    if (level >= seats->levels) {
        return cs_everyone(seats->n);
    }
    for (uint32_t i = 0; i < 1u << level; i++) {
        who |= seats->who[(first + i) % seats->shards];
    }
    return who;
}
