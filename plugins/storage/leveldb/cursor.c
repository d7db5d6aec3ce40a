/* SPDX-License-Identifier: Apache-2.0
 *
 * cursor.c - LevelDB's iterator kept inside one space.
 */
#include "ldb.h"

#include <stdlib.h>

enum { BEFORE_ALL, ON_KEY, AFTER_ALL };

struct vt_db_cursor {
    struct vt_db *db;
    leveldb_iterator_t *it;
    uint32_t space;
    int at;
};

vt_status ldb_cursor_open(struct vt_db_tx *tx, uint32_t space,
                          struct vt_db_cursor **out)
{
    struct vt_db_cursor *cur;

    if (space >= LDB_SPACES) {
        return VT_E_LIMIT;
    }
    cur = calloc(1, sizeof *cur);
    if (cur == NULL) {
        return VT_E_NOMEM;
    }
    cur->db = tx->db;
    cur->space = space;
    cur->it = leveldb_create_iterator(tx->db->h.db, tx->read);
    *out = cur;
    return VT_OK;
}

void ldb_cursor_close(struct vt_db_cursor *cur)
{
    if (cur != NULL) {
        leveldb_iter_destroy(cur->it);
        free(cur);
    }
}

/* Where the iterator stands now. It steps over blocks it cannot read, so its
 * error counts even when it stands on a key. */
static vt_status settle(struct vt_db_cursor *cur, int behind, struct vt_view *k,
                        struct vt_view *v)
{
    struct vt_err err = {.size = sizeof err};
    const char *key;
    char *error = NULL;
    vt_status status;
    size_t len = 0;

    leveldb_iter_get_error(cur->it, &error);
    if (error != NULL) {
        cur->at = behind;
        status = ldb_fail_with(cur->db->dir, "read", error, &err);
        ldb_log(cur->db, VT_LOG_ERROR, "%s", err.text);
        return status;
    }
    key = leveldb_iter_valid(cur->it) ? leveldb_iter_key(cur->it, &len) : NULL;
    if (key == NULL || len == 0 || (uint8_t)key[0] != cur->space + 1) {
        cur->at = behind;
        return VT_E_NOTFOUND;
    }
    cur->at = ON_KEY;
    k->ptr = (const uint8_t *)key + 1;
    k->len = len - 1;
    v->ptr = (const uint8_t *)leveldb_iter_value(cur->it, &len);
    v->len = len;
    return VT_OK;
}

vt_status ldb_cursor_seek(struct vt_db_cursor *cur, struct vt_view key,
                          struct vt_view *k, struct vt_view *v)
{
    struct vt_view longest = {key.ptr,
                              key.len < LDB_KEY_MAX ? key.len : LDB_KEY_MAX};
    char name[LDB_KEY_MAX + 1];

    leveldb_iter_seek(cur->it, name, ldb_key(cur->space, longest, name));
    /* a longer key lies behind the one of its first bytes */
    if (longest.len < key.len && leveldb_iter_valid(cur->it)) {
        size_t len;
        const char *found = leveldb_iter_key(cur->it, &len);
        int same = len == sizeof name;

        for (size_t i = 0; same && i < len; i++) {
            same = found[i] == name[i];
        }
        if (same) {
            leveldb_iter_next(cur->it);
        }
    }
    return settle(cur, AFTER_ALL, k, v);
}

/* To the last key before the space's end. */
static void seek_end(struct vt_db_cursor *cur)
{
    char behind = (char)(cur->space + 2);

    if (cur->space + 1 < LDB_SPACES) {
        leveldb_iter_seek(cur->it, &behind, 1);
    }
    if (cur->space + 1 < LDB_SPACES && leveldb_iter_valid(cur->it)) {
        leveldb_iter_prev(cur->it);
    } else {
        leveldb_iter_seek_to_last(cur->it);
    }
}

vt_status ldb_cursor_step(struct vt_db_cursor *cur, int32_t dir,
                          struct vt_view *k, struct vt_view *v)
{
    char first = (char)(cur->space + 1);

    if (dir != 1 && dir != -1) {
        return VT_E_INVALID;
    }
    if (cur->at == (dir > 0 ? AFTER_ALL : BEFORE_ALL)) {
        return VT_E_NOTFOUND;
    }
    if (cur->at == ON_KEY && dir > 0) {
        leveldb_iter_next(cur->it);
    } else if (cur->at == ON_KEY) {
        leveldb_iter_prev(cur->it);
    } else if (dir > 0) {
        leveldb_iter_seek(cur->it, &first, 1);
    } else {
        seek_end(cur);
    }
    return settle(cur, dir > 0 ? AFTER_ALL : BEFORE_ALL, k, v);
}
