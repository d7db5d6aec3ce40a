/* SPDX-License-Identifier: Apache-2.0
 *
 * paths.c - folders by the XDG rules.
 */
#include "cli/paths.h"

#include "cli/contexts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define KEY_NAME_MAX 64u

static vt_status too_long(struct vt_err *err)
{
    return vt_err_set(err, VT_E_LIMIT, "path is longer than %d bytes",
                      PATH_MAX);
}

vt_status vt_path_user(const char *variable, const char *fallback,
                       const char *tail, char out[PATH_MAX], struct vt_err *err)
{
    const char *base = secure_getenv(variable);
    const char *home = secure_getenv("HOME");
    int len;

    if (base != NULL && base[0] == '/') {
        len = snprintf(out, PATH_MAX, "%s/vtchain/%s", base, tail);
    } else if (home != NULL && home[0] == '/') {
        len = snprintf(out, PATH_MAX, "%s/%s/vtchain/%s", home, fallback, tail);
    } else {
        return vt_err_set(err, VT_E_NOTFOUND,
                          "neither %s nor HOME is set: there is no folder for "
                          "%s",
                          variable, tail);
    }
    return len > 0 && len < PATH_MAX ? VT_OK : too_long(err);
}

vt_status vt_path_make_parent(const char *path, struct vt_err *err)
{
    char part[PATH_MAX];

    if (strlen(path) >= sizeof part) {
        return too_long(err);
    }
    for (const char *slash = strchr(path + 1, '/'); slash != NULL;
         slash = strchr(slash + 1, '/')) {
        size_t len = (size_t)(slash - path);

        memcpy(part, path, len);
        part[len] = '\0';
        if (mkdir(part, 0700) != 0 && errno != EEXIST && errno != EROFS &&
            errno != EACCES) {
            return vt_err_set(err, VT_E_IO, "folder %s: %s", part,
                              strerror(errno));
        }
    }
    return VT_OK;
}

vt_status vt_path_keys(const struct vt_cli *cli, char out[PATH_MAX],
                       struct vt_err *err)
{
    const char *given = vt_cli_text(cli, "keys");
    struct vt_context context;

    if (given[0] != '\0') {
        (void)snprintf(out, PATH_MAX, "%s", given);
        return VT_OK;
    }
    if (vt_context_load(NULL, &context, NULL) == VT_OK &&
        context.keys[0] != '\0') {
        memcpy(out, context.keys, sizeof context.keys);
        return VT_OK;
    }
    return vt_path_user("XDG_DATA_HOME", ".local/share", "keys", out, err);
}

vt_status vt_path_key(const struct vt_cli *cli, const char *name,
                      char out[PATH_MAX], struct vt_err *err)
{
    static const char good[] = "abcdefghijklmnopqrstuvwxyz"
                               "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    char dir[PATH_MAX];
    size_t len = strlen(name);
    vt_status status;

    if (strchr(name, '/') != NULL) {
        if (len >= PATH_MAX) {
            return too_long(err);
        }
        memcpy(out, name, len + 1);
        return VT_OK;
    }
    if (len == 0 || len > KEY_NAME_MAX || strspn(name, good) != len ||
        name[0] == '.' || name[0] == '-') {
        return vt_err_set(err, VT_E_INVALID,
                          "key name '%.70s': 1 to %u letters, digits, '.', '_' "
                          "and '-', a letter or digit first; with a slash it "
                          "is a path",
                          name, KEY_NAME_MAX);
    }
    status = vt_path_keys(cli, dir, err);
    if (status != VT_OK) {
        return status;
    }
    return snprintf(out, PATH_MAX, "%s/%s.key", dir, name) < PATH_MAX
               ? VT_OK
               : too_long(err);
}
