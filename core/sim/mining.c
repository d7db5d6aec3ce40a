/* SPDX-License-Identifier: Apache-2.0
 *
 * mining.c - proof of work in virtual time: how long a search takes is drawn
 * from the seed, then a nonce is really found, so that everybody can check it.
 */
#include "sim/cluster.h"

#include "base/bytes.h"
#include "base/work.h"

#include <string.h>

#define SECOND_NS UINT64_C(1000000000) /* a thousand nonces, usually */
#define TRIES_MAX (1u << 22)

/* Nonces that are tried on average; targets below 2^192 are out of reach. */
static uint64_t expected_hashes(const uint8_t target[32])
{
    uint64_t top = vt_get_u64be(target);

    return top == 0 ? UINT64_MAX : UINT64_MAX / top;
}

/* Near an exponential distribution, in whole numbers so that all machines draw
 * the same: each further ln 2 of the mean is half as likely. */
static uint64_t draw_ns(struct sim_cluster *c, uint64_t mean_ns)
{
    uint64_t halvings = 0;

    while (halvings < 20 && vt_rng_chance(&c->load, 1, 2)) {
        halvings++;
    }
    return mean_ns / 1000 * 693 / 1000 *
           (halvings * 1000 + vt_rng_below(&c->load, 1000));
}

vt_status vt_sim_work(struct sim_node *node, uint64_t token,
                      struct vt_view header, const uint8_t target[32])
{
    struct sim_cluster *c = node->cluster;
    uint64_t hashes = expected_hashes(target);
    uint64_t rate = node->lot.hashrate == 0 ? 1 : node->lot.hashrate;
    uint8_t bytes[32 + VT_WORK_HEADER_MAX];
    struct sim_event *ev;

    node->search++;
    if (header.len == 0 || hashes > TRIES_MAX) {
        return VT_OK;
    }
    if (header.len > VT_WORK_HEADER_MAX) {
        return VT_E_LIMIT;
    }
    memcpy(bytes, target, 32);
    memcpy(bytes + 32, header.ptr, header.len);
    ev = vt_sim_schedule(c, SIM_WORK, node->index,
                         c->now_ns + draw_ns(c, hashes * SECOND_NS / rate),
                         vt_view_of(bytes, 32 + header.len));
    if (ev == NULL) {
        return VT_E_NOMEM;
    }
    ev->from = node->search;
    ev->arg = token;
    return VT_OK;
}

void vt_sim_worked(struct sim_node *node, const struct sim_event *ev)
{
    struct vt_view header = vt_view_of(ev->bytes + 32, ev->len - 32);
    uint64_t nonce = 0;

    if (ev->from == node->search &&
        vt_work_search(header, ev->bytes, vt_rng_u64(&node->cluster->load) >> 8,
                       UINT64_C(64) * TRIES_MAX, &nonce)) {
        node->search++;
        vt_chain_worked(node->chain, ev->arg, nonce);
    }
}
