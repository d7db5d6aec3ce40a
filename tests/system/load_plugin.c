/* SPDX-License-Identifier: Apache-2.0
 *
 * load_plugin.c - load files through every step of the loader and say what
 * they are, or why not; the exit code is how many were refused.
 */
#include "base/status.h"
#include "plugin/registry.h"

#include <stdio.h>

static int load(struct vt_registry *registry, const char *path)
{
    const struct vt_module *module = NULL;
    struct vt_err err = VT_ERR_INIT;
    struct vt_buf text = VT_BUF_INIT(65536);

    if (vt_registry_load_file(registry, path, &module, &err) != VT_OK) {
        (void)printf("%s\n", err.text);
        return 1;
    }
    (void)vt_module_print(module, &text);
    (void)printf("%s", vt_buf_text(&text));
    vt_buf_fini(&text);
    return 0;
}

int main(int argc, char **argv)
{
    struct vt_registry_policy policy = {.path = "", .trust_any_owner = 1};
    struct vt_registry *registry;
    struct vt_err err = VT_ERR_INIT;
    int refused = 0;

    if (vt_registry_new(&policy, &registry, &err) != VT_OK) {
        (void)fprintf(stderr, "%s\n", err.text);
        return 99;
    }
    for (int i = 1; i < argc; i++) {
        refused += load(registry, argv[i]);
    }
    vt_registry_free(registry);
    return refused;
}
