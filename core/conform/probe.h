/* SPDX-License-Identifier: Apache-2.0
 *
 * probe.h - a host made for tests: it may leave services out, cut their tables
 * short, and remembers what was asked and said. Private to core/conform.
 */
#ifndef VT_CONFORM_PROBE_H
#define VT_CONFORM_PROBE_H

#include "conform/trial.h"

struct vt_probe {
    struct vt_host abi; /* first: the plugin's pointer is ours */
    struct vt_trial *t;
    const char *denied;  /* a service that is not there, or NULL */
    int denies_optional; /* nor is any that the plugin can do without */
    int is_cut;          /* tables end at the size asked for, then a page
                            that faults */
    uint32_t complaints; /* lines of level HOST_ or PLUGIN_MISBEHAVING */
    char complaint[120]; /* the last one */
    char broken[160];    /* the first breach of the contract, "" none */
    uint32_t metrics;
    uint32_t verifies; /* signatures it had checked */
};

/* kind decides what may be had at all. */
void vt_probe_init(struct vt_probe *probe, struct vt_trial *t);
const struct vt_host *vt_probe_host(const struct vt_probe *probe);
/* Fails the test when something was said or done that may not be. */
void vt_probe_judge(struct vt_probe *probe);

#endif
