/* SPDX-License-Identifier: Apache-2.0
 *
 * contexts.c - reads the whole file, changes it in memory, writes it anew.
 */
#include "cli/contexts.h"

#include "base/alloc.h"
#include "base/status.h"
#include "cli/paths.h"
#include "config/ini.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define VALUE_MAX 190u /* an INI line has 199 bytes */

struct contexts {
    char path[PATH_MAX];
    char current[VT_CONTEXT_NAME_MAX + 1];
    struct vt_context at[VT_CONTEXTS_MAX];
    size_t count;
};

static int good_name(const char *name)
{
    size_t len = strlen(name);

    return len > 0 && len <= VT_CONTEXT_NAME_MAX &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == len &&
           strcmp(name, "current") != 0;
}

vt_status vt_contexts_path(char out[PATH_MAX], struct vt_err *err)
{
    return vt_path_user("XDG_CONFIG_HOME", ".config", "contexts.ini", out, err);
}

static struct vt_context *find(struct contexts *all, const char *name)
{
    for (size_t i = 0; i < all->count; i++) {
        if (strcmp(all->at[i].name, name) == 0) {
            return &all->at[i];
        }
    }
    return NULL;
}

static struct vt_context *find_or_add(struct contexts *all, const char *name)
{
    struct vt_context *found = find(all, name);

    if (found == NULL && all->count < VT_CONTEXTS_MAX && good_name(name)) {
        found = &all->at[all->count++];
        memset(found, 0, sizeof *found);
        (void)snprintf(found->name, sizeof found->name, "%s", name);
    }
    return found;
}

static vt_status on_row(void *ctx, const char *section, const char *key,
                        const char *value, const char *where,
                        struct vt_err *err)
{
    struct contexts *all = ctx;
    struct vt_context *context;

    if (strcmp(section, "current") == 0 && strcmp(key, "name") == 0) {
        (void)snprintf(all->current, sizeof all->current, "%s", value);
        return VT_OK;
    }
    context = find_or_add(all, section);
    if (context != NULL && strcmp(key, "node") == 0) {
        (void)snprintf(context->node, sizeof context->node, "%s", value);
        return VT_OK;
    }
    if (context != NULL && strcmp(key, "keys") == 0) {
        (void)snprintf(context->keys, sizeof context->keys, "%s", value);
        return VT_OK;
    }
    return vt_err_set(err, VT_E_INVALID,
                      "%s: a context has a short name and the keys node and "
                      "keys, not [%.40s] %.40s",
                      where, section, key);
}

/* *out is filled also when there is no file yet. */
static vt_status read_all(struct contexts **out, struct vt_err *err)
{
    struct contexts *all = vt_alloc(sizeof *all);
    vt_status status;

    if (all == NULL) {
        return vt_err_set(err, VT_E_NOMEM, "no memory for contexts");
    }
    status = vt_contexts_path(all->path, err);
    if (status == VT_OK && access(all->path, F_OK) == 0) {
        status = vt_ini_read(all->path, on_row, all, err);
    }
    if (status != VT_OK) {
        vt_free(all);
        return status;
    }
    *out = all;
    return VT_OK;
}

static int print_all(const struct contexts *all, FILE *f)
{
    if (all->count > 0) {
        (void)fprintf(f, "; written by vtchain\n[current]\nname = %s\n",
                      all->current);
    }
    for (size_t i = 0; i < all->count; i++) {
        const struct vt_context *c = &all->at[i];

        (void)fprintf(f, "\n[%s]\nnode = %s\n", c->name, c->node);
        if (c->keys[0] != '\0') {
            (void)fprintf(f, "keys = %s\n", c->keys);
        }
    }
    return fflush(f) == 0 && fsync(fileno(f)) == 0 ? 0 : -1;
}

static vt_status write_all(const struct contexts *all, struct vt_err *err)
{
    char temp[PATH_MAX + 32];
    FILE *f;
    int bad;
    vt_status status = vt_path_make_parent(all->path, err);

    if (status != VT_OK) {
        return status;
    }
    (void)snprintf(temp, sizeof temp, "%s.%ld.new", all->path, (long)getpid());
    f = fopen(temp, "we");
    if (f == NULL) {
        return vt_err_set(err, VT_E_IO, "%s: %s", temp, strerror(errno));
    }
    bad = print_all(all, f);
    bad |= fclose(f);
    if (bad != 0 || rename(temp, all->path) != 0) {
        status = vt_err_set(err, VT_E_IO, "%s: %s", all->path, strerror(errno));
        (void)unlink(temp);
    }
    return status;
}

vt_status vt_context_load(const char *name, struct vt_context *out,
                          struct vt_err *err)
{
    struct contexts *all = NULL;
    const struct vt_context *found;
    vt_status status = read_all(&all, err);

    if (status != VT_OK) {
        return status;
    }
    name = name == NULL ? all->current : name;
    found = find(all, name);
    if (found == NULL) {
        status = vt_err_set(err, VT_E_NOTFOUND, "%s: no context '%.40s'",
                            all->path, name);
    } else {
        *out = *found;
    }
    vt_free(all);
    return status;
}

vt_status vt_context_save(const struct vt_context *context, struct vt_err *err)
{
    struct contexts *all = NULL;
    struct vt_context *place;
    vt_status status;

    if (!good_name(context->name)) {
        return vt_err_set(err, VT_E_INVALID,
                          "context '%.40s': a name has small letters, digits "
                          "and hyphens",
                          context->name);
    }
    if (strlen(context->keys) > VALUE_MAX ||
        strlen(context->node) > VALUE_MAX) {
        return vt_err_set(err, VT_E_LIMIT,
                          "context '%s': a value has at most %u bytes",
                          context->name, VALUE_MAX);
    }
    status = read_all(&all, err);
    if (status != VT_OK) {
        return status;
    }
    place = find_or_add(all, context->name);
    if (place == NULL) {
        status = vt_err_set(err, VT_E_LIMIT, "%s: more than %u contexts",
                            all->path, VT_CONTEXTS_MAX);
    } else {
        *place = *context;
        (void)snprintf(all->current, sizeof all->current, "%s", context->name);
        status = write_all(all, err);
    }
    vt_free(all);
    return status;
}

vt_status vt_context_remove(const char *name, struct vt_err *err)
{
    struct contexts *all = NULL;
    struct vt_context *found;
    vt_status status = read_all(&all, err);

    if (status != VT_OK) {
        return status;
    }
    found = find(all, name);
    if (found != NULL) {
        size_t behind = (size_t)(all->at + all->count - (found + 1));

        memmove(found, found + 1, behind * sizeof *found);
        all->count--;
        if (strcmp(all->current, name) == 0) {
            (void)snprintf(all->current, sizeof all->current, "%s",
                           all->count > 0 ? all->at[0].name : "");
        }
        status = write_all(all, err);
    }
    vt_free(all);
    return status;
}
