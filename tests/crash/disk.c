/* SPDX-License-Identifier: Apache-2.0
 *
 * disk.c - nodes, names and the changes that are still under way.
 */
#include "crash/disk.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "crash/disk_int.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void *disk_must(void *ptr)
{
    if (ptr == NULL) {
        (void)fprintf(stderr, "disk: out of memory\n");
        abort();
    }
    return ptr;
}

void disk_give_up(const char *what, const char *path)
{
    (void)fprintf(stderr, "disk: cannot %s %s\n", what, path);
    abort();
}

/* ---- bytes -------------------------------------------------------------- */

void bytes_resize(struct bytes *b, size_t len)
{
    if (len > b->cap) {
        b->cap = len + len / 2 + 64;
        b->at = disk_must(vt_realloc(b->at, b->cap));
    }
    if (len > b->len) {
        memset(b->at + b->len, 0, len - b->len);
    }
    b->len = len;
}

void bytes_write(struct bytes *b, size_t offset, const void *data, size_t len)
{
    if (offset + len > b->len) {
        bytes_resize(b, offset + len);
    }
    if (len > 0) {
        memcpy(b->at + offset, data, len);
    }
}

void bytes_copy(struct bytes *to, const struct bytes *from)
{
    *to = (struct bytes){0};
    bytes_write(to, 0, from->at, from->len);
}

/* ---- nodes -------------------------------------------------------------- */

/* A number may come back after its file was deleted: the newest one counts. */
struct node *disk_node(const struct disk *disk, uint64_t number)
{
    for (size_t i = disk->node_count; i > 0; i--) {
        if (disk->nodes[i - 1]->number == number) {
            return disk->nodes[i - 1];
        }
    }
    return NULL;
}

static struct node *add_node(struct disk *disk, uint64_t number, int is_dir)
{
    struct node *node = disk_must(vt_alloc(sizeof *node));

    node->number = number;
    node->is_dir = is_dir;
    disk->nodes = disk_must(vt_realloc(disk->nodes, (disk->node_count + 1) *
                                                        sizeof(struct node *)));
    disk->nodes[disk->node_count++] = node;
    return node;
}

/* ---- names -------------------------------------------------------------- */

static size_t find_name(const struct names *names, const struct node *folder,
                        const char *name)
{
    size_t i = 0;

    while (i < names->count && (names->at[i].folder != folder ||
                                strcmp(names->at[i].name, name) != 0)) {
        i++;
    }
    return i;
}

struct node *names_get(const struct names *names, const struct node *folder,
                       const char *name)
{
    size_t i = find_name(names, folder, name);

    return i < names->count ? names->at[i].node : NULL;
}

void names_set(struct names *names, struct node *folder, const char *name,
               struct node *node)
{
    size_t i = find_name(names, folder, name);

    if (i == names->count && node != NULL) {
        names->at =
            disk_must(vt_realloc(names->at, (i + 1) * sizeof *names->at));
        names->at[i].folder = folder;
        (void)snprintf(names->at[i].name, sizeof names->at[i].name, "%s", name);
        names->count++;
    }
    if (node != NULL) {
        names->at[i].node = node;
    } else if (i < names->count) {
        names->at[i] = names->at[--names->count];
    }
}

/* What a change of names does. */
void names_change(struct names *names, const struct change *c)
{
    if (c->kind == TRACE_RENAME &&
        names_get(names, c->folder, c->name) == c->node) {
        names_set(names, c->folder, c->name, NULL);
    }
    if (c->kind == TRACE_RENAME) {
        names_set(names, c->folder2, c->name2, c->node);
    } else {
        names_set(names, c->folder, c->name,
                  c->kind == TRACE_UNLINK ? NULL : c->node);
    }
}

void names_copy(struct names *to, const struct names *from)
{
    to->count = from->count;
    to->at = disk_must(vt_alloc_array(from->count, sizeof *to->at));
    if (from->count > 0) {
        memcpy(to->at, from->at, from->count * sizeof *to->at);
    }
}

/* ---- changes ------------------------------------------------------------ */

static struct change *add_change(struct disk *disk, enum trace_kind kind)
{
    struct change *c = disk_must(vt_alloc(sizeof *c));

    c->kind = kind;
    if (disk->change_count == disk->change_cap) {
        disk->change_cap = disk->change_cap * 2 + 64;
        disk->changes = disk_must(vt_realloc(
            disk->changes, disk->change_cap * sizeof(struct change *)));
    }
    disk->changes[disk->change_count++] = c;
    return c;
}

static void free_change(struct change *c)
{
    vt_free(c->data);
    vt_free(c);
}

int change_is_of_names(const struct change *c)
{
    return c->kind != TRACE_WRITE && c->kind != TRACE_RESIZE;
}

void change_file(struct bytes *b, const struct change *c)
{
    if (c->kind == TRACE_WRITE) {
        bytes_write(b, c->offset, c->data, c->len);
    } else {
        bytes_resize(b, c->offset);
    }
}

static int is_made_sure(const struct change *c, const struct node *node)
{
    if (node == NULL) {
        return 1; /* all are */
    }
    return change_is_of_names(c) ? c->folder == node || c->folder2 == node
                                 : c->node == node;
}

/* node NULL: everything. */
static void make_sure(struct disk *disk, const struct node *node)
{
    size_t kept = 0;

    for (size_t i = 0; i < disk->change_count; i++) {
        struct change *c = disk->changes[i];

        if (!is_made_sure(c, node)) {
            disk->changes[kept++] = c;
            continue;
        }
        if (change_is_of_names(c)) {
            names_change(&disk->names, c);
        } else {
            change_file(&c->node->bytes, c);
        }
        free_change(c);
    }
    disk->change_count = kept;
}

static void sync_node(struct disk *disk, const struct node *node)
{
    uint32_t forgets = node->is_dir ? PLANT_NO_DIR_SYNC : PLANT_NO_SYNC;

    if ((disk->bugs & forgets) == 0) {
        make_sure(disk, node);
    }
}

static void take_names(struct disk *disk, struct change *c,
                       const struct trace_entry *e)
{
    const char *text = (const char *)(e + 1);

    c->folder = disk_node(disk, e->folder);
    memcpy(c->name, text, e->name_len);
    if (e->name2_len > 0) {
        c->folder2 = disk_node(disk, e->folder2);
        memcpy(c->name2, text + e->name_len, e->name2_len);
    }
}

static void apply_names(struct disk *disk, const struct trace_entry *e)
{
    struct change *c = add_change(disk, (enum trace_kind)e->kind);

    c->node = e->kind == TRACE_MAKE_FILE || e->kind == TRACE_MAKE_DIR
                  ? add_node(disk, e->node, e->kind == TRACE_MAKE_DIR)
                  : disk_node(disk, e->node);
    take_names(disk, c, e);
}

static void apply_data(struct disk *disk, const struct trace_entry *e)
{
    struct change *c = add_change(disk, (enum trace_kind)e->kind);

    c->node = disk_node(disk, e->node);
    c->offset = e->number;
    c->len = e->data_len;
    c->data = disk_must(vt_memdup(e + 1, e->data_len));
}

const char *disk_apply(struct disk *disk, const struct trace_entry *e)
{
    static char text[TRACE_NAME_MAX + 1];

    switch ((enum trace_kind)e->kind) {
    case TRACE_MAKE_FILE:
    case TRACE_MAKE_DIR:
    case TRACE_LINK:
    case TRACE_UNLINK:
    case TRACE_RENAME:
        apply_names(disk, e);
        return NULL;
    case TRACE_WRITE:
    case TRACE_RESIZE:
        apply_data(disk, e);
        return NULL;
    case TRACE_SYNC:
        if (disk_node(disk, e->node) == NULL) {
            return "a sync of a file from elsewhere";
        }
        sync_node(disk, disk_node(disk, e->node));
        return NULL;
    case TRACE_SYNC_ALL:
        make_sure(disk, NULL);
        return NULL;
    case TRACE_BLIND:
        (void)snprintf(text, sizeof text, "%.*s", (int)e->name_len,
                       (const char *)(e + 1));
        return text;
    case TRACE_NOTE:
        return NULL;
    }
    return "an entry that is none";
}

/* ---- from and to the real disk ------------------------------------------ */

static void read_file(struct bytes *b, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    size_t at = 0;

    if (fd < 0 || fstat(fd, &st) != 0) {
        disk_give_up("open", path);
    }
    bytes_resize(b, (size_t)st.st_size);
    while (at < b->len) {
        ssize_t n = read(fd, b->at + at, b->len - at);

        if (n <= 0) {
            disk_give_up("read", path);
        }
        at += (size_t)n;
    }
    (void)close(fd);
}

static void load_entry(struct disk *disk, struct node *folder, const char *path,
                       const char *name);

static void load_folder(struct disk *disk, struct node *folder,
                        const char *path)
{
    DIR *d = opendir(path);
    struct dirent *entry;

    if (d == NULL) {
        disk_give_up("list", path);
    }
    while ((entry = readdir(d)) != NULL) {
        if (strcmp(entry->d_name, ".") != 0 &&
            strcmp(entry->d_name, "..") != 0) {
            load_entry(disk, folder, path, entry->d_name);
        }
    }
    (void)closedir(d);
}

static void load_entry(struct disk *disk, struct node *folder, const char *path,
                       const char *name)
{
    char full[DISK_PATH_MAX];
    struct node *node;
    struct stat st;

    (void)snprintf(full, sizeof full, "%s/%s", path, name);
    if (lstat(full, &st) != 0) {
        disk_give_up("look at", full);
    }
    node = disk_node(disk, st.st_ino); /* a second name of it? */
    if (node == NULL) {
        node = add_node(disk, st.st_ino, S_ISDIR(st.st_mode));
        if (node->is_dir) {
            load_folder(disk, node, full);
        } else {
            read_file(&node->bytes, full);
        }
    }
    names_set(&disk->names, folder, name, node);
}

struct disk *disk_load(const char *root)
{
    struct disk *disk = disk_must(vt_alloc(sizeof *disk));
    struct stat st;

    if (stat(root, &st) != 0) {
        disk_give_up("look at", root);
    }
    load_folder(disk, add_node(disk, st.st_ino, 1), root);
    return disk;
}

void disk_plant(struct disk *disk, uint32_t bugs)
{
    disk->bugs = bugs;
}

void disk_free(struct disk *disk)
{
    if (disk == NULL) {
        return;
    }
    for (size_t i = 0; i < disk->change_count; i++) {
        free_change(disk->changes[i]);
    }
    for (size_t i = 0; i < disk->node_count; i++) {
        vt_free(disk->nodes[i]->bytes.at);
        vt_free(disk->nodes[i]);
    }
    vt_free(disk->changes);
    vt_free(disk->nodes);
    vt_free(disk->names.at);
    vt_free(disk);
}

/* ---- did the shim see everything? --------------------------------------- */

/* All changes as if all had arrived. */
static void settle(const struct disk *disk, struct names *names,
                   const struct node *node, struct bytes *bytes)
{
    for (size_t i = 0; i < disk->change_count; i++) {
        const struct change *c = disk->changes[i];

        if (names != NULL && change_is_of_names(c)) {
            names_change(names, c);
        } else if (node != NULL && c->node == node && !change_is_of_names(c)) {
            change_file(bytes, c);
        }
    }
}

static int is_same_file(const struct disk *disk, const struct node *node,
                        const char *path)
{
    struct bytes want;
    struct bytes have = {0};
    int same;

    bytes_copy(&want, &node->bytes);
    settle(disk, NULL, node, &want);
    read_file(&have, path);
    same = vt_view_eq(vt_view_of(want.at, want.len),
                      vt_view_of(have.at, have.len));
    vt_free(want.at);
    vt_free(have.at);
    return same;
}

static size_t count_entries(const char *path)
{
    DIR *d = opendir(path);
    size_t count = 0;

    while (d != NULL && readdir(d) != NULL) {
        count++;
    }
    if (d != NULL) {
        (void)closedir(d);
    }
    return count - 2;
}

static const char *compare_folder(const struct disk *disk,
                                  const struct names *names,
                                  const struct node *folder, const char *path)
{
    static char text[DISK_PATH_MAX + 64];
    size_t count = 0;

    for (size_t i = 0; i < names->count; i++) {
        const struct name *n = &names->at[i];
        char full[DISK_PATH_MAX];
        const char *wrong = NULL;

        if (n->folder != folder) {
            continue;
        }
        count++;
        (void)snprintf(full, sizeof full, "%s/%s", path, n->name);
        if (access(full, F_OK) != 0 ||
            (!n->node->is_dir && !is_same_file(disk, n->node, full))) {
            (void)snprintf(text, sizeof text, "%s is not as traced", full);
            return text;
        }
        wrong =
            n->node->is_dir ? compare_folder(disk, names, n->node, full) : NULL;
        if (wrong != NULL) {
            return wrong;
        }
    }
    (void)snprintf(text, sizeof text, "%s has names that are not traced", path);
    return count == count_entries(path) ? NULL : text;
}

const char *disk_compare(const struct disk *disk, const char *root)
{
    struct names names;
    const char *wrong;

    names_copy(&names, &disk->names);
    settle(disk, &names, NULL, NULL);
    wrong = compare_folder(disk, &names, disk->nodes[0], root);
    vt_free(names.at);
    return wrong;
}
