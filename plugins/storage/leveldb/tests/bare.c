/* SPDX-License-Identifier: Apache-2.0
 *
 * bare.c - the few calls of LevelDB that the plugin builds on.
 */
#include "bare.h"

#include <leveldb/c.h>

#include <stdio.h>
#include <stdlib.h>

struct bare {
    leveldb_t *db;
    leveldb_options_t *options;
    leveldb_cache_t *cache;
    leveldb_filterpolicy_t *filter;
    leveldb_writebatch_t *batch;
    leveldb_writeoptions_t *write;
    leveldb_readoptions_t *read;
};

static void must(const char *error)
{
    if (error != NULL) {
        (void)fprintf(stderr, "bare LevelDB: %s\n", error);
        exit(2);
    }
}

struct bare *bare_open(const char *dir, size_t write_buffer, size_t cache)
{
    struct bare *b = calloc(1, sizeof *b);
    char *error = NULL;

    must(b == NULL ? "no memory" : NULL);
    b->options = leveldb_options_create();
    b->cache = leveldb_cache_create_lru(cache);
    b->filter = leveldb_filterpolicy_create_bloom(10);
    b->batch = leveldb_writebatch_create();
    b->write = leveldb_writeoptions_create();
    b->read = leveldb_readoptions_create();
    leveldb_options_set_create_if_missing(b->options, 1);
    leveldb_options_set_paranoid_checks(b->options, 1);
    leveldb_options_set_compression(b->options, leveldb_no_compression);
    leveldb_options_set_write_buffer_size(b->options, write_buffer);
    leveldb_options_set_max_open_files(b->options, 256);
    leveldb_options_set_cache(b->options, b->cache);
    leveldb_options_set_filter_policy(b->options, b->filter);
    leveldb_readoptions_set_verify_checksums(b->read, 1);
    b->db = leveldb_open(b->options, dir, &error);
    must(error);
    return b;
}

void bare_close(struct bare *b)
{
    leveldb_close(b->db);
    leveldb_readoptions_destroy(b->read);
    leveldb_writeoptions_destroy(b->write);
    leveldb_writebatch_destroy(b->batch);
    leveldb_options_destroy(b->options);
    leveldb_cache_destroy(b->cache);
    leveldb_filterpolicy_destroy(b->filter);
    free(b);
}

void bare_put(struct bare *b, const void *key, size_t key_len, const void *val,
              size_t val_len)
{
    leveldb_writebatch_put(b->batch, key, key_len, val, val_len);
}

void bare_write(struct bare *b, int sync)
{
    char *error = NULL;

    leveldb_writeoptions_set_sync(b->write, (uint8_t)sync);
    leveldb_write(b->db, b->write, b->batch, &error);
    must(error);
    leveldb_writebatch_clear(b->batch);
}

long bare_get(struct bare *b, const void *key, size_t key_len)
{
    char *error = NULL;
    size_t len;
    char *val = leveldb_get(b->db, b->read, key, key_len, &len, &error);
    int there = val != NULL;

    must(error);
    leveldb_free(val);
    return there ? (long)len : -1;
}

uint64_t bare_walk(struct bare *b)
{
    leveldb_iterator_t *it = leveldb_create_iterator(b->db, b->read);
    char *error = NULL;
    uint64_t bytes = 0;

    for (leveldb_iter_seek_to_first(it); leveldb_iter_valid(it);
         leveldb_iter_next(it)) {
        size_t key_len;
        size_t val_len;

        (void)leveldb_iter_key(it, &key_len);
        (void)leveldb_iter_value(it, &val_len);
        bytes += key_len + val_len;
    }
    leveldb_iter_get_error(it, &error);
    must(error);
    leveldb_iter_destroy(it);
    return bytes;
}
