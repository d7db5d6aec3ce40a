/* SPDX-License-Identifier: Apache-2.0
 *
 * audit.c - I9: when more members lied than may and the chain forked, what the
 * honest ones heard, put together, convicts at least a third. For each member
 * one more node, which is no member, hears what this one said and nobody else:
 * no certificate, no block, so it never leaves the place where the lies began.
 */
#include "base/alloc.h"
#include "base/bytes.h"
#include "sim/cluster.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define TAPE_FRAMES_MAX 100000u
#define TAPE_BYTES_MAX (UINT64_C(64) << 20)

struct taped {
    struct vt_list list;
    uint32_t from; /* member */
    size_t len;
    uint8_t bytes[]; /* of a frame */
};

static uint32_t count_bits(uint64_t set)
{
    uint32_t count = 0;

    for (; set != 0; set &= set - 1) {
        count++;
    }
    return count;
}

int vt_sim_is_over(const struct sim_cluster *c)
{
    uint32_t n = c->args->nodes;

    return n < VT_SIM_NODES_MAX && count_bits(c->liars) > (n - 1) / 3 &&
           c->module->consensus->check_evidence != NULL;
}

void vt_sim_tape(struct sim_node *node, const struct sim_event *ev)
{
    struct sim_cluster *c = node->cluster;
    struct taped *t;

    if (vt_sim_is_liar(node) || ev->klass == VT_SEND_CERT ||
        c->tape.frames == TAPE_FRAMES_MAX ||
        c->tape.bytes + ev->len > TAPE_BYTES_MAX) {
        return;
    }
    t = vt_alloc(sizeof *t + ev->len);
    if (t == NULL) {
        c->failed = 1;
        return;
    }
    t->from = c->nodes[ev->from].member;
    t->len = ev->len;
    memcpy(t->bytes, ev->bytes, ev->len);
    vt_list_append(&c->tape.list, &t->list);
    c->tape.frames++;
    c->tape.bytes += ev->len;
}

void vt_sim_tape_free(struct sim_cluster *c)
{
    VT_LIST_FOR_SAFE (item, next, &c->tape.list) {
        struct taped *t = VT_CONTAINER(item, struct taped, list);

        vt_list_remove(&t->list);
        vt_free(t);
    }
}

/* The words without the block that came along; its timers never run. */
static void hear(struct sim_node *node, const struct taped *t)
{
    struct vt_buf payload = VT_BUF_INIT(VT_FRAME_MAX);
    struct vt_consensus_msg msg;
    struct vt_frame frame;

    if (vt_frame_decode(vt_view_of(t->bytes, t->len), &frame, NULL) == VT_OK &&
        vt_consensus_msg_decode(frame.payload, &msg, NULL) == VT_OK) {
        msg.attach = vt_view_of(NULL, 0);
        if (vt_consensus_msg_encode(&msg, &payload) == VT_OK) {
            frame.payload = vt_buf_view(&payload);
            vt_chain_on_frame(node->chain, t->from, &frame);
            vt_sim_finish_jobs(node);
            vt_chain_tick(node->chain); /* no time passes */
            vt_sim_finish_jobs(node);
        }
    }
    vt_buf_fini(&payload);
}

/* Its tables are made anew for each member. */
static vt_status audit_member(struct sim_cluster *c, uint32_t member,
                              struct vt_err *err)
{
    struct sim_node *node = &c->nodes[c->slots - 1];
    vt_status status;

    memset(node, 0, sizeof *node);
    status = vt_sim_make_node(c, c->slots - 1, c->args->nodes);
    if (status == VT_OK) {
        (void)snprintf(node->name, sizeof node->name, "auditor");
        status = vt_sim_node_start(node, err);
    }
    if (status == VT_OK) {
        vt_chain_on_peer(node->chain, member, 1);
        vt_sim_finish_jobs(node);
    }
    VT_LIST_FOR (item, &c->tape.list) {
        const struct taped *t = VT_CONTAINER(item, struct taped, list);

        if (status == VT_OK && t->from == member) {
            hear(node, t);
        }
    }
    vt_sim_free_node(node);
    return status;
}

static void judge(struct sim_cluster *c)
{
    uint32_t convicted = count_bits(c->result->evidence);
    char what[sizeof c->result->violation];

    vt_sim_say(c, "what honest members heard convicts %" PRIu32 " of %" PRIu32,
               convicted, c->args->nodes);
    if (convicted * 3 < c->args->nodes) {
        (void)snprintf(what, sizeof what, "%.150s", c->result->violation);
        c->result->violations = 0;
        vt_sim_violation(c,
                         "I9 completeness: %" PRIu32 " of %" PRIu32
                         " members are convicted after %s",
                         convicted, c->args->nodes, what);
    }
}

void vt_sim_audit(struct sim_cluster *c)
{
    struct vt_err err = {.size = sizeof err};

    if (!c->is_taped || strncmp(c->result->violation, "I1 ", 3) != 0) {
        return;
    }
    for (uint32_t i = 0; i < c->slots; i++) {
        c->nodes[i].up = 0; /* all is said */
    }
    c->slots++;
    for (uint32_t k = 0; k < c->args->nodes; k++) {
        if (audit_member(c, k, &err) != VT_OK) {
            c->failed = 1;
        }
    }
    c->slots--;
    judge(c);
}
