/* SPDX-License-Identifier: Apache-2.0
 *
 * registry.c - where plugins are looked for, and which are loaded.
 */
#include "config.h"

#include "plugin/registry.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/status.h"
#include "plugin/loader.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DIRS_MAX 3u
#define FILES_MAX 256u

/* Modules of the whole process: a file is mapped once and never unmapped. */
struct loaded {
    struct loaded *next;
    struct vt_module module;
    char stem[VT_STEM_MAX + 1];
    char file[PATH_MAX];
    int validate;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct loaded *all;
static const struct vt_builtin *builtins;

struct vt_registry {
    struct vt_registry_policy policy;
    char path[PATH_MAX], cache[PATH_MAX];
    const char *dirs[DIRS_MAX];
    size_t dir_count;
};

const char *vt_plugin_kind_name(enum vt_plugin_kind kind)
{
    static const char *const names[VT_KIND_COUNT] = {
        "consensus", "storage", "signature", "engine", "settlement"};

    return kind < VT_KIND_COUNT ? names[kind] : "unknown";
}

void vt_registry_set_builtins(const struct vt_builtin *list)
{
    builtins = list;
}

vt_status vt_registry_new(const struct vt_registry_policy *policy,
                          struct vt_registry **out, struct vt_err *err)
{
    struct vt_registry *r = vt_alloc(sizeof *r);
    const char *env;

    *out = NULL;
    if (r == NULL) {
        return vt_err_set(err, VT_E_NOMEM, "no memory for the registry");
    }
    r->policy = *policy;
    if (policy->path != NULL && policy->path[0] != '\0') {
        if (policy->path[0] != '/' || strlen(policy->path) >= sizeof r->path) {
            vt_free(r);
            return vt_err_set(err, VT_E_INVALID,
                              "plugin path %s: give an absolute path",
                              policy->path);
        }
        (void)snprintf(r->path, sizeof r->path, "%s", policy->path);
        r->dirs[r->dir_count++] = r->path;
    }
    if (policy->cache_dir != NULL) {
        (void)snprintf(r->cache, sizeof r->cache, "%s", policy->cache_dir);
        r->policy.cache_dir = r->cache;
    }
    env = secure_getenv("VT_PLUGIN_PATH");
    if (env != NULL && env[0] == '/' && strcmp(env, r->path) != 0) {
        r->dirs[r->dir_count++] = env;
    }
    r->dirs[r->dir_count++] = VT_PLUGINDIR;
    *out = r;
    return VT_OK;
}

void vt_registry_free(struct vt_registry *registry)
{
    vt_free(registry);
}

static int offers(const struct vt_module *m, enum vt_plugin_kind kind)
{
    switch (kind) {
    case VT_KIND_CONSENSUS:
        return m->consensus != NULL;
    case VT_KIND_STORAGE:
        return m->storage != NULL;
    case VT_KIND_SIGNATURE:
        return m->signature != NULL;
    default:
        return 0;
    }
}

static vt_status run_self_test(const struct vt_module *m, struct vt_err *err)
{
    struct vt_host_args args = {
        .module = m, .host_name = "self test", .chain_name = "self-test"};
    const struct vt_host *host;
    vt_status status;

    if (m->desc.self_test == NULL) {
        return VT_OK;
    }
    args.kind = m->consensus != NULL ? VT_KIND_CONSENSUS
                : m->storage != NULL ? VT_KIND_STORAGE
                                     : VT_KIND_SIGNATURE;
    host = vt_host_new(&args);
    if (host == NULL) {
        return vt_err_set(err, VT_E_NOMEM, "no memory for a self test");
    }
    status = m->desc.self_test(host, err);
    vt_host_free(host);
    if (status != VT_OK) {
        char why[160];

        (void)snprintf(why, sizeof why, "%s",
                       err != NULL && err->text[0] != '\0'
                           ? err->text
                           : vt_status_text(status));
        return vt_refuse(err, status, m->file, "self test",
                         "%s: install a matching release", why);
    }
    return VT_OK;
}

static void wrap_tables(struct vt_module *m)
{
    if (m->consensus != NULL) {
        m->consensus = vt_validate_consensus(m->consensus, m->stem);
    }
    if (m->storage != NULL) {
        m->storage = vt_validate_storage(m->storage, m->stem);
    }
    if (m->signature != NULL) {
        m->signature = vt_validate_signature(m->signature, m->stem);
    }
}

static vt_status adopt(struct vt_registry *r, const struct vt_plugin *raw,
                       const char *stem, const char *file, int bounded,
                       const uint8_t sha256[32], const struct vt_module **out,
                       struct vt_err *err)
{
    struct loaded *item = vt_alloc(sizeof *item);
    vt_status status;

    if (item == NULL) {
        return vt_err_set(err, VT_E_NOMEM, "%s: out of memory", file);
    }
    (void)snprintf(item->stem, sizeof item->stem, "%s", stem);
    (void)snprintf(item->file, sizeof item->file, "%s", file);
    item->module.stem = item->stem;
    item->module.file = item->file;
    item->module.is_builtin = sha256 == NULL;
    item->validate = (int)r->policy.validate;
    if (sha256 != NULL) {
        memcpy(item->module.sha256, sha256, 32);
    }
    status = vt_descriptor_read(raw, stem, file, bounded, &item->module, err);
    if (status == VT_OK) {
        status = run_self_test(&item->module, err);
        if (status != VT_OK) {
            vt_descriptor_drop(&item->module);
        }
    }
    if (status != VT_OK) {
        vt_free(item);
        return status;
    }
    if (item->validate) {
        wrap_tables(&item->module);
    }
    item->next = all;
    all = item;
    *out = &item->module;
    return VT_OK;
}

static const struct vt_module *find_loaded(const struct vt_registry *r,
                                           const char *file, const char *stem)
{
    for (struct loaded *item = all; item != NULL; item = item->next) {
        if (strcmp(item->file, file) == 0 && strcmp(item->stem, stem) == 0 &&
            item->validate == (int)r->policy.validate) {
            return &item->module;
        }
    }
    return NULL;
}

static vt_status load_path(struct vt_registry *r, const char *path,
                           const struct vt_module **out, struct vt_err *err)
{
    char stem[VT_STEM_MAX + 1];
    const struct vt_plugin *raw;
    uint8_t sha256[32];
    char *copy = NULL;
    vt_status status;

    if (!vt_stem_of_path(path, stem)) {
        return vt_refuse(err, VT_E_INVALID, path, "find",
                         "a plugin file is called <stem>.so, the stem of a-z, "
                         "0-9 and _: rename it");
    }
    *out = find_loaded(r, path, stem);
    if (*out != NULL) {
        return VT_OK;
    }
    status = vt_file_check(&r->policy, path, err);
    if (status == VT_OK) {
        status = vt_file_copy(&r->policy, path, stem, &copy, sha256, err);
    }
    if (status == VT_OK) {
        status = vt_file_open(copy, path, stem, &raw, err);
    }
    if (status == VT_OK) {
        status = adopt(r, raw, stem, path, 1, sha256, out, err);
    }
    vt_free(copy);
    return status;
}

static const struct vt_plugin *find_builtin(const char *stem)
{
    char symbol[VT_STEM_MAX + 32];

    (void)snprintf(symbol, sizeof symbol, "%s_LTX_vt_plugin_v1", stem);
    for (const struct vt_builtin *b = builtins; b != NULL && b->name != NULL;
         b++) {
        if (strcmp(b->name, symbol) == 0) {
            return b->address;
        }
    }
    return NULL;
}

static vt_status search_dirs(struct vt_registry *r, const char *stem,
                             const struct vt_module **out, struct vt_err *err)
{
    char path[PATH_MAX + VT_STEM_MAX + 8];
    char dirs[160] = "";

    for (size_t i = 0; i < r->dir_count; i++) {
        size_t used = strlen(dirs);

        (void)snprintf(path, sizeof path, "%s/%s.so", r->dirs[i], stem);
        if (access(path, F_OK) == 0) {
            return load_path(r, path, out, err);
        }
        (void)snprintf(dirs + used, sizeof dirs - used, "%s%s",
                       used == 0 ? "" : ", ", r->dirs[i]);
    }
    return vt_err_set(err, VT_E_NOTFOUND,
                      "plugin %s: find: no %s.so in %s: install it or set "
                      "[plugins] path",
                      stem, stem, dirs);
}

static vt_status load_stem(struct vt_registry *r, const char *stem,
                           const struct vt_module **out, struct vt_err *err)
{
    const struct vt_plugin *raw;

    if (!vt_stem_valid(stem)) {
        return vt_err_set(err, VT_E_INVALID,
                          "plugin %.40s: find: a plugin is named by its stem "
                          "of a-z, 0-9 and _, not by a file",
                          stem);
    }
    *out = find_loaded(r, "built in", stem);
    if (*out != NULL) {
        return VT_OK;
    }
    raw = find_builtin(stem);
    if (raw != NULL) {
        return adopt(r, raw, stem, "built in", 1, NULL, out, err);
    }
    return search_dirs(r, stem, out, err);
}

vt_status vt_registry_load(struct vt_registry *registry, const char *stem,
                           enum vt_plugin_kind kind,
                           const struct vt_module **out, struct vt_err *err)
{
    vt_status status;

    *out = NULL;
    (void)pthread_mutex_lock(&lock);
    status = load_stem(registry, stem, out, err);
    (void)pthread_mutex_unlock(&lock);
    if (status == VT_OK && !offers(*out, kind)) {
        status = vt_err_set(err, VT_E_UNSUPPORTED,
                            "%s: interfaces: plugin %s offers no %s: name "
                            "another plugin",
                            (*out)->file, stem, vt_plugin_kind_name(kind));
        *out = NULL;
    }
    return status;
}

vt_status vt_registry_load_file(struct vt_registry *registry, const char *path,
                                const struct vt_module **out,
                                struct vt_err *err)
{
    char real[PATH_MAX];
    vt_status status;

    *out = NULL;
    if (realpath(path, real) == NULL) {
        return vt_refuse(err, VT_E_NOTFOUND, path, "find", "%s",
                         strerror(errno));
    }
    (void)pthread_mutex_lock(&lock);
    status = load_path(registry, real, out, err);
    (void)pthread_mutex_unlock(&lock);
    return status;
}

vt_status vt_registry_add(struct vt_registry *registry,
                          const struct vt_plugin *desc,
                          const struct vt_module **out, struct vt_err *err)
{
    vt_status status;

    *out = NULL;
    (void)pthread_mutex_lock(&lock);
    status = adopt(registry, desc, desc->name, "built in", 0, NULL, out, err);
    (void)pthread_mutex_unlock(&lock);
    return status;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static size_t read_dir(const char *dir, char *names[FILES_MAX])
{
    DIR *d = opendir(dir);
    struct dirent *entry;
    size_t count = 0;

    while (d != NULL && (entry = readdir(d)) != NULL && count < FILES_MAX) {
        size_t len = strlen(entry->d_name);

        if (len > 3 && strcmp(entry->d_name + len - 3, ".so") == 0) {
            names[count] = vt_strdup(entry->d_name);
            count += names[count] != NULL;
        }
    }
    if (d != NULL) {
        (void)closedir(d);
    }
    qsort(names, count, sizeof names[0], by_name);
    return count;
}

static int list_builtins(struct vt_registry *r, vt_registry_list_fn fn,
                         void *ctx)
{
    for (const struct vt_builtin *b = builtins; b != NULL && b->name != NULL;
         b++) {
        struct vt_err why = VT_ERR_INIT;
        const struct vt_module *module = NULL;
        char stem[VT_STEM_MAX + 1];

        (void)snprintf(stem, sizeof stem, "%.*s",
                       (int)(strstr(b->name, "_LTX_") - b->name), b->name);
        (void)pthread_mutex_lock(&lock);
        (void)load_stem(r, stem, &module, &why);
        (void)pthread_mutex_unlock(&lock);
        if (fn(ctx, "built in", module, &why) != 0) {
            return 1;
        }
    }
    return 0;
}

vt_status vt_registry_list(struct vt_registry *registry, vt_registry_list_fn fn,
                           void *ctx, struct vt_err *err)
{
    int stop = list_builtins(registry, fn, ctx);

    (void)err;
    for (size_t i = 0; i < registry->dir_count && !stop; i++) {
        char *names[FILES_MAX];
        size_t count = read_dir(registry->dirs[i], names);

        for (size_t k = 0; k < count; k++) {
            struct vt_err why = VT_ERR_INIT;
            const struct vt_module *module = NULL;
            char path[2 * PATH_MAX];

            (void)snprintf(path, sizeof path, "%s/%s", registry->dirs[i],
                           names[k]);
            if (!stop) {
                (void)pthread_mutex_lock(&lock);
                (void)load_path(registry, path, &module, &why);
                (void)pthread_mutex_unlock(&lock);
                stop = fn(ctx, path, module, &why) != 0;
            }
            vt_free(names[k]);
        }
    }
    return VT_OK;
}
