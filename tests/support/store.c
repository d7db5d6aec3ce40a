/* SPDX-License-Identifier: Apache-2.0
 *
 * store.c - a store in a new folder below TMPDIR.
 */
#include "support/store.h"

#include "base/bytes.h"
#include "base/status.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define WHERE_MAX 140u

static void must(int good, const char *what, const char *why)
{
    if (!good) {
        (void)fprintf(stderr, "store: %s: %s\n", what, why);
        exit(2);
    }
}

static const void *no_service(const struct vt_host *self, const char *id,
                              uint32_t min_size)
{
    (void)self;
    (void)id;
    (void)min_size;
    return NULL;
}

void store_init(struct store *s, const char *section, struct vt_tab keys,
                const struct vt_storage *table)
{
    const char *where = getenv("TMPDIR");

    memset(s, 0, sizeof *s);
    s->err.size = sizeof s->err;
    s->table = table;
    s->host.size = VT_UPTO(struct vt_host, service);
    s->host.service = no_service;
    must(vt_options_new(section, keys, "/", &s->options, &s->err) == VT_OK,
         "options", s->err.text);
    vt_options_cfg(s->options, &s->cfg);
    where = where == NULL ? "/tmp" : where;
    must(strlen(where) < WHERE_MAX, "TMPDIR", "too long");
    (void)snprintf(s->home, sizeof s->home, "%s/vt-store-XXXXXX", where);
    must(mkdtemp(s->home) != NULL, s->home, "cannot be made");
    (void)snprintf(s->dir, sizeof s->dir, "%s/store", s->home);
    must(mkdir(s->dir, 0755) == 0, s->dir, "cannot be made");
}

void store_fini(struct store *s)
{
    char command[180];

    store_close(s);
    vt_options_free(s->options);
    (void)snprintf(command, sizeof command, "rm -rf '%s'", s->home);
    must(system(command) == 0, s->home, "cannot be removed");
}

void store_set(struct store *s, const char *key, const char *value)
{
    must(vt_options_set(s->options, key, value, "store.c", &s->err) == VT_OK,
         key, s->err.text);
}

void store_copy(const char *from, const char *to)
{
    char command[600];

    (void)snprintf(command, sizeof command, "rm -rf '%s' && cp -a '%s' '%s'",
                   to, from, to);
    must(system(command) == 0, to, "cannot be copied");
}

vt_status store_open(struct store *s)
{
    return s->table->open(&s->host, &s->cfg, s->dir, &s->db, &s->err);
}

void store_close(struct store *s)
{
    s->table->close(s->db);
    s->db = NULL;
}

struct vt_db_tx *store_begin(struct store *s, uint32_t flags)
{
    struct vt_db_tx *tx = NULL;

    must(s->table->begin(s->db, flags, &tx, &s->err) == VT_OK, "begin",
         s->err.text);
    return tx;
}

vt_status store_commit(struct store *s, struct vt_db_tx *tx, uint32_t flags)
{
    return s->table->commit(tx, flags, &s->err);
}

vt_status store_put(struct store *s, const char *key, struct vt_view val,
                    uint32_t flags)
{
    struct vt_db_tx *tx = store_begin(s, VT_TX_RW);
    vt_status status = s->table->put(tx, 0, vt_view_str(key), val);

    if (status != VT_OK) {
        s->table->abort(tx);
        return status;
    }
    return store_commit(s, tx, flags);
}

long store_len(struct store *s, const char *key)
{
    struct vt_db_tx *tx = store_begin(s, VT_TX_RO);
    struct vt_view val = {NULL, 0};
    vt_status status = s->table->get(tx, 0, vt_view_str(key), &val);

    must(status == VT_OK || status == VT_E_NOTFOUND, key,
         vt_status_text(status));
    s->table->abort(tx);
    return status == VT_OK ? (long)val.len : -1;
}
