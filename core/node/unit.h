/* SPDX-License-Identifier: Apache-2.0
 *
 * unit.h - one chain of a node with all that belongs to it: its INI, the
 * plugins it names, their options and hosts, its stores, its thread.
 *
 *   new -> start -> stop -> free
 *
 * Thread: main, for all functions.
 */
#ifndef VT_NODE_UNIT_H
#define VT_NODE_UNIT_H

#include "net/links.h"
#include "plugin/registry.h"

/* The node's signing key, unlocked. */
struct vt_node_key {
    char scheme[64]; /* stem of its signature plugin */
    const uint8_t *sk;
    struct vt_view pk;
};

struct vt_unit_args {
    const char *name;        /* key in the node's [chains] */
    const char *config_path; /* of the chain's INI */
    const char *data_dir;    /* the node's; the unit makes <name>/ in it */
    const char *host_name;   /* "vtchaind" */
    struct vt_registry *registry;
    const struct vt_node_key *key; /* NULL: the node observes */
    struct vt_pool *pool;
    uint32_t miners;
    struct vt_links *links; /* may be NULL */
    void (*on_event)(void *ctx, const struct vt_chain_event *event);
    void *ctx;
    /* replaying a long log; may be NULL */
    void (*progress)(void *ctx, uint64_t done, uint64_t total);
};

struct vt_unit;

/* Loads the plugins, opens the stores and the chain. Returns VT_OK and *out;
 * the error names file, plugin or store, and the cure. */
vt_status vt_unit_new(const struct vt_unit_args *args, struct vt_unit **out,
                      struct vt_err *err);
/* The chain's thread runs and the other nodes may reach it. */
vt_status vt_unit_start(struct vt_unit *unit, struct vt_err *err);
/* Out of the links, then the chain stops and its threads end. */
void vt_unit_stop(struct vt_unit *unit);
/* Closes the stores. NULL and a half-made unit are fine. */
void vt_unit_free(struct vt_unit *unit);

struct vt_chain *vt_unit_chain(const struct vt_unit *unit);
struct vt_runner *vt_unit_runner(const struct vt_unit *unit);
/* Names of the chain and of its parent, "" for a main chain. */
const char *vt_unit_name(const struct vt_unit *unit);
const char *vt_unit_parent(const struct vt_unit *unit);

#endif
