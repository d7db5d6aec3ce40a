/* SPDX-License-Identifier: Apache-2.0
 *
 * map.c - slots in insertion order, and an open-addressing index of slot
 * numbers over them. Removal leaves a hole that the next growth squeezes out.
 */
#include "base/map.h"

#include "base/alloc.h"

#include <string.h>

#define KEY_MAX 64u
#define INDEX_MIN 16u

struct vt_map {
    size_t key_len, max;
    uint8_t seed[16];
    uint8_t *keys;    /* slots * key_len */
    void **values;    /* NULL: a hole */
    size_t used, cap; /* slots */
    size_t count;     /* slots that are not holes */
    uint32_t *index;  /* slot + 1; 0 empty; entries of holes stay */
    size_t index_len; /* a power of two, > used */
};

struct vt_map *vt_map_new(size_t key_len, size_t max, const uint8_t seed[16])
{
    struct vt_map *map;

    if (key_len == 0 || key_len > KEY_MAX || max > UINT32_MAX / 4) {
        return NULL;
    }
    map = vt_alloc(sizeof *map);
    if (map != NULL) {
        map->key_len = key_len;
        map->max = max;
        memcpy(map->seed, seed, sizeof map->seed);
    }
    return map;
}

void vt_map_free(struct vt_map *map)
{
    if (map != NULL) {
        vt_free(map->keys);
        vt_free(map->values);
        vt_free(map->index);
        vt_free(map);
    }
}

size_t vt_map_count(const struct vt_map *map)
{
    return map->count;
}

static const uint8_t *key_at(const struct vt_map *map, size_t slot)
{
    return map->keys + slot * map->key_len;
}

/* Where key is in the index, or the empty place where it would go. */
static size_t find(const struct vt_map *map, const void *key)
{
    size_t mask = map->index_len - 1;
    size_t at = (size_t)vt_siphash(key, map->key_len, map->seed) & mask;

    while (map->index[at] != 0) {
        size_t slot = map->index[at] - 1u;

        if (map->values[slot] != NULL &&
            memcmp(key_at(map, slot), key, map->key_len) == 0) {
            break;
        }
        at = (at + 1) & mask;
    }
    return at;
}

void *vt_map_get(const struct vt_map *map, const void *key)
{
    size_t at;

    if (map->count == 0) {
        return NULL;
    }
    at = find(map, key);
    return map->index[at] == 0 ? NULL : map->values[map->index[at] - 1u];
}

/* Move to new arrays without holes. */
static vt_status rebuild(struct vt_map *map, size_t cap)
{
    size_t index_len = INDEX_MIN;
    uint8_t *keys;
    void **values;
    uint32_t *index;
    size_t used = 0;

    while (index_len < cap * 2) {
        index_len *= 2;
    }
    keys = vt_alloc_array(cap, map->key_len);
    values = vt_alloc_array(cap, sizeof *values);
    index = vt_alloc_array(index_len, sizeof *index);
    if (keys == NULL || values == NULL || index == NULL) {
        vt_free(keys);
        vt_free(values);
        vt_free(index);
        return VT_E_NOMEM;
    }
    for (size_t i = 0; i < map->used; i++) {
        if (map->values[i] != NULL) {
            memcpy(keys + used * map->key_len, key_at(map, i), map->key_len);
            values[used++] = map->values[i];
        }
    }
    vt_free(map->keys);
    vt_free(map->values);
    vt_free(map->index);
    map->keys = keys;
    map->values = values;
    map->index = index;
    map->index_len = index_len;
    map->cap = cap;
    map->used = used;
    for (size_t i = 0; i < used; i++) {
        map->index[find(map, key_at(map, i))] = (uint32_t)i + 1u;
    }
    return VT_OK;
}

vt_status vt_map_put(struct vt_map *map, const void *key, void *value,
                     void **out_old)
{
    size_t at;

    if (out_old != NULL) {
        *out_old = NULL;
    }
    if (map->count > 0) {
        at = find(map, key);
        if (map->index[at] != 0) {
            if (out_old != NULL) {
                *out_old = map->values[map->index[at] - 1u];
            }
            map->values[map->index[at] - 1u] = value;
            return VT_OK;
        }
    }
    if (map->count >= map->max) {
        return VT_E_LIMIT;
    }
    if (map->used == map->cap) {
        size_t cap = map->count < 4 ? 8 : map->count * 2;

        if (rebuild(map, cap) != VT_OK) {
            return VT_E_NOMEM;
        }
    }
    at = find(map, key);
    memcpy(map->keys + map->used * map->key_len, key, map->key_len);
    map->values[map->used] = value;
    map->index[at] = (uint32_t)++map->used;
    map->count++;
    return VT_OK;
}

void *vt_map_remove(struct vt_map *map, const void *key)
{
    size_t at;
    void *old;

    if (map->count == 0) {
        return NULL;
    }
    at = find(map, key);
    if (map->index[at] == 0) {
        return NULL;
    }
    old = map->values[map->index[at] - 1u];
    map->values[map->index[at] - 1u] = NULL;
    map->count--;
    return old;
}

int vt_map_next(const struct vt_map *map, size_t *pos, const void **out_key,
                void **out_value)
{
    while (*pos < map->used) {
        size_t slot = (*pos)++;

        if (map->values[slot] != NULL) {
            if (out_key != NULL) {
                *out_key = key_at(map, slot);
            }
            *out_value = map->values[slot];
            return 1;
        }
    }
    return 0;
}
