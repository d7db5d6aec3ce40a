/* SPDX-License-Identifier: Apache-2.0
 *
 * documents.c - see documents.h.
 */
#include "support/documents.h"

#include "base/buf.h"
#include "config/option.h"

#include <check.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char got[32768];

static void read_file(const struct vt_plugin *plugin, const char *kind,
                      const char *name)
{
    const char *src = getenv("VT_TEST_SRC_DIR");
    char path[4096];
    size_t len;
    FILE *f;

    (void)snprintf(path, sizeof path, "%s/plugins/%s/%s/%s",
                   src == NULL ? "." : src, kind, plugin->name, name);
    f = fopen(path, "r");
    ck_assert_msg(f != NULL, "%s", path);
    len = fread(got, 1, sizeof got - 1, f);
    got[len] = '\0';
    (void)fclose(f);
}

void check_plugin_ini(const struct vt_plugin *plugin, const char *kind)
{
    struct vt_buf want = VT_BUF_INIT(65536);
    char name[64];

    (void)snprintf(name, sizeof name, "%s.ini", plugin->name);
    read_file(plugin, kind, name);
    (void)snprintf(name, sizeof name, "%s.%s", kind, plugin->name);
    ck_assert_int_eq(vt_options_print(name, plugin->keys, &want), VT_OK);
    ck_assert_str_eq(got, vt_buf_text(&want));
    vt_buf_fini(&want);
}

void check_plugin_readme(const struct vt_plugin *plugin, const char *kind)
{
    struct vt_buf want = VT_BUF_INIT(65536);

    read_file(plugin, kind, "README.md");
    ck_assert_int_eq(vt_options_markdown(plugin->keys, &want), VT_OK);
    ck_assert_ptr_nonnull(strstr(got, vt_buf_text(&want)));
    vt_buf_fini(&want);
}
