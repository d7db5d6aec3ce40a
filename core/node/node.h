/* SPDX-License-Identifier: Apache-2.0
 *
 * node.h - the daemon: reads its INI, makes the parts, runs until a signal,
 * takes everything down in order. Wiring only.
 */
#ifndef VT_NODE_NODE_H
#define VT_NODE_NODE_H

#include <vt/types.h>

struct vt_node_run {
    const char *config_path;
    const char *host_name;   /* "vtchaind" */
    const char *plugin_path; /* used when [plugins] path is empty; may be "" */
    int check_only; /* open everything, then stop: `vtchaind --check` */
};

/*
 * Runs on the calling thread, which must be the process's main thread, until
 * SIGTERM or SIGINT. Returns VT_OK after a clean stop; the first thing that
 * could not be made otherwise, with file, place and cure in err.
 */
vt_status vt_node_main(const struct vt_node_run *run, struct vt_err *err);

#endif
