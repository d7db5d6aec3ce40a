/* SPDX-License-Identifier: Apache-2.0
 *
 * documents.h - a plugin's options are the same in its table, INI and README.
 */
#ifndef VT_TESTS_SUPPORT_DOCUMENTS_H
#define VT_TESTS_SUPPORT_DOCUMENTS_H

#include <vt/plugin.h>

/* plugins/<kind>/<name>/<name>.ini is what the option table prints. */
void check_plugin_ini(const struct vt_plugin *plugin, const char *kind);
/* The README beside it holds the same table. */
void check_plugin_readme(const struct vt_plugin *plugin, const char *kind);

#endif
