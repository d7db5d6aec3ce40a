/* SPDX-License-Identifier: Apache-2.0
 *
 * store.h - one storage plugin in a folder of its own, for tests and
 * measurements: options from its table, short forms of calls.
 */
#ifndef VT_TESTS_SUPPORT_STORE_H
#define VT_TESTS_SUPPORT_STORE_H

#include <vt/storage.h>

#include "config/option.h"

struct store {
    const struct vt_storage *table;
    struct vt_options *options;
    struct vt_cfg cfg;
    struct vt_host host; /* without services */
    struct vt_db *db;
    char dir[168];     /* below home */
    char home[160];    /* a new folder, gone with store_fini */
    struct vt_err err; /* of the last call that failed */
};

/* section is "storage.<stem>", keys its option table. The folder is made, the
 * store not yet opened. Ends the program when that does not work, as the
 * others below do when they return nothing. */
void store_init(struct store *s, const char *section, struct vt_tab keys,
                const struct vt_storage *table);
void store_fini(struct store *s);
void store_set(struct store *s, const char *key, const char *value);

/* The folder `to` becomes what `from` is now; it goes first if it is there. */
void store_copy(const char *from, const char *to);

vt_status store_open(struct store *s);
/* Not open is fine. */
void store_close(struct store *s);

struct vt_db_tx *store_begin(struct store *s, uint32_t flags);
vt_status store_commit(struct store *s, struct vt_db_tx *tx, uint32_t flags);
/* One key in one commit. */
vt_status store_put(struct store *s, const char *key, struct vt_view val,
                    uint32_t flags);
/* Length of the value, or -1 when there is none. */
long store_len(struct store *s, const char *key);

#endif
