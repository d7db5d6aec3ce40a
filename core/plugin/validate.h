/* SPDX-License-Identifier: Apache-2.0
 *
 * validate.h - what the three validators share. Private to core/plugin.
 */
#ifndef VT_PLUGIN_VALIDATE_H
#define VT_PLUGIN_VALIDATE_H

#include "plugin/host.h"

/* The module a host was made for. */
const struct vt_module *vt_host_module(const struct vt_host *host);

/* Count and log a violation. by_host: the host broke the contract. */
void vt_violation(const char *stem, int by_host, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The calling thread must be in this domain, when it is known. */
void vt_domain_check(const char *stem, const char *call, const char *want);

#endif
