/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins.c - where this command looks for plugins.
 */
#include "cli/plugins.h"

#include "base/alloc.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

/* plugins-built/ beside the program: only in a build tree. Not for a program
 * with more rights than its caller, who may have placed a link to it. */
static int built_beside(char out[PATH_MAX])
{
    char program[PATH_MAX - 32];
    ssize_t len = readlink("/proc/self/exe", program, sizeof program - 1);
    char *slash;

    if (len <= 0 || getauxval(AT_SECURE) != 0) {
        return 0;
    }
    program[len] = '\0';
    slash = strrchr(program, '/');
    if (slash == NULL) {
        return 0;
    }
    *slash = '\0';
    (void)snprintf(out, PATH_MAX, "%s/plugins-built", program);
    return access(out, X_OK) == 0;
}

int vt_cli_plugin_path(struct vt_cli *cli, char out[PATH_MAX])
{
    const char *given = vt_cli_text(cli, "plugins");

    out[0] = '\0';
    if (given[0] != '\0') {
        if (realpath(given, out) == NULL || access(out, X_OK) != 0) {
            return vt_cli_fail(cli, VT_EXIT_BAD_INPUT, "bad_input",
                               "--plugins %s: no such folder", given);
        }
    } else if (secure_getenv("VT_PLUGIN_PATH") != NULL || !built_beside(out)) {
        out[0] = '\0';
    }
    return 0;
}

static int new_registry(struct vt_cli *cli, uint32_t validate,
                        struct vt_registry **out)
{
    struct vt_registry_policy policy = {.path = "", .validate = validate};
    struct vt_err err = VT_ERR_INIT;
    char dir[PATH_MAX];
    int code = vt_cli_plugin_path(cli, dir);

    if (code != 0) {
        return code;
    }
    policy.path = dir;
    return vt_registry_new(&policy, out, &err) == VT_OK
               ? 0
               : vt_cli_fail_err(cli, &err);
}

int vt_cli_registry(struct vt_cli *cli, struct vt_registry **out)
{
    return new_registry(cli, 0, out);
}

int vt_cli_registry_checked(struct vt_cli *cli, struct vt_registry **out)
{
    return new_registry(cli, 1, out);
}

vt_status vt_cli_load_any(struct vt_registry *registry, const char *stem,
                          const struct vt_module **out, struct vt_err *err)
{
    static const enum vt_plugin_kind kinds[] = {
        VT_KIND_CONSENSUS, VT_KIND_STORAGE, VT_KIND_SIGNATURE};
    vt_status status = VT_E_UNSUPPORTED;

    for (size_t i = 0;
         i < sizeof kinds / sizeof kinds[0] && status == VT_E_UNSUPPORTED;
         i++) {
        status = vt_registry_load(registry, stem, kinds[i], out, err);
    }
    return status;
}

const char *vt_cli_module_kind(const struct vt_module *m)
{
    if (m->consensus != NULL) {
        return vt_plugin_kind_name(VT_KIND_CONSENSUS);
    }
    return vt_plugin_kind_name(m->storage != NULL ? VT_KIND_STORAGE
                                                  : VT_KIND_SIGNATURE);
}

int vt_cli_scheme(struct vt_cli *cli, const char *stem,
                  const struct vt_signature **out)
{
    struct vt_registry *registry = NULL;
    const struct vt_module *module = NULL;
    struct vt_err err = VT_ERR_INIT;
    int code = vt_cli_registry(cli, &registry);

    if (code != 0) {
        return code;
    }
    if (vt_registry_load(registry, stem, VT_KIND_SIGNATURE, &module, &err) !=
        VT_OK) {
        code = vt_cli_fail_err(cli, &err);
    } else {
        *out = module->signature;
    }
    vt_registry_free(registry);
    return code;
}
