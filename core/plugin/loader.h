/* SPDX-License-Identifier: Apache-2.0
 *
 * loader.h - the steps of loading. Private to core/plugin.
 */
#ifndef VT_PLUGIN_LOADER_H
#define VT_PLUGIN_LOADER_H

#include "plugin/host.h"
#include "plugin/registry.h"

#define VT_STEM_MAX 32u
#define VT_PLUGIN_FILE_MAX (UINT64_C(256) << 20)

/* "<file>: <step>: <reason and cure>" in err; Returns status. */
vt_status vt_refuse(struct vt_err *err, vt_status status, const char *file,
                    const char *step, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

/* ^[a-z][a-z0-9_]{0,31}$ */
int vt_stem_valid(const char *stem);
/* "/a/b/ring.so" -> "ring"; 0 when the name is no plugin's. */
int vt_stem_of_path(const char *path, char out[VT_STEM_MAX + 1]);

/* file_check.c: owner and mode of the file and of every folder above it. */
vt_status vt_file_check(const struct vt_registry_policy *policy,
                        const char *path, struct vt_err *err);
/* The bytes' hash, and a copy of exactly those bytes under
 * cache_dir/<hash>/<stem>.so; *out is malloced. Without a cache it is path. */
vt_status vt_file_copy(const struct vt_registry_policy *policy,
                       const char *path, const char *stem, char **out,
                       uint8_t sha256[32], struct vt_err *err);

/* loader.c: map it and find the descriptor. path is absolute. */
vt_status vt_file_open(const char *path, const char *shown, const char *stem,
                       const struct vt_plugin **out, struct vt_err *err);

/* descriptor.c: from the plugin's object to the host's own checked copy.
 * bounded: check that what it points to lies inside the object's file. module
 * is zeroed before; on failure nothing is left in it to free. */
vt_status vt_descriptor_read(const struct vt_plugin *raw, const char *stem,
                             const char *file, int bounded,
                             struct vt_module *module, struct vt_err *err);
/* Frees the copies, of a module that is refused after it was read. */
void vt_descriptor_drop(struct vt_module *module);

#endif
