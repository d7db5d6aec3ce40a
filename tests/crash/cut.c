/* SPDX-License-Identifier: Apache-2.0
 *
 * cut.c - the power goes: which of the changes under way arrived, and the
 * folder that is left.
 */
#include "crash/disk_int.h"

#include "base/alloc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECTOR_BYTES 512u

struct cutting {
    const struct disk *disk;
    enum cut_kind kind;
    int journal;
    uint64_t prefix; /* so many changes, the oldest, for kinds that need one */
    struct vt_rng *rng;
    uint8_t *arrives; /* per change */
    struct names names;
    struct cut_report report;
};

const char *cut_name(enum cut_kind kind)
{
    static const char *const names[CUT_COUNT] = {
        "nothing", "everything", "prefix", "some", "sectors", "stale"};

    return names[kind];
}

/* ---- which arrive ------------------------------------------------------- */

/* Names and sizes alone go through a journal. */
static int is_journalled(const struct change *change)
{
    return change->kind != TRACE_WRITE;
}

static int arrives(struct cutting *c, size_t index)
{
    switch (c->kind) {
    case CUT_NOTHING:
        return 0;
    case CUT_EVERYTHING:
        return 1;
    case CUT_PREFIX:
        return index < c->prefix;
    case CUT_SOME:
    case CUT_SECTORS:
    case CUT_STALE:
    case CUT_COUNT:
        break;
    }
    return c->journal && is_journalled(c->disk->changes[index])
               ? index < c->prefix
               : vt_rng_chance(c->rng, 1, 2);
}

static void choose(struct cutting *c)
{
    size_t count = c->disk->change_count;

    c->prefix = vt_rng_below(c->rng, count + 1);
    for (size_t i = 0; i < count; i++) {
        c->arrives[i] = (uint8_t)arrives(c, i);
        c->report.pending++;
        c->report.lost += c->arrives[i] == 0;
    }
}

/* ---- one file ----------------------------------------------------------- */

/* Bytes of some file of this disk, deleted ones too: a file system may give a
 * file that grew blocks that were not written yet. */
static void fill_stale(struct cutting *c, uint8_t *at, size_t len)
{
    size_t tries = c->disk->node_count;

    while (tries-- > 0) {
        const struct node *node =
            c->disk->nodes[vt_rng_below(c->rng, c->disk->node_count)];
        size_t from;

        if (node->bytes.len < SECTOR_BYTES) {
            continue;
        }
        from = (size_t)vt_rng_below(c->rng, node->bytes.len);
        from -= from % SECTOR_BYTES;
        len = node->bytes.len - from < len ? node->bytes.len - from : len;
        memcpy(at, node->bytes.at + from, len);
        return;
    }
}

static void grow(struct cutting *c, struct bytes *b, size_t len)
{
    size_t old_len = b->len;

    if (len <= old_len) {
        return;
    }
    bytes_resize(b, len);
    if (c->kind == CUT_STALE) {
        fill_stale(c, b->at + old_len, len - old_len);
    }
}

/* The sectors of a write by themselves. The size grows in any case: it may have
 * arrived without the bytes. */
static void tear(struct cutting *c, struct bytes *b, const struct change *w)
{
    size_t at = 0;

    grow(c, b, w->offset + w->len);
    while (at < w->len) {
        size_t in_sector = (w->offset + at) % SECTOR_BYTES;
        size_t len = SECTOR_BYTES - in_sector;

        len = w->len - at < len ? w->len - at : len;
        if (vt_rng_chance(c->rng, 1, 2)) {
            memcpy(b->at + w->offset + at, w->data + at, len);
        }
        at += len;
    }
}

/* The size a write makes comes to disk with the names made before it. */
static int is_too_early(const struct cutting *c, size_t index,
                        const struct bytes *b)
{
    const struct change *change = c->disk->changes[index];

    return c->journal && c->kind >= CUT_SOME && index >= c->prefix &&
           !is_journalled(change) && change->offset + change->len > b->len;
}

static void arrive(struct cutting *c, const struct node *node, struct bytes *b)
{
    int may_tear = c->kind == CUT_SECTORS || c->kind == CUT_STALE;

    for (size_t i = 0; i < c->disk->change_count; i++) {
        const struct change *change = c->disk->changes[i];

        if (change_is_of_names(change) || change->node != node ||
            is_too_early(c, i, b)) {
            continue;
        }
        if (c->arrives[i] != 0) {
            grow(c, b, change->kind == TRACE_WRITE ? change->offset : 0);
            change_file(b, change);
        } else if (may_tear && change->kind == TRACE_WRITE &&
                   vt_rng_chance(c->rng, 1, 2)) {
            tear(c, b, change);
        }
    }
}

static void write_file(const char *path, const struct bytes *b)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    size_t at = 0;

    if (fd < 0) {
        disk_give_up("make", path);
    }
    while (at < b->len) {
        ssize_t n = write(fd, b->at + at, b->len - at);

        if (n <= 0) {
            disk_give_up("write", path);
        }
        at += (size_t)n;
    }
    (void)close(fd);
}

/* A second name of a file that was written already is a link to it. */
static void make_file(struct cutting *c, struct node *node, const char *path,
                      char (*paths)[DISK_PATH_MAX])
{
    struct bytes b;
    size_t index = 0;

    while (c->disk->nodes[index] != node) {
        index++;
    }
    if (paths[index][0] != '\0') {
        if (link(paths[index], path) != 0) {
            disk_give_up("link", path);
        }
        return;
    }
    (void)snprintf(paths[index], DISK_PATH_MAX, "%s", path);
    bytes_copy(&b, &node->bytes);
    arrive(c, node, &b);
    write_file(path, &b);
    vt_free(b.at);
}

static void make_folder(struct cutting *c, const struct node *folder,
                        const char *path, char (*paths)[DISK_PATH_MAX])
{
    for (size_t i = 0; i < c->names.count; i++) {
        const struct name *n = &c->names.at[i];
        char full[DISK_PATH_MAX];

        if (n->folder != folder) {
            continue;
        }
        (void)snprintf(full, sizeof full, "%s/%s", path, n->name);
        if (!n->node->is_dir) {
            make_file(c, n->node, full, paths);
        } else if (mkdir(full, 0755) != 0) {
            disk_give_up("make", full);
        } else {
            make_folder(c, n->node, full, paths);
        }
    }
}

void disk_cut(const struct disk *disk, const struct cut_plan *plan,
              struct vt_rng *rng, const char *root, struct cut_report *out)
{
    struct cutting c = {
        .disk = disk, .kind = plan->kind, .journal = plan->journal, .rng = rng};
    char(*paths)[DISK_PATH_MAX] =
        disk_must(vt_alloc_array(disk->node_count, DISK_PATH_MAX));

    c.arrives = disk_must(vt_alloc(disk->change_count + 1));
    names_copy(&c.names, &disk->names);
    choose(&c);
    for (size_t i = 0; i < disk->change_count; i++) {
        if (c.arrives[i] != 0 && change_is_of_names(disk->changes[i])) {
            names_change(&c.names, disk->changes[i]);
        }
    }
    make_folder(&c, disk->nodes[0], root, paths);
    vt_free(c.names.at);
    vt_free(c.arrives);
    vt_free(paths);
    *out = c.report;
}
