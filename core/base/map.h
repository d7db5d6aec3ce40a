/* SPDX-License-Identifier: Apache-2.0
 *
 * map.h - hash table from fixed-length byte keys to pointers, with a bound.
 *
 * Keys are hashed with SipHash-2-4 under a seed the caller gives, so that a
 * remote cannot choose colliding keys. Iteration is in insertion order, never
 * in hash order, so that behaviour does not depend on the seed.
 */
#ifndef VT_BASE_MAP_H
#define VT_BASE_MAP_H

#include <vt/types.h>

struct vt_map;

/* key_len 1..64 bytes, at most max entries. NULL when out of memory. */
VT_MUST_USE struct vt_map *vt_map_new(size_t key_len, size_t max,
                                      const uint8_t seed[16]);
/* Values are the caller's. NULL is fine. */
void vt_map_free(struct vt_map *map);
size_t vt_map_count(const struct vt_map *map);
/* The value, or NULL. */
void *vt_map_get(const struct vt_map *map, const void *key);
/* value is not NULL; replaces, *out_old (may be NULL) gets what was there.
 * Returns VT_OK, VT_E_LIMIT, VT_E_NOMEM. */
vt_status vt_map_put(struct vt_map *map, const void *key, void *value,
                     void **out_old);
/* Returns what was there, or NULL. */
void *vt_map_remove(struct vt_map *map, const void *key);
/* Start with *pos = 0; Returns 1 and an entry, 0 at the end. The entry just
 * returned may be removed. out_key may be NULL. */
int vt_map_next(const struct vt_map *map, size_t *pos, const void **out_key,
                void **out_value);

uint64_t vt_siphash(const void *bytes, size_t len, const uint8_t seed[16]);

#endif
