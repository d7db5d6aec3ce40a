/* SPDX-License-Identifier: Apache-2.0
 *
 * loader.c - from a file to the address of its descriptor; the one door to
 * libltdl.
 *
 * libltdl binds lazily and loses the real error text, so a dlopen with
 * RTLD_NOW goes first. Only absolute paths are handed over: bare names would
 * honour LTDL_LIBRARY_PATH and LD_LIBRARY_PATH.
 */
#include "config.h"

#include "plugin/loader.h"

#include "base/status.h"

#include <ltdl.h>

#include <dlfcn.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int started;

int vt_stem_valid(const char *stem)
{
    size_t len = strlen(stem);

    return len >= 1 && len <= VT_STEM_MAX && stem[0] >= 'a' && stem[0] <= 'z' &&
           strspn(stem, "abcdefghijklmnopqrstuvwxyz0123456789_") == len;
}

int vt_stem_of_path(const char *path, char out[VT_STEM_MAX + 1])
{
    const char *slash = strrchr(path, '/');
    const char *name = slash == NULL ? path : slash + 1;
    size_t len = strlen(name);

    if (len < 4 || len - 3 > VT_STEM_MAX ||
        strcmp(name + len - 3, ".so") != 0) {
        return 0;
    }
    memcpy(out, name, len - 3);
    out[len - 3] = '\0';
    return vt_stem_valid(out);
}

/* dlopen's text without the file name, which the caller prints. */
static const char *open_error(const char *path)
{
    const char *text = dlerror();
    size_t len = strlen(path);

    if (text == NULL) {
        return "cannot be opened";
    }
    return strncmp(text, path, len) == 0 && text[len] == ':' ? text + len + 2
                                                             : text;
}

static vt_status refuse_open(const char *path, const char *shown,
                             struct vt_err *err)
{
    const char *text = open_error(path);
    const char *cure = "rebuild it for this machine";

    if (strstr(text, "cannot open shared object") != NULL) {
        cure = "install the package that holds this library";
    } else if (strstr(text, "undefined symbol") != NULL) {
        cure = "link the library it comes from, with -Wl,-z,defs";
    }
    return vt_refuse(err, VT_E_IO, shown, "open", "%s; %s", text, cure);
}

static vt_status refuse_symbol(void *handle, const char *shown,
                               const char *stem, struct vt_err *err)
{
    char name[VT_STEM_MAX + 32];

    for (int major = 2; major < 10; major++) {
        (void)snprintf(name, sizeof name, "%s_LTX_vt_plugin_v%d", stem, major);
        if (dlsym(handle, name) != NULL) {
            return vt_refuse(err, VT_E_UNSUPPORTED, shown, "symbol",
                             "made for plugin ABI %d, this host has ABI %d: "
                             "use a matching release",
                             major, VT_ABI_MAJOR);
        }
    }
    return vt_refuse(err, VT_E_CORRUPT, shown, "symbol",
                     "exports no %s_LTX_vt_plugin_v%d: file name, symbol and "
                     "name in the descriptor must be the same stem",
                     stem, VT_ABI_MAJOR);
}

static vt_status open_ltdl(const char *path, const char *shown,
                           const char *stem, void **out, struct vt_err *err)
{
    lt_dladvise advise;
    lt_dlhandle handle = NULL;
    char symbol[] = "vt_plugin_v1";
    const char *why;

    if (!started && lt_dlinit() != 0) {
        return vt_refuse(err, VT_E_IO, shown, "open", "libltdl: %s",
                         lt_dlerror());
    }
    started = 1;
    if (lt_dladvise_init(&advise) != 0) {
        return vt_refuse(err, VT_E_NOMEM, shown, "open", "out of memory");
    }
    if (lt_dladvise_local(&advise) == 0 && lt_dladvise_resident(&advise) == 0) {
        handle = lt_dlopenadvise(path, advise);
    }
    (void)lt_dladvise_destroy(&advise);
    if (handle == NULL) {
        why = lt_dlerror();
        return vt_refuse(err, VT_E_IO, shown, "open", "libltdl: %s",
                         why == NULL ? "cannot be opened" : why);
    }
    *out = lt_dlsym(handle, symbol); /* it puts "<stem>_LTX_" before */
    (void)stem;
    return VT_OK;
}

/* Without this a dependency's symbol of the same name would be taken. */
static int lies_in(const void *object, const char *path)
{
    char real_path[PATH_MAX];
    char real_file[PATH_MAX];
    Dl_info info;

    return dladdr(object, &info) != 0 && info.dli_fname != NULL &&
           realpath(path, real_path) != NULL &&
           realpath(info.dli_fname, real_file) != NULL &&
           strcmp(real_path, real_file) == 0;
}

static vt_status open_locked(const char *path, const char *shown,
                             const char *stem, const struct vt_plugin **out,
                             struct vt_err *err)
{
    void *probe = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    void *object = NULL;
    vt_status status;

    if (probe == NULL) {
        return refuse_open(path, shown, err);
    }
    status = open_ltdl(path, shown, stem, &object, err);
    if (status == VT_OK && object == NULL) {
        status = refuse_symbol(probe, shown, stem, err);
    }
    if (status == VT_OK && !lies_in(object, path)) {
        status = vt_refuse(err, VT_E_CORRUPT, shown, "symbol",
                           "its descriptor lies in another file: export it "
                           "from the plugin itself");
    }
    (void)dlclose(probe);
    *out = object;
    return status;
}

vt_status vt_file_open(const char *path, const char *shown, const char *stem,
                       const struct vt_plugin **out, struct vt_err *err)
{
    vt_status status;

    *out = NULL;
    (void)pthread_mutex_lock(&lock);
    status = open_locked(path, shown, stem, out, err);
    (void)pthread_mutex_unlock(&lock);
    return status;
}
