/* SPDX-License-Identifier: Apache-2.0
 *
 * switches.c - an operator who ends epochs while everything else goes on: asks
 * for the next engine of a list, again and again until the chain runs it, then
 * for the one after it. A rival may ask for another one at the same moments; it
 * insists, the operator agrees to whatever waits for its approval.
 */
#include "sim/cluster.h"

#include "base/bytes.h"

#include <inttypes.h>
#include <string.h>

#define LOOK_NS (150 * VT_SIM_MS)
#define AHEAD 8u /* heights more than the least */
#define RIVAL 1u /* index of operators */

struct wish {
    struct vt_view stem, rows;
    uint64_t at; /* 0: as soon as may be */
};

/* Digits behind an '@'. Returns what follows them. */
static const char *read_height(const char *text, uint64_t *out)
{
    uint64_t v = 0;

    for (text++; *text >= '0' && *text <= '9' && v < UINT32_MAX; text++) {
        v = v * 10 + (uint64_t)(*text - '0');
    }
    *out = v;
    return text;
}

/* Entry number i of "raft@120, pbft window = 8, raft". */
static int entry(const char *list, size_t i, struct wish *out)
{
    size_t len;

    while (list != NULL && i > 0 && (list = strchr(list, ',')) != NULL) {
        list++;
        i--;
    }
    if (list == NULL) {
        return 0;
    }
    list += strspn(list, " ");
    len = strcspn(list, ", @");
    out->stem = vt_view_of((const uint8_t *)list, len);
    out->at = 0;
    list += len;
    if (*list == '@') {
        list = read_height(list, &out->at);
    }
    list += strspn(list, " ");
    out->rows = vt_view_of((const uint8_t *)list, strcspn(list, ","));
    return len > 0;
}

size_t vt_sim_switch_count(const struct sim_cluster *c)
{
    struct wish wish;
    size_t count = 0;

    while (entry(c->args->switches, count, &wish)) {
        count++;
    }
    return count;
}

uint32_t vt_sim_operator_count(const struct sim_cluster *c)
{
    return c->args->rivals == NULL ? 1u : VT_SIM_OPERATORS;
}

static void on_submitted(void *ctx, const struct vt_hash *id, uint32_t code,
                         const char *text)
{
    struct sim_node *node = ctx;

    (void)id;
    if (code != VT_TX_DONE) {
        vt_sim_say(node->cluster, "%s refuses a switch: %s", node->name, text);
        vt_sim_note(node, "switch refused");
    }
}

static void submit(struct sim_node *node, const struct sim_client *op,
                   struct vt_view payload)
{
    struct sim_cluster *c = node->cluster;
    struct vt_buf raw = VT_BUF_INIT(VT_TX_MAX);
    struct vt_tx tx = {.version = VT_TX_VERSION,
                       .scheme = (uint8_t)c->scheme->code,
                       .chain_id = c->chain_id,
                       .pk = vt_view_of(op->pk, c->scheme->pk_len),
                       .nonce = vt_chain_next_nonce(node->chain, &op->address),
                       .kind = VT_TX_SWITCH,
                       .payload = payload};
    uint8_t sig[VT_TX_SIG_MAX];
    uint32_t sig_len = sizeof sig;
    struct vt_hash hash;

    (void)vt_tx_encode_unsigned(&tx, &raw);
    vt_tx_sign_hash(vt_buf_view(&raw), &hash);
    if (c->scheme->sign(op->sk, hash.b, sig, &sig_len) == VT_OK &&
        vt_tx_append_sig(&raw, vt_view_of(sig, sig_len)) == VT_OK) {
        vt_chain_submit(node->chain, vt_buf_view(&raw), on_submitted, node);
    }
    vt_buf_fini(&raw);
}

static void propose(struct sim_node *node, uint32_t who, size_t next)
{
    struct sim_cluster *c = node->cluster;
    uint64_t least = node->final_height + c->config->switch_freeze + 16u;
    struct vt_buf payload = VT_BUF_INIT(VT_TX_MAX);
    struct vt_tx_switch p;
    struct wish wish;

    if (!entry(who == RIVAL ? c->args->rivals : c->args->switches, next,
               &wish)) {
        return;
    }
    p = (struct vt_tx_switch){.at = wish.at > least ? wish.at : least + AHEAD,
                              .engine = wish.stem,
                              .options = wish.rows};
    vt_sim_say(c, "%s: %.*s at %" PRIu64, who == RIVAL ? "rival" : "operator",
               (int)wish.stem.len, (const char *)wish.stem.ptr, p.at);
    if (vt_view_eq(wish.stem, vt_view_str("same"))) {
        p.engine = vt_view_of(NULL, 0);
    }
    if (vt_tx_switch_encode(&p, &payload) == VT_OK) {
        submit(node, &c->operators[who], vt_buf_view(&payload));
    }
    vt_buf_fini(&payload);
}

/* The rival asks for its own until it is proposed, the operator agrees. */
static void settle(struct sim_node *node, uint32_t who, size_t next)
{
    struct sim_cluster *c = node->cluster;
    uint64_t height;
    struct vt_state *state = vt_chain_state(node->chain, &height);
    struct vt_tx_switch p;
    struct vt_switch sw;
    struct wish wish;

    if (vt_switch_get(state, &sw) == VT_OK && sw.phase == VT_SWITCH_PROPOSED &&
        vt_tx_switch_decode(sw.spec, &p) == VT_OK &&
        entry(c->args->rivals, next, &wish)) {
        int is_rivals =
            vt_view_eq(p.engine, wish.stem) && vt_view_eq(p.options, wish.rows);

        if (who == RIVAL && !is_rivals) {
            propose(node, who, next);
        } else if (who != RIVAL && is_rivals) {
            submit(node, &c->operators[who], sw.spec);
        }
    }
    vt_state_unref(state);
}

/* Returns 1 when all of the list has happened. */
static int look(struct sim_node *node, uint32_t who)
{
    struct vt_chain_status status;

    if (!node->up) {
        return 0;
    }
    vt_chain_get_status(node->chain, &status);
    if (status.epoch >= vt_sim_switch_count(node->cluster)) {
        return 1;
    }
    if (status.switching.phase == 0) {
        propose(node, who, (size_t)status.epoch);
    } else if (status.switching.phase == VT_SWITCH_PROPOSED) {
        settle(node, who, (size_t)status.epoch);
    }
    return 0;
}

void vt_sim_switch_look(struct sim_cluster *c)
{
    uint32_t n = c->args->nodes;
    uint32_t i = (uint32_t)vt_rng_below(&c->load, n);

    if (look(&c->nodes[i], 0)) {
        c->is_switched = 1;
        return;
    }
    if (c->args->rivals != NULL) {
        (void)look(&c->nodes[(i + n / 2) % n], RIVAL);
    }
    (void)vt_sim_schedule(c, SIM_SWITCH, VT_SIM_NOBODY, c->now_ns + LOOK_NS,
                          vt_view_of(NULL, 0));
}
