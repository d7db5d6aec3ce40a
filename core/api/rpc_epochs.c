/* SPDX-License-Identifier: Apache-2.0
 *
 * rpc_epochs.c - chain.epochs: which engine decides from which height on.
 */
#include "api/show.h"

#include "base/alloc.h"

#include <stdio.h>

#define LISTED_MAX 1000u /* the newest ones */

struct epochs_hop {
    struct vt_hop hop;
    uint64_t count;
    struct vt_epoch_info *list;
};

static int ask_epochs(struct vt_hop *hop)
{
    struct epochs_hop *e = VT_CONTAINER(hop, struct epochs_hop, hop);
    struct vt_chain_status status;
    uint64_t first;

    vt_chain_get_status(hop->chain->chain, &status);
    first = status.epoch >= LISTED_MAX ? status.epoch - LISTED_MAX + 1 : 0;
    e->list =
        vt_alloc_array((size_t)(status.epoch - first) + 1, sizeof *e->list);
    for (uint64_t k = first; e->list != NULL && k <= status.epoch; k++) {
        if (vt_chain_epoch(hop->chain->chain, k, &e->list[e->count]) == VT_OK) {
            e->count++;
        }
    }
    return 1;
}

static void tell_epochs(struct vt_hop *hop)
{
    const struct epochs_hop *e = VT_CONTAINER(hop, struct epochs_hop, hop);
    struct vt_json_maker m;

    vt_call_begin(hop->call, &m);
    vt_json_open_array(&m, "result");
    for (uint64_t i = 0; i < e->count; i++) {
        const struct vt_epoch_info *info = &e->list[i];

        vt_json_open_object(&m, NULL);
        vt_show_u64(&m, "epoch", info->epoch);
        vt_show_u64(&m, "start_height", info->start_height);
        vt_json_put_text(&m, "engine", info->engine);
        vt_json_put_text(&m, "version", info->version);
        vt_json_put_u64(&m, "protocol", info->protocol);
        vt_json_open_array(&m, "members");
        for (uint32_t k = 0; k < info->member_count; k++) {
            vt_json_put_text(&m, NULL, info->member_names[k]);
        }
        vt_json_close(&m);
        vt_json_close(&m);
    }
    vt_json_close(&m);
    vt_call_end(hop->call, &m);
}

static void free_epochs(struct vt_hop *hop)
{
    struct epochs_hop *e = VT_CONTAINER(hop, struct epochs_hop, hop);

    vt_free(e->list);
    vt_free(e);
}

void vt_rpc_chain_epochs(struct vt_call *call, struct vt_args *args)
{
    struct epochs_hop *e = vt_alloc(sizeof *e);

    if (e == NULL) {
        vt_call_fail(call, VT_RPC_INTERNAL, "no memory for a question");
        return;
    }
    e->hop.ask = ask_epochs;
    e->hop.tell = tell_epochs;
    e->hop.free = free_epochs;
    vt_call_send(call, &e->hop, args->chain, VT_API_CALL_MS);
}
