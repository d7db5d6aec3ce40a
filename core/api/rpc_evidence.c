/* SPDX-License-Identifier: Apache-2.0
 *
 * rpc_evidence.c - chain.evidence: members who provably broke the rules of an
 * engine, with the two items that anybody can check.
 */
#include "api/show.h"

#include "base/alloc.h"
#include "base/bytes.h"

struct evidence_hop {
    struct vt_hop hop;
    uint64_t count;
    struct vt_evidence_info *list;
    struct vt_buf items; /* a and b of each, in order */
    vt_status status;
};

/* The items may go with the next input of the chain: they are copied. */
static int ask_evidence(struct vt_hop *hop)
{
    struct evidence_hop *e = VT_CONTAINER(hop, struct evidence_hop, hop);
    struct vt_chain_status status;

    vt_chain_get_status(hop->chain->chain, &status);
    e->list =
        vt_alloc_array((size_t)status.evidence_count + 1, sizeof *e->list);
    if (e->list == NULL) {
        e->status = VT_E_NOMEM;
        return 1;
    }
    while (e->count < status.evidence_count &&
           vt_chain_evidence(hop->chain->chain, (size_t)e->count,
                             &e->list[e->count]) == VT_OK) {
        const struct vt_evidence_info *info = &e->list[e->count++];

        (void)vt_buf_put(&e->items, info->a.ptr, info->a.len);
        (void)vt_buf_put(&e->items, info->b.ptr, info->b.len);
    }
    e->status = e->items.failed;
    return 1;
}

static void show_one(struct vt_json_maker *m,
                     const struct vt_evidence_info *info, const uint8_t *items)
{
    vt_json_open_object(m, NULL);
    vt_show_u64(m, "epoch", info->epoch);
    vt_json_put_text(m, "engine", info->engine);
    vt_json_put_u64(m, "member", info->member);
    vt_json_put_text(m, "name", info->name);
    vt_json_put_u64(m, "kind", info->kind);
    vt_json_put_bool(m, "verified", info->is_verified);
    vt_json_put_i64(m, "seen_ms", info->seen_ms);
    vt_show_u64(m, "count", info->count);
    vt_json_put_hex(m, "a", vt_view_of(items, info->a.len));
    vt_json_put_hex(m, "b", vt_view_of(items + info->a.len, info->b.len));
    vt_json_close(m);
}

static void tell_evidence(struct vt_hop *hop)
{
    const struct evidence_hop *e = VT_CONTAINER(hop, struct evidence_hop, hop);
    const uint8_t *items = e->items.data;
    struct vt_json_maker m;

    if (e->status != VT_OK) {
        vt_call_fail(hop->call, VT_RPC_INTERNAL, "no memory for an answer");
        return;
    }
    vt_call_begin(hop->call, &m);
    vt_json_open_array(&m, "result");
    for (uint64_t i = 0; i < e->count; i++) {
        show_one(&m, &e->list[i], items);
        items += e->list[i].a.len + e->list[i].b.len;
    }
    vt_json_close(&m);
    vt_call_end(hop->call, &m);
}

static void free_evidence(struct vt_hop *hop)
{
    struct evidence_hop *e = VT_CONTAINER(hop, struct evidence_hop, hop);

    vt_buf_fini(&e->items);
    vt_free(e->list);
    vt_free(e);
}

void vt_rpc_chain_evidence(struct vt_call *call, struct vt_args *args)
{
    struct evidence_hop *e = vt_alloc(sizeof *e);

    if (e == NULL) {
        vt_call_fail(call, VT_RPC_INTERNAL, "no memory for a question");
        return;
    }
    vt_buf_init(&e->items, SIZE_MAX);
    e->hop.ask = ask_evidence;
    e->hop.tell = tell_evidence;
    e->hop.free = free_evidence;
    vt_call_send(call, &e->hop, args->chain, VT_API_CALL_MS);
}
