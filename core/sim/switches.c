/* SPDX-License-Identifier: Apache-2.0
 *
 * switches.c - an operator who ends epochs while everything else goes on: asks
 * for the next engine of a list, again and again until the chain runs it, then
 * for the one after it.
 */
#include "sim/cluster.h"

#include "base/bytes.h"

#include <inttypes.h>
#include <string.h>

#define LOOK_NS (150 * VT_SIM_MS)
#define AHEAD 8u /* heights more than the least */

/* Entry number i of "raft, pbft window = 8, raft": stem and rows. */
static int entry(const char *list, size_t i, struct vt_view *stem,
                 struct vt_view *rows)
{
    size_t len;

    while (i > 0 && (list = strchr(list, ',')) != NULL) {
        list++;
        i--;
    }
    if (list == NULL) {
        return 0;
    }
    list += strspn(list, " ");
    len = strcspn(list, ", ");
    *stem = vt_view_of((const uint8_t *)list, len);
    list += len + strspn(list + len, " ");
    *rows = vt_view_of((const uint8_t *)list, strcspn(list, ","));
    return stem->len > 0;
}

size_t vt_sim_switch_count(const struct sim_cluster *c)
{
    struct vt_view stem;
    struct vt_view rows;
    size_t count = 0;

    while (c->args->switches != NULL &&
           entry(c->args->switches, count, &stem, &rows)) {
        count++;
    }
    return count;
}

static void on_submitted(void *ctx, const struct vt_hash *id, uint32_t code,
                         const char *text)
{
    (void)id;
    if (code != VT_TX_DONE) {
        vt_sim_say(ctx, "operator: switch refused: %s", text);
    }
}

static void submit(struct sim_cluster *c, struct sim_node *node, size_t next)
{
    struct sim_client *op = &c->operator;
    struct vt_buf payload = VT_BUF_INIT(VT_TX_MAX);
    struct vt_buf raw = VT_BUF_INIT(VT_TX_MAX);
    struct vt_tx tx = {.version = VT_TX_VERSION,
                       .scheme = (uint8_t)c->scheme->code,
                       .pk = vt_view_of(op->pk, c->scheme->pk_len),
                       .nonce = vt_chain_next_nonce(node->chain, &op->address),
                       .kind = VT_TX_SWITCH};
    struct vt_tx_switch p = {.at = node->final_height +
                                   c->config->switch_freeze + 16u + AHEAD};
    uint8_t sig[VT_TX_SIG_MAX];
    uint32_t sig_len = sizeof sig;
    struct vt_hash hash;

    (void)entry(c->args->switches, next, &p.engine, &p.options);
    if (vt_view_eq(p.engine, vt_view_str("same"))) {
        p.engine = vt_view_of(NULL, 0);
    }
    (void)vt_tx_switch_encode(&p, &payload);
    tx.chain_id = c->chain_id;
    tx.payload = vt_buf_view(&payload);
    (void)vt_tx_encode_unsigned(&tx, &raw);
    vt_tx_sign_hash(vt_buf_view(&raw), &hash);
    if (c->scheme->sign(op->sk, hash.b, sig, &sig_len) == VT_OK &&
        vt_tx_append_sig(&raw, vt_view_of(sig, sig_len)) == VT_OK) {
        vt_sim_say(c, "operator: %.*s at %" PRIu64,
                   p.engine.len > 0 ? (int)p.engine.len : 4,
                   p.engine.len > 0 ? (const char *)p.engine.ptr : "same",
                   p.at);
        vt_chain_submit(node->chain, vt_buf_view(&raw), on_submitted, c);
    }
    vt_buf_fini(&payload);
    vt_buf_fini(&raw);
}

void vt_sim_switch_look(struct sim_cluster *c)
{
    uint32_t i = (uint32_t)vt_rng_below(&c->load, c->args->nodes);
    struct sim_node *node = &c->nodes[i];
    size_t count = vt_sim_switch_count(c);
    struct vt_chain_status status;

    if (node->up) {
        vt_chain_get_status(node->chain, &status);
        if (status.epoch >= count) {
            c->is_switched = 1;
            return;
        }
        if (status.switching.phase == 0) {
            submit(c, node, (size_t)status.epoch);
        }
    }
    (void)vt_sim_schedule(c, SIM_SWITCH, VT_SIM_NOBODY, c->now_ns + LOOK_NS,
                          vt_view_of(NULL, 0));
}
