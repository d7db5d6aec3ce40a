/* SPDX-License-Identifier: Apache-2.0
 *
 * conform.h - one plugin with the options of one INI file, loaded as a node
 * would load it, and the suite of its kind.
 */
#ifndef VT_TESTS_CONFORMANCE_CONFORM_H
#define VT_TESTS_CONFORMANCE_CONFORM_H

#include "config/option.h"
#include "plugin/host.h"

#include <check.h>

struct conform {
    const char *ini;     /* path of the file */
    const char *program; /* path of this program, to run it as a child */
    char section[80];    /* "storage.segment" */
    const char *stem;    /* "segment", inside section */
    enum vt_plugin_kind kind;
    const struct vt_module *module;
    struct vt_module validated; /* the same behind the validating host */
    const struct vt_host *host;
    const struct vt_host *validated_host;
    struct vt_options *options;
    struct vt_cfg cfg;
};

extern struct conform conform;

/* The suite of each kind; NULL for kinds without one. */
Suite *conform_storage_suite(void);

#endif
