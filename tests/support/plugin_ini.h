/* SPDX-License-Identifier: Apache-2.0
 *
 * plugin_ini.h - one plugin with the options of one INI file, loaded as a node
 * would load it. The file has one section, [<kind>.<stem>]; the module lies in
 * the folder VT_TEST_PLUGIN_DIR.
 */
#ifndef VT_TESTS_SUPPORT_PLUGIN_INI_H
#define VT_TESTS_SUPPORT_PLUGIN_INI_H

#include "config/option.h"
#include "plugin/host.h"

struct plugin_ini {
    char section[80]; /* "storage.segment" */
    const char *stem; /* "segment", inside section */
    enum vt_plugin_kind kind;
    const struct vt_module *module;
    struct vt_options *options;
    struct vt_cfg cfg;
};

/* Returns VT_OK; what failed otherwise, with a text that names file and line.
 * Give back with plugin_ini_forget, in each case. */
vt_status plugin_ini_load(const char *path, struct plugin_ini *out,
                          struct vt_err *err);
void plugin_ini_forget(struct plugin_ini *plugin);

#endif
