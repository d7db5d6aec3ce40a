/* SPDX-License-Identifier: Apache-2.0
 *
 * node_config.c - the node's tables and how their values become the struct.
 */
#include "config/node_config.h"

#include "base/alloc.h"
#include "base/status.h"
#include "config/ini.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct vt_key node_keys[] = {
    {"name", VT_T_STRING, VT_KF_REQUIRED, NULL, "1..63",
     "Name of this node; the common name of its certificate.", "0.1"},
    {"roles", VT_T_STRING, 0, "consensus", "0..120",
     "What this node does: consensus, data.", "0.1"},
    {"data", VT_T_PATH, VT_KF_REQUIRED, NULL, NULL,
     "Folder for everything this node stores.", "0.1"},
    {"key", VT_T_PATH, 0, "node.key", NULL,
     "Key file that signs votes; made with `vtchain key new`.", "0.1"},
    {"key_password", VT_T_PATH, 0, "", NULL,
     "File whose first line is the key file's password; empty for a plain key "
     "file.",
     "0.1"},
    {"log", VT_T_STRING, VT_KF_RELOAD, "info", "1..120",
     "Log level, perhaps per subsystem: info,net=debug.", "0.1"},
    {"workers", VT_T_UINT, 0, "0", "0..64",
     "Worker threads for signatures; 0 is one per core.", "0.1"},
    {"miners", VT_T_UINT, 0, "1", "0..256",
     "Threads that search for each chain with proof of work; 0 is none.",
     "0.1"},
};
enum {
    NODE_NAME,
    NODE_ROLES,
    NODE_DATA,
    NODE_KEY,
    NODE_KEY_PASSWORD,
    NODE_LOG,
    NODE_WORKERS,
    NODE_MINERS
};

static const struct vt_key network_keys[] = {
    {"listen", VT_T_STRING, 0, "", "0..120",
     "Address for other nodes, host:port; empty listens nowhere.", "0.1"},
    {"certificate", VT_T_PATH, 0, "node.crt", NULL,
     "This node's X.509 certificate.", "0.1"},
    {"certificate_key", VT_T_PATH, 0, "tls.key", NULL,
     "Private key of the certificate, mode 0600.", "0.1"},
    {"ca", VT_T_PATH, 0, "ca.crt", NULL,
     "Certificate authority that all nodes' certificates come from.", "0.1"},
    {"frame_max", VT_T_BYTES, 0, "33MiB", "64KiB..33MiB",
     "Largest frame accepted from a peer.", "0.1"},
    {"reconnect_max", VT_T_DURATION_NS, 0, "10s", "100ms..10m",
     "Longest wait between two attempts to reach a peer.", "0.1"},
};
enum { NET_LISTEN, NET_CERT, NET_KEY, NET_CA, NET_FRAME, NET_RECONNECT };

static const struct vt_key api_keys[] = {
    {"listen", VT_T_STRING, 0, "", "0..120",
     "Loopback host:port or unix:/path for clients; empty listens nowhere.",
     "0.1"},
    {"body_max", VT_T_BYTES, 0, "4MiB", "1KiB..64MiB", "Largest request body.",
     "0.1"},
    {"deadline", VT_T_DURATION_NS, 0, "5s", "100ms..60s",
     "Time a client has to send its whole request header.", "0.1"},
    {"clients", VT_T_UINT, 0, "256", "1..10000",
     "Connections at the same time.", "0.1"},
    {"expose", VT_T_BOOL, 0, "off", NULL,
     "Let listen name an address that others can reach.", "0.1"},
};
enum { API_LISTEN, API_BODY, API_DEADLINE, API_CLIENTS, API_EXPOSE };

static const struct vt_key plugin_keys[] = {
    {"path", VT_T_PATH, 0, "", NULL,
     "Folder searched for plugins before the installed ones.", "0.1"},
    {"signature", VT_T_ENUM, 0, "off", "off|warn|enforce",
     "What to do about plugins without a manifest.", "0.1"},
    {"validate", VT_T_BOOL, 0, "off", NULL,
     "Check every call between core and plugins.", "0.1"},
    {"cache", VT_T_BOOL, 0, "on", NULL,
     "Load a checked private copy of each plugin.", "0.1"},
};
enum { PLUGIN_PATH, PLUGIN_SIGNATURE, PLUGIN_VALIDATE, PLUGIN_CACHE };

enum section { SEC_NODE, SEC_NETWORK, SEC_API, SEC_PLUGINS, SEC_COUNT };

static const struct {
    const char *name;
    struct vt_tab table;
} sections[SEC_COUNT] = {
    {"node", VT_TAB(node_keys)},
    {"network", VT_TAB(network_keys)},
    {"api", VT_TAB(api_keys)},
    {"plugins", VT_TAB(plugin_keys)},
};

const char *vt_node_config_table(uint32_t index, struct vt_tab *out_table)
{
    if (index >= SEC_COUNT) {
        return NULL;
    }
    *out_table = sections[index].table;
    return sections[index].name;
}

struct reading {
    struct vt_node_config *config;
    struct vt_options *options[SEC_COUNT];
};

static char *join(const char *dir, const char *path)
{
    size_t len = strlen(dir) + strlen(path) + 2;
    char *out;

    if (path[0] == '/') {
        return vt_strdup(path);
    }
    out = vt_alloc(len);
    if (out != NULL) {
        (void)snprintf(out, len, "%s/%s", dir, path);
    }
    return out;
}

static vt_status add_chain(struct vt_node_config *c, const char *name,
                           const char *path, const char *where,
                           struct vt_err *err)
{
    for (size_t i = 0; i < c->chain_count; i++) {
        if (strcmp(c->chains[i].name, name) == 0) {
            return vt_err_set(err, VT_E_INVALID,
                              "%s: chain '%s' is listed twice", where, name);
        }
    }
    if (c->chain_count == VT_CHAINS_MAX) {
        return vt_err_set(err, VT_E_INVALID, "%s: more than %u chains", where,
                          VT_CHAINS_MAX);
    }
    c->chains[c->chain_count].name = vt_strdup(name);
    c->chains[c->chain_count].path = join(c->dir, path);
    c->chain_count++;
    return VT_OK;
}

static vt_status add_peer(struct vt_node_config *c, const char *name,
                          const char *address, const char *where,
                          struct vt_err *err)
{
    const char *colon = strrchr(address, ':');

    if (colon == NULL || colon == address || colon[1] == '\0') {
        return vt_err_set(err, VT_E_INVALID,
                          "%s: peer '%s' needs host:port, not '%.60s'", where,
                          name, address);
    }
    if (c->peer_count == VT_PEERS_MAX) {
        return vt_err_set(err, VT_E_INVALID, "%s: more than %u peers", where,
                          VT_PEERS_MAX);
    }
    c->peers[c->peer_count].name = vt_strdup(name);
    c->peers[c->peer_count].address = vt_strdup(address);
    c->peer_count++;
    return VT_OK;
}

static vt_status on_row(void *ctx, const char *section, const char *key,
                        const char *value, const char *where,
                        struct vt_err *err)
{
    struct reading *r = ctx;

    for (uint32_t i = 0; i < SEC_COUNT; i++) {
        if (strcmp(sections[i].name, section) == 0) {
            return vt_options_set(r->options[i], key, value, where, err);
        }
    }
    if (strcmp(section, "chains") == 0) {
        return add_chain(r->config, key, value, where, err);
    }
    if (strcmp(section, "peers") == 0) {
        return add_peer(r->config, key, value, where, err);
    }
    return vt_err_set(err, VT_E_INVALID,
                      "%s: unknown section [%.60s]; a node has node, network, "
                      "api, plugins, chains, peers",
                      where, section);
}

/* Strings move out of the options so that these can be freed. */
static char *text(const struct vt_options *o, uint32_t i)
{
    return vt_strdup(vt_options_text(o, i));
}

static vt_status fill(struct reading *r)
{
    struct vt_node_config *c = r->config;
    const struct vt_options *node = r->options[SEC_NODE];
    const struct vt_options *net = r->options[SEC_NETWORK];
    const struct vt_options *api = r->options[SEC_API];
    const struct vt_options *plugins = r->options[SEC_PLUGINS];

    c->name = text(node, NODE_NAME);
    c->roles = text(node, NODE_ROLES);
    c->data_dir = text(node, NODE_DATA);
    c->key_file = text(node, NODE_KEY);
    c->key_password_file = text(node, NODE_KEY_PASSWORD);
    c->log_level = text(node, NODE_LOG);
    c->workers = (uint32_t)vt_options_u64(node, NODE_WORKERS);
    c->miners = (uint32_t)vt_options_u64(node, NODE_MINERS);
    c->listen = text(net, NET_LISTEN);
    c->cert_file = text(net, NET_CERT);
    c->key_tls_file = text(net, NET_KEY);
    c->ca_file = text(net, NET_CA);
    c->frame_max_bytes = vt_options_u64(net, NET_FRAME);
    c->reconnect_max_ns = vt_options_u64(net, NET_RECONNECT);
    c->api_listen = text(api, API_LISTEN);
    c->api_body_max_bytes = vt_options_u64(api, API_BODY);
    c->api_deadline_ns = vt_options_u64(api, API_DEADLINE);
    c->api_clients_max = (uint32_t)vt_options_u64(api, API_CLIENTS);
    c->api_expose = (uint32_t)vt_options_u64(api, API_EXPOSE);
    c->plugin_path = text(plugins, PLUGIN_PATH);
    c->plugin_signature = (uint32_t)vt_options_u64(plugins, PLUGIN_SIGNATURE);
    c->plugin_validate = (uint32_t)vt_options_u64(plugins, PLUGIN_VALIDATE);
    c->plugin_cache = (uint32_t)vt_options_u64(plugins, PLUGIN_CACHE);
    return c->name != NULL && c->roles != NULL && c->data_dir != NULL &&
                   c->key_file != NULL && c->key_password_file != NULL &&
                   c->log_level != NULL && c->listen != NULL &&
                   c->cert_file != NULL && c->key_tls_file != NULL &&
                   c->ca_file != NULL && c->api_listen != NULL &&
                   c->plugin_path != NULL
               ? VT_OK
               : VT_E_NOMEM;
}

static vt_status read_all(struct reading *r, const char *path,
                          struct vt_err *err)
{
    vt_status status = VT_OK;

    for (uint32_t i = 0; i < SEC_COUNT && status == VT_OK; i++) {
        status = vt_options_new(sections[i].name, sections[i].table,
                                r->config->dir, &r->options[i], err);
    }
    if (status == VT_OK) {
        status = vt_ini_read(path, on_row, r, err);
    }
    for (uint32_t i = 0; i < SEC_COUNT && status == VT_OK; i++) {
        status = vt_options_check(r->options[i], err);
        if (status != VT_OK) {
            (void)vt_err_wrap(err, "%s", path);
        }
    }
    return status == VT_OK ? fill(r) : status;
}

vt_status vt_node_config_load(const char *path, struct vt_node_config **out,
                              struct vt_err *err)
{
    struct reading r = {.config = vt_alloc(sizeof *r.config)};
    char *slash;
    vt_status status;

    *out = NULL;
    if (r.config == NULL) {
        return VT_E_NOMEM;
    }
    r.config->path = realpath(path, NULL);
    r.config->dir = r.config->path == NULL ? NULL : vt_strdup(r.config->path);
    slash = r.config->dir == NULL ? NULL : strrchr(r.config->dir, '/');
    if (slash == NULL) {
        vt_node_config_free(r.config);
        return vt_err_set(err, VT_E_IO, "%s: no such file", path);
    }
    *slash = '\0';
    status = read_all(&r, path, err);
    for (uint32_t i = 0; i < SEC_COUNT; i++) {
        vt_options_free(r.options[i]);
    }
    if (status != VT_OK) {
        vt_node_config_free(r.config);
        return status;
    }
    *out = r.config;
    return VT_OK;
}

void vt_node_config_free(struct vt_node_config *c)
{
    if (c == NULL) {
        return;
    }
    char *const texts[] = {c->dir,
                           c->name,
                           c->roles,
                           c->data_dir,
                           c->key_file,
                           c->log_level,
                           c->listen,
                           c->cert_file,
                           c->key_tls_file,
                           c->ca_file,
                           c->api_listen,
                           c->plugin_path,
                           c->key_password_file};

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        vt_free(texts[i]);
    }
    for (size_t i = 0; i < c->chain_count; i++) {
        vt_free(c->chains[i].name);
        vt_free(c->chains[i].path);
    }
    for (size_t i = 0; i < c->peer_count; i++) {
        vt_free(c->peers[i].name);
        vt_free(c->peers[i].address);
    }
    free(c->path); /* discouraged: realpath's */
    vt_free(c);
}
