/* SPDX-License-Identifier: Apache-2.0
 *
 * node_config.h - the node's INI: sections node, network, api, plugins, chains.
 */
#ifndef VT_CONFIG_NODE_CONFIG_H
#define VT_CONFIG_NODE_CONFIG_H

#include "config/option.h"

#define VT_CHAINS_MAX 64u
#define VT_PEERS_MAX 64u

struct vt_chain_entry {
    char *name; /* key in [chains] */
    char *path; /* absolute path of the chain's INI */
};

/* [peers] name = host:port */
struct vt_peer_entry {
    char *name;
    char *address;
};

/* Everything is owned by the struct. */
struct vt_node_config {
    char *path; /* of the file */
    char *dir;  /* its folder, absolute */
    /* [node] */
    char *name;
    char *roles;             /* "consensus, data" */
    char *data_dir;          /* absolute */
    char *key_file;          /* node's signing key, absolute */
    char *key_password_file; /* absolute, "" = the key file is plain */
    char *log_level;         /* "info" */
    uint32_t workers;        /* 0 = one per core */
    uint32_t miners;         /* threads per chain with proof of work */
    /* [network] */
    char *listen; /* host:port, "" = none */
    char *cert_file, *key_tls_file, *ca_file;
    uint64_t frame_max_bytes;
    uint64_t reconnect_max_ns;
    /* [api] */
    char *api_listen; /* 127.0.0.1:7201 or unix:/path, "" = none */
    uint64_t api_body_max_bytes;
    uint64_t api_deadline_ns;
    uint32_t api_clients_max;
    uint32_t api_expose; /* 1: api_listen need not be loopback */
    /* [plugins] */
    char *plugin_path;         /* extra folder, "" = none */
    uint32_t plugin_signature; /* 0 off, 1 warn, 2 enforce */
    uint32_t plugin_validate;  /* 0 off, 1 on */
    uint32_t plugin_cache;     /* 1: load a checked private copy */
    /* [chains], [peers] */
    struct vt_chain_entry chains[VT_CHAINS_MAX];
    size_t chain_count;
    struct vt_peer_entry peers[VT_PEERS_MAX];
    size_t peer_count;
};

/* Returns VT_OK and *out; the error has file:line, the key and the cure. */
vt_status vt_node_config_load(const char *path, struct vt_node_config **out,
                              struct vt_err *err);
void vt_node_config_free(struct vt_node_config *config);

/* The tables behind it, for docs: section name and rows. Index 0.. until
 * NULL. */
const char *vt_node_config_table(uint32_t index, struct vt_tab *out_table);

#endif
