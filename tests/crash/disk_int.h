/* SPDX-License-Identifier: Apache-2.0
 *
 * disk_int.h - the inside of the simulated disk, for disk.c and cut.c.
 */
#ifndef VT_TESTS_CRASH_DISK_INT_H
#define VT_TESTS_CRASH_DISK_INT_H

#include "crash/disk.h"

#define DISK_PATH_MAX 1024u

struct bytes {
    uint8_t *at;
    size_t len, cap;
};

/* A file or folder. */
struct node {
    uint64_t number;
    int is_dir;
    struct bytes bytes; /* for sure */
};

struct name {
    struct node *folder, *node;
    char name[TRACE_NAME_MAX + 1];
};

struct names {
    struct name *at;
    size_t count;
};

/* Asked for and not synced. */
struct change {
    enum trace_kind kind;
    struct node *folder, *folder2, *node;
    char name[TRACE_NAME_MAX + 1], name2[TRACE_NAME_MAX + 1];
    uint64_t offset; /* or the new size */
    size_t len;
    uint8_t *data;
};

struct disk {
    struct node **nodes; /* the first is the root */
    size_t node_count;
    struct names names;      /* for sure */
    struct change **changes; /* oldest first */
    size_t change_count, change_cap;
    uint32_t bugs;
};

void *disk_must(void *ptr);
_Noreturn void disk_give_up(const char *what, const char *path);

void bytes_resize(struct bytes *b, size_t len);
void bytes_write(struct bytes *b, size_t offset, const void *data, size_t len);
void bytes_copy(struct bytes *to, const struct bytes *from);

struct node *names_get(const struct names *names, const struct node *folder,
                       const char *name);
/* node NULL takes the name away. */
void names_set(struct names *names, struct node *folder, const char *name,
               struct node *node);
void names_change(struct names *names, const struct change *c);
void names_copy(struct names *to, const struct names *from);

int change_is_of_names(const struct change *c);
void change_file(struct bytes *b, const struct change *c);
struct node *disk_node(const struct disk *disk, uint64_t number);

#endif
