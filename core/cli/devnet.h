/* SPDX-License-Identifier: Apache-2.0
 *
 * devnet.h - a whole network on this machine: a folder with an authority, keys,
 * certificates, four nodes and three chains; and the processes that run it.
 *
 *   make -> start -> (running) -> stop
 *
 * What is made comes from the files in configs/, which are compiled in. Thread:
 * main.
 */
#ifndef VT_CLI_DEVNET_H
#define VT_CLI_DEVNET_H

#include "api/client.h"
#include "plugin/registry.h"
#include "wire/tx.h"

#include <limits.h>
#include <signal.h>
#include <sys/types.h>

#define VT_DEVNET_NODES_MAX 16u
#define VT_DEVNET_ACCOUNTS 5u
#define VT_DEVNET_CHAINS_MAX 16u
#define VT_DEVNET_ROWS_MAX 32u

struct vt_devnet_node {
    char name[16];
    char api[VT_ENDPOINT_MAX];
    uint16_t port, api_port;
    char scheme_pk[130]; /* hexadecimal */
    pid_t pid;           /* 0 = not running */
    int exit_status;     /* of waitpid, when it ended by itself */
};

struct vt_devnet_account {
    char name[16];
    char stem[16]; /* of its signature plugin */
    struct vt_address address;
};

struct vt_devnet_chain {
    char name[33];
    char engine[33]; /* "" = as the example of that name says */
};

/* A value given for the INIs of the subchains asked for. */
struct vt_devnet_row {
    char section[65], key[65], value[129];
};

struct vt_devnet {
    char dir[PATH_MAX - 512];
    char plugins[PATH_MAX]; /* folder of plugins, "" = the installed one */
    uint32_t node_count;
    struct vt_devnet_node nodes[VT_DEVNET_NODES_MAX];
    struct vt_devnet_account accounts[VT_DEVNET_ACCOUNTS];
    uint32_t chain_count; /* main, trade, scratch first */
    struct vt_devnet_chain chains[VT_DEVNET_CHAINS_MAX];
    uint32_t row_count;
    struct vt_devnet_row rows[VT_DEVNET_ROWS_MAX];
};

struct vt_devnet_args {
    const char *dir; /* exists and is empty, or holds a network made before */
    const char *plugins; /* may be "" */
    const char *chains;  /* more subchains, "fast=raft, coin=pow"; may be "" */
    const char *rows;    /* for the INIs of those, see devnet_rows.c; or NULL */
    uint32_t nodes;      /* 1..VT_DEVNET_NODES_MAX */
    uint16_t port;       /* of node1; API is port + 100. 0 = find a free one */
    struct vt_registry *registry;
    int64_t now_ms;
};

/* Writes everything, or takes what an earlier run left in dir (chains, keys and
 * certificates stay; ports are chosen anew). Returns VT_OK; the error names
 * file and cure. */
vt_status vt_devnet_make(const struct vt_devnet_args *args,
                         struct vt_devnet *out, struct vt_err *err);
/* Starts one node, or all (index VT_DEVNET_NODES_MAX). Their logs go to
 * <dir>/<node>/node.log; they end when this process does. */
vt_status vt_devnet_start(struct vt_devnet *net, uint32_t index,
                          struct vt_err *err);
/* Waits until every running node is ready. stop (may be NULL) ends the wait
 * early with VT_E_STATE. */
vt_status vt_devnet_wait_ready(struct vt_devnet *net, uint32_t timeout_ms,
                               const volatile sig_atomic_t *stop,
                               struct vt_err *err);
/* Has a node ended by itself? Returns its index, or -1. */
int vt_devnet_reap(struct vt_devnet *net);
/* SIGTERM, then SIGKILL after five seconds. */
void vt_devnet_stop(struct vt_devnet *net, uint32_t index);
/* Removes the folder with all in it. */
void vt_devnet_remove(const struct vt_devnet *net);

/* devnet_dir.c: the folder --keep names, made if it is not there, or a new one
 * below TMPDIR whose name starts with stem. Returns 0 or an exit code. */
struct vt_cli;
int vt_cli_devnet_dir(struct vt_cli *cli, const char *stem, char out[PATH_MAX]);

/* devnet_ini.c: the example files with other values. One row of what changes:
 * key NULL begins a section of its own whose rows replace the example's. */
struct vt_devnet_change {
    const char *section, *key, *value;
    int used; /* set when the template has the key */
};
/* template with the changes; sections listed in drop ("peers", NULL-ended) are
 * left out. Of two changes of one key the first counts. Returns VT_OK,
 * VT_E_NOMEM, VT_E_LIMIT. */
vt_status vt_devnet_ini(const char *text, struct vt_devnet_change *changes,
                        size_t count, const char *const *drop,
                        struct vt_buf *out);
extern const char vt_template_node[], vt_template_main[], vt_template_trade[],
    vt_template_scratch[], vt_template_raft[], vt_template_dpos[],
    vt_template_pow[], vt_template_pos[];

/* devnet_rows.c: "chain.switch_freeze = 16; consensus.raft.ping = 20ms" into
 * net->rows. Returns VT_OK, VT_E_INVALID. */
vt_status vt_devnet_read_rows(struct vt_devnet *net, const char *typed,
                              struct vt_err *err);

/* devnet_chains.c: which there are, and their INIs where there are none. */
vt_status vt_devnet_list_chains(struct vt_devnet *net, const char *asked,
                                struct vt_err *err);
vt_status vt_devnet_write_chains(const struct vt_devnet *net, int64_t now_ms,
                                 struct vt_err *err);
/* Writes a file of mode 0600. */
vt_status vt_devnet_write(const char *path, const struct vt_buf *text,
                          struct vt_err *err);

#endif
