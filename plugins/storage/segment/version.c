/* SPDX-License-Identifier: Apache-2.0
 *
 * version.c - counted sets of segments and lookups in them, newest segment
 * first.
 */
#include "version.h"

#include "crc.h"
#include "index.h"
#include "io.h"
#include "mem.h"
#include "record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct seg_active *seg_active_new(int fd, uint64_t id, uint64_t first_seq)
{
    struct seg_active *a = calloc(1, sizeof *a);

    if (a == NULL) {
        return NULL;
    }
    a->mem = seg_mem_new();
    if (a->mem == NULL) {
        free(a);
        return NULL;
    }
    atomic_init(&a->refs, 1);
    a->fd = fd;
    a->id = id;
    a->first_seq = first_seq;
    return a;
}

struct seg_active *seg_active_ref(struct seg_active *a)
{
    (void)atomic_fetch_add_explicit(&a->refs, 1, memory_order_relaxed);
    return a;
}

void seg_active_unref(struct seg_active *a)
{
    if (a == NULL ||
        atomic_fetch_sub_explicit(&a->refs, 1, memory_order_acq_rel) != 1) {
        return;
    }
    seg_mem_free(a->mem);
    if (a->fd >= 0) {
        (void)close(a->fd);
    }
    free(a);
}

struct seg_version *seg_version_new(struct seg_active *active,
                                    struct seg_sealed *const *sealed,
                                    uint32_t count)
{
    struct seg_version *v =
        malloc(sizeof *v + count * sizeof(struct seg_sealed *));

    if (v == NULL) {
        return NULL;
    }
    atomic_init(&v->refs, 1);
    v->active = seg_active_ref(active);
    v->count = count;
    for (uint32_t i = 0; i < count; i++) {
        v->sealed[i] = seg_sealed_ref(sealed[i]);
    }
    return v;
}

void seg_version_unref(struct seg_version *v)
{
    if (v == NULL ||
        atomic_fetch_sub_explicit(&v->refs, 1, memory_order_acq_rel) != 1) {
        return;
    }
    seg_active_unref(v->active);
    for (uint32_t i = 0; i < v->count; i++) {
        seg_sealed_unref(v->sealed[i]);
    }
    free(v);
}

void seg_version_install(struct vt_db *db, struct seg_version *v)
{
    struct seg_version *old;

    (void)pthread_mutex_lock(&db->lock);
    old = db->version;
    if (old != NULL && old->active != v->active) {
        db->visible_end = SEG_FILE_HEADER;
    }
    db->version = v;
    (void)pthread_mutex_unlock(&db->lock);
    seg_version_unref(old);
}

void seg_snap_take(struct vt_db *db, struct seg_snap *out)
{
    (void)pthread_mutex_lock(&db->lock);
    out->version = db->version;
    out->seq = db->visible;
    out->end = db->visible_end;
    (void)atomic_fetch_add_explicit(&out->version->refs, 1,
                                    memory_order_relaxed);
    (void)pthread_mutex_unlock(&db->lock);
}

void seg_snap_drop(struct seg_snap *snap)
{
    seg_version_unref(snap->version);
    snap->version = NULL;
}

/* ---- lookups ------------------------------------------------------------ */

static vt_status find_sealed(struct seg_sealed *s, struct seg_key key,
                             struct seg_slot *slot)
{
    struct seg_pos pos;
    struct seg_key found = {0};
    vt_status status = seg_index_seek(s, key, 1, &pos);

    if (status == VT_OK) {
        status = seg_index_entry(s, pos, slot, &found);
    }
    if (status == VT_OK && seg_key_cmp(found, key) != 0) {
        status = VT_E_NOTFOUND;
    }
    return status;
}

vt_status seg_find(const struct seg_snap *snap, struct seg_key key,
                   struct seg_hit *out)
{
    const struct seg_version *v = snap->version;
    const struct seg_node *node = seg_mem_get(v->active->mem, key, snap->seq);

    memset(out, 0, sizeof *out);
    if (node != NULL) {
        out->slot = node->slot;
        out->active = v->active;
        return VT_OK;
    }
    for (uint32_t i = 0; i < v->count; i++) {
        vt_status status;

        if (!seg_index_covers(v->sealed[i], key)) {
            continue;
        }
        status = find_sealed(v->sealed[i], key, &out->slot);
        if (status == VT_OK) {
            out->sealed = v->sealed[i];
        }
        if (status != VT_E_NOTFOUND) {
            return status;
        }
    }
    return VT_E_NOTFOUND;
}

void seg_hit_dead(const struct seg_hit *hit)
{
    _Atomic uint64_t *live =
        hit->active != NULL ? &hit->active->live : &hit->sealed->live;
    uint64_t now = atomic_load_explicit(live, memory_order_relaxed);
    uint64_t bytes = seg_footprint(&hit->slot);

    if (hit->slot.kind == SEG_PUT) {
        atomic_store_explicit(live, now > bytes ? now - bytes : 0,
                              memory_order_relaxed);
    }
}

/* ---- reading ------------------------------------------------------------ */

int seg_sealed_open(struct seg_sealed *s)
{
    char name[SEG_NAME_LEN];
    int fd = atomic_load(&s->fd);

    if (fd >= 0) {
        return fd;
    }
    fd = openat(s->db->dir_fd, seg_name(s->id, "seg", name),
                O_RDONLY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT) {
        /* dropped meanwhile: it was held before its name went */
        fd = atomic_load(&s->fd);
        errno = ENOENT;
    }
    return fd;
}

void seg_sealed_close(struct seg_sealed *s, int fd)
{
    if (fd >= 0 && fd != atomic_load(&s->fd)) {
        (void)close(fd);
    }
}

int seg_sealed_hold(struct seg_sealed *s)
{
    int fd = seg_sealed_open(s);

    if (fd < 0) {
        return -1;
    }
    atomic_store(&s->fd, fd);
    return 0;
}

static vt_status complain(struct vt_db *db, uint64_t id,
                          const struct seg_slot *slot, int why)
{
    char name[SEG_NAME_LEN];
    char path[128];

    (void)seg_path(db, seg_name(id, "seg", name), path);
    if (why != 0 && why != ENODATA) {
        seg_log(db, VT_LOG_ERROR,
                "%s: cannot read at offset %u: %s: check "
                "the disk",
                path, slot->off, strerror(why));
        return VT_E_IO;
    }
    seg_log(db, VT_LOG_ERROR, "%s: damaged at offset %u: " SEG_CURE, path,
            slot->off);
    return VT_E_CORRUPT;
}

vt_status seg_read(struct vt_db *db, const struct seg_hit *hit,
                   struct seg_key key, uint8_t *out)
{
    const struct seg_slot *slot = &hit->slot;
    size_t len = (size_t)slot->klen + slot->vlen;
    uint64_t id = hit->active != NULL ? hit->active->id : hit->sealed->id;
    int fd =
        hit->active != NULL ? hit->active->fd : seg_sealed_open(hit->sealed);
    int why = 0;

    if (fd < 0 || seg_pread(fd, out, len, slot->off) != 0) {
        why = errno;
    }
    if (hit->active == NULL) {
        seg_sealed_close(hit->sealed, fd);
    }
    if (why != 0 || key.len != slot->klen ||
        memcmp(out, key.ptr, key.len) != 0 ||
        seg_crc(seg_entry_crc_start(db->salt, slot), out, len) != slot->crc) {
        return complain(db, id, slot, why);
    }
    return VT_OK;
}
