/* SPDX-License-Identifier: Apache-2.0
 *
 * bare.h - LevelDB without the plugin: to show what it does alone, and to
 * measure what the plugin adds.
 */
#ifndef LEVELDB_TESTS_BARE_H
#define LEVELDB_TESTS_BARE_H

#include <stddef.h>
#include <stdint.h>

struct bare;

/* With the options the plugin uses. Made when it is not there. All here end
 * the program when LevelDB fails. */
struct bare *bare_open(const char *dir, size_t write_buffer, size_t cache);
void bare_close(struct bare *b);

void bare_put(struct bare *b, const void *key, size_t key_len, const void *val,
              size_t val_len);
/* A batch of its own; sync as LevelDB does it. */
void bare_write(struct bare *b, int sync);
/* Length of the value, -1 when there is none. */
long bare_get(struct bare *b, const void *key, size_t key_len);
/* Goes over all keys. Returns how many bytes they and their values have. */
uint64_t bare_walk(struct bare *b);

#endif
