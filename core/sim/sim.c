/* SPDX-License-Identifier: Apache-2.0
 *
 * sim.c - one run: take the next event, let it happen, until all is final, the
 * deadline has passed or the steps are used up.
 */
#include "sim/sim.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/status.h"
#include "sim/cluster.h"

#include <string.h>

/* What happens to a node that stands still waits until it moves again. */
static int is_postponed(struct sim_cluster *c, struct sim_event *ev)
{
    uint64_t until;

    if (ev->node >= c->slots || ev->kind == SIM_BURY ||
        ev->kind == SIM_RESTART) {
        return 0;
    }
    until = c->nodes[ev->node].paused_until;
    if (until <= ev->item.at) {
        return 0;
    }
    if (vt_heap_put(&c->queue, &ev->item, until) != VT_OK) {
        c->failed = 1;
    }
    return 1;
}

static void run_events(struct sim_cluster *c)
{
    while (c->result->events < c->args->steps && !c->failed &&
           c->result->violations == 0 && !vt_sim_done(c)) {
        struct vt_heap_item *top = vt_heap_top(&c->queue);
        struct sim_event *ev;

        if (top == NULL || top->at > c->deadline_ns) {
            c->now_ns = c->deadline_ns;
            return;
        }
        ev = VT_CONTAINER(top, struct sim_event, item);
        if (is_postponed(c, ev)) {
            continue;
        }
        vt_heap_remove(&c->queue, top);
        c->now_ns = top->at;
        c->result->events++;
        vt_sim_on_event(c, ev);
        vt_free(ev);
    }
}

static void finish(struct sim_cluster *c)
{
    uint8_t word[8];

    vt_sim_check_end(c);
    vt_sim_audit(c);
    for (uint32_t i = 0; i < c->slots; i++) {
        struct vt_hash digest;

        if (c->nodes[i].chain != NULL) {
            vt_chain_digest(c->nodes[i].chain, &digest);
            vt_sim_trace_mix(c, 0x300u, i,
                             vt_sim_digest(vt_view_of(digest.b, 32)));
        }
    }
    vt_put_u64(word, c->trace);
    vt_hash_bytes("VTC/simtrace/1", word, sizeof word, &c->result->trace_hash);
    c->result->virtual_ms = c->now_ns / VT_SIM_MS;
}

vt_status vt_sim_run(const struct vt_sim_args *args, struct vt_sim_result *out,
                     struct vt_err *err)
{
    struct sim_cluster *c = vt_alloc(sizeof *c);
    vt_status status;

    memset(out, 0, sizeof *out);
    if (c == NULL) {
        return vt_err_set(err, VT_E_NOMEM, "no memory for a cluster");
    }
    c->args = args;
    c->result = out;
    status = vt_sim_setup(c, err);
    if (status == VT_OK) {
        run_events(c);
        finish(c);
        if (c->failed) {
            status = vt_err_set(err, VT_E_NOMEM, "the run needs more memory");
        }
    }
    vt_sim_teardown(c);
    vt_free(c);
    return status;
}
