/* SPDX-License-Identifier: Apache-2.0
 *
 * rpc_node.c - node.status, peer.list, chain.list: what the node knows without
 * asking a chain, so that it can say so while one hangs.
 */
#include "config.h"

#include "api/show.h"

#include "base/alloc.h"
#include "base/bytes.h"

#include <string.h>

#define PEERS_MAX (2 * VT_PEERS_MAX)
#define PLUGINS_MAX 64u

/* ---- peers --------------------------------------------------------------- */

static void put_peer(struct vt_json_maker *m, const struct vt_peer_info *p)
{
    vt_json_open_object(m, NULL);
    vt_show_words(m, "name", "name_hex", vt_view_str(p->name));
    vt_json_put_text(m, "address", p->address);
    vt_json_put_bool(m, "connected", p->connected);
    vt_show_u64(m, "bytes_in", p->bytes_in);
    vt_show_u64(m, "bytes_out", p->bytes_out);
    vt_show_u64(m, "frames_in", p->frames_in);
    vt_show_u64(m, "frames_out", p->frames_out);
    vt_json_put_i64(m, "score", p->score);
    vt_json_put_i64(m, "cert_expires_ms", p->cert_expires_ms);
    vt_show_words(m, "last_error", "last_error_hex",
                  vt_view_str(p->last_error));
    vt_json_close(m);
}

static void put_peers(struct vt_api *api, struct vt_json_maker *m,
                      const char *key)
{
    struct vt_peer_info *peers = api->args.links == NULL
                                     ? NULL
                                     : vt_alloc_array(PEERS_MAX, sizeof *peers);
    size_t count = 0;

    if (peers != NULL) {
        count = vt_links_peers(api->args.links, peers, PEERS_MAX);
    }
    vt_json_open_array(m, key);
    for (size_t i = 0; i < count; i++) {
        put_peer(m, &peers[i]);
    }
    vt_json_close(m);
    vt_free(peers);
}

void vt_rpc_peer_list(struct vt_call *call, struct vt_args *args)
{
    struct vt_json_maker m;

    (void)args;
    vt_call_begin(call, &m);
    put_peers(call->api, &m, "result");
    vt_call_end(call, &m);
}

/* ---- chains -------------------------------------------------------------- */

static void put_chain(struct vt_api_chain *chain, struct vt_json_maker *m)
{
    struct vt_snap snap;

    vt_api_snap(chain, &snap);
    vt_json_open_object(m, NULL);
    vt_json_put_text(m, "name", chain->name);
    vt_json_put_hash(m, "id", &chain->id);
    vt_json_put_text(m, "parent", chain->config->parent);
    vt_json_put_text(m, "engine", snap.status.engine);
    vt_show_u64(m, "height", snap.status.executed_height);
    vt_json_put_u64(m, "members", snap.status.member_count);
    vt_json_put_text(m, "role",
                     snap.status.self == VT_PEER_NONE ? "observer" : "member");
    vt_json_close(m);
    vt_api_snap_fini(&snap);
}

static void put_chains(struct vt_api *api, struct vt_json_maker *m,
                       const char *key)
{
    uint32_t count = atomic_load(&api->chain_count);

    vt_json_open_array(m, key);
    for (uint32_t i = 0; i < count; i++) {
        put_chain(api->chains[i], m);
    }
    vt_json_close(m);
}

void vt_rpc_chain_list(struct vt_call *call, struct vt_args *args)
{
    struct vt_json_maker m;

    (void)args;
    vt_call_begin(call, &m);
    put_chains(call->api, &m, "result");
    vt_call_end(call, &m);
}

/* ---- the node ------------------------------------------------------------ */

struct plugin_row {
    const char *kind, *stem;
};

struct plugin_list {
    struct plugin_row rows[PLUGINS_MAX];
    size_t count;
};

static void add_plugin(struct plugin_list *list, const char *kind,
                       const char *stem)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->rows[i].kind, kind) == 0 &&
            strcmp(list->rows[i].stem, stem) == 0) {
            return;
        }
    }
    if (stem != NULL && stem[0] != '\0' && list->count < PLUGINS_MAX) {
        list->rows[list->count].kind = kind;
        list->rows[list->count++].stem = stem;
    }
}

static void add_plugins(struct plugin_list *list,
                        const struct vt_chain_config *config)
{
    add_plugin(list, "consensus", config->consensus);
    add_plugin(list, "storage", config->storage);
    add_plugin(list, "storage", config->log_storage);
    for (uint32_t i = 0; i < VT_LEDGER_COUNT; i++) {
        add_plugin(list, "storage", config->ledger_storage[i]);
    }
    for (uint32_t i = 0; i < config->scheme_count; i++) {
        add_plugin(list, "signature", config->schemes[i]);
    }
}

static void put_plugins(struct vt_api *api, struct vt_json_maker *m)
{
    uint32_t count = atomic_load(&api->chain_count);
    struct plugin_list list = {.count = 0};

    for (uint32_t i = 0; i < count; i++) {
        add_plugins(&list, api->chains[i]->config);
    }
    vt_json_open_array(m, "plugins");
    for (size_t i = 0; i < list.count; i++) {
        vt_json_open_object(m, NULL);
        vt_json_put_text(m, "kind", list.rows[i].kind);
        vt_json_put_text(m, "stem", list.rows[i].stem);
        vt_json_close(m);
    }
    vt_json_close(m);
}

/* "consensus, data" as an array. */
static void put_roles(struct vt_json_maker *m, const char *roles)
{
    vt_json_open_array(m, "roles");
    while (*roles != '\0') {
        size_t len;

        roles += strspn(roles, ", ");
        len = strcspn(roles, ", ");
        if (len > 0) {
            vt_json_put_view(m, NULL, vt_view_of(roles, len));
        }
        roles += len;
    }
    vt_json_close(m);
}

void vt_rpc_node_status(struct vt_call *call, struct vt_args *args)
{
    struct vt_api *api = call->api;
    struct vt_json_maker m;
    char trouble[400];

    (void)args;
    vt_api_trouble(api, trouble);
    vt_call_begin(call, &m);
    vt_json_open_object(&m, "result");
    vt_json_put_text(&m, "name", api->args.config->name);
    vt_json_put_text(&m, "version", PACKAGE_VERSION);
    put_roles(&m, api->args.config->roles);
    vt_json_put_bool(&m, "ready", trouble[0] == '\0');
    if (trouble[0] == '\0') {
        vt_json_put_null(&m, "reason");
    } else {
        vt_show_words(&m, "reason", "reason_hex", vt_view_str(trouble));
    }
    vt_json_put_u64(&m, "uptime_ms",
                    (vt_clock_mono_ns() - api->started_ns) / 1000000);
    put_chains(api, &m, "chains");
    put_peers(api, &m, "peers");
    put_plugins(api, &m);
    vt_json_close(&m);
    vt_call_end(call, &m);
}
