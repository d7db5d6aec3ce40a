/* SPDX-License-Identifier: Apache-2.0
 *
 * box_disk.c - what survives: slots, bodies, final blocks, the signing guard.
 */
#include "support/box_inside.h"

#include <stdlib.h>

void box_disk_init(struct box_disk *disk)
{
    memset(disk, 0, sizeof *disk);
    disk->final = malloc(BOX_HEIGHTS_MAX * sizeof *disk->final);
    if (disk->final == NULL) {
        abort();
    }
}

void box_disk_fini(struct box_disk *disk)
{
    for (uint32_t i = 0; i < disk->slot_count; i++) {
        free(disk->slots[i].bytes);
    }
    for (uint64_t i = 0; disk->final != NULL && i < disk->final_count; i++) {
        free(disk->final[i].proof);
    }
    free(disk->final);
    for (uint32_t i = 0; i < BOX_ROLES_MAX; i++) {
        free(disk->roles[i]);
    }
    memset(disk, 0, sizeof *disk);
}

static uint8_t *copy_bytes(const uint8_t *bytes, size_t len)
{
    uint8_t *copy = malloc(len + 1);

    if (copy == NULL) {
        abort();
    }
    memcpy(copy, bytes, len);
    return copy;
}

static struct box_role *role_of(struct box_disk *disk, uint32_t role)
{
    struct box_role **at = &disk->roles[role % BOX_ROLES_MAX];

    if (*at == NULL) {
        *at = malloc(sizeof **at);
        if (*at == NULL) {
            abort();
        }
        (*at)->first = 0;
        (*at)->count = 0;
    }
    return *at;
}

void box_disk_copy(struct box_disk *to, const struct box_disk *from)
{
    box_disk_fini(to);
    box_disk_init(to);
    to->slot_count = from->slot_count;
    for (uint32_t i = 0; i < from->slot_count; i++) {
        to->slots[i] = from->slots[i];
        to->slots[i].bytes =
            copy_bytes(from->slots[i].bytes, from->slots[i].len);
    }
    to->bodies = from->bodies;
    to->final_count = from->final_count;
    for (uint64_t i = 0; i < from->final_count; i++) {
        to->final[i] = from->final[i];
        to->final[i].proof =
            copy_bytes(from->final[i].proof, from->final[i].len);
    }
    for (uint32_t i = 0; i < BOX_ROLES_MAX; i++) {
        if (from->roles[i] != NULL) {
            *role_of(to, i) = *from->roles[i];
        }
    }
}

static void note_peaks(struct box *box, const struct box_disk *disk, size_t len)
{
    uint64_t total = 0;

    for (uint32_t i = 0; i < disk->slot_count; i++) {
        total += disk->slots[i].len;
    }
    if (len > box->peaks.slot) {
        box->peaks.slot = len;
    }
    if (total > box->peaks.slots) {
        box->peaks.slots = total;
    }
}

void box_disk_put(struct box *box, struct box_node *node, uint64_t slot,
                  const uint8_t *bytes, size_t len)
{
    struct box_disk *disk = &node->disk;
    uint32_t i = 0;

    while (i < disk->slot_count && disk->slots[i].slot != slot) {
        i++;
    }
    if (i < disk->slot_count) {
        free(disk->slots[i].bytes);
    }
    if (len == 0) {
        if (i < disk->slot_count) {
            disk->slots[i] = disk->slots[--disk->slot_count];
        }
        return;
    }
    if (i == BOX_SLOTS_MAX) {
        box_violate(box, "I14 node %u uses more than %u slots", node->index,
                    BOX_SLOTS_MAX);
        return;
    }
    disk->slots[i].slot = slot;
    disk->slots[i].len = len;
    disk->slots[i].bytes = copy_bytes(bytes, len);
    if (i == disk->slot_count) {
        disk->slot_count++;
    }
    note_peaks(box, disk, len);
}

static int order(const struct box_signed *s, uint64_t major, uint64_t minor)
{
    if (s->major != major) {
        return s->major < major ? -1 : 1;
    }
    return s->minor < minor ? -1 : s->minor > minor;
}

/* As the chain's guard: the position grows, or the same words again. */
int box_guard_allows(struct box *box, struct box_node *node, uint32_t role,
                     uint64_t major, uint64_t minor, struct vt_view msg)
{
    uint64_t hash = box_fold(7, msg.ptr, msg.len);
    struct box_role *r = role_of(&node->disk, role);

    (void)box;
    for (uint32_t i = r->count; i-- > 0;) {
        struct box_signed *s = &r->ring[(r->first + i) % BOX_GUARD_KEEP];
        int cmp = order(s, major, minor);

        if (cmp == 0) {
            return s->hash == hash;
        }
        if (cmp < 0 && i + 1 == r->count) {
            break; /* above all of them */
        }
        if (cmp < 0) {
            return 0;
        }
    }
    if (r->count > 0 &&
        order(&r->ring[(r->first + r->count - 1) % BOX_GUARD_KEEP], major,
              minor) > 0) {
        return 0;
    }
    if (r->count == BOX_GUARD_KEEP) {
        r->first = (r->first + 1) % BOX_GUARD_KEEP;
        r->count--;
    }
    r->ring[(r->first + r->count) % BOX_GUARD_KEEP] =
        (struct box_signed){major, minor, hash};
    r->count++;
    return 1;
}
