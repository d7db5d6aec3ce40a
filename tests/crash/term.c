/* SPDX-License-Identifier: Apache-2.0
 *
 * term.c - what the process that dies does: open, check, commit, say so.
 */
#include "crash/life.h"

#include "base/rng.h"
#include "base/status.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TERM_PATH_MAX 512u

struct term {
    const struct term_plan *plan;
    const struct vt_storage *t;
    struct life *life;
    struct vt_db *db;
    struct vt_rng rng;
    struct vt_model model; /* as the store should be */
    uint64_t n;         /* newest commit */
};

static void say(const struct term *term, enum note_kind kind, uint64_t number)
{
    struct note note = {.kind = (uint32_t)kind, .number = number};

    term->plan->say(term->plan->ctx, &note);
    if (kind != NOTE_WRONG) {
        life_take(term->life, &note);
    }
}

__attribute__((format(printf, 2, 3))) static int wrong(const struct term *term,
                                                       const char *format, ...)
{
    struct note note = {.kind = NOTE_WRONG};
    va_list args;

    va_start(args, format);
    (void)vsnprintf(note.text, sizeof note.text, format, args);
    va_end(args);
    term->plan->say(term->plan->ctx, &note);
    return -1;
}

static const char *path_of(const struct term *term, const char *name)
{
    static char path[TERM_PATH_MAX];

    (void)snprintf(path, sizeof path, "%s/%s", term->plan->root, name);
    return path;
}

/* The folders are the host's, so it makes their names durable. */
static int sync_root(const struct term *term)
{
    int fd = open(term->plan->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int rc = fd < 0 ? -1 : fsync(fd);

    if (fd >= 0) {
        (void)close(fd);
    }
    return rc;
}

static int make_folder(const struct term *term, const char *name)
{
    return mkdir(path_of(term, name), 0755) == 0 ? sync_root(term) : -1;
}

/* A folder of files, and itself. */
static void remove_folder(const char *path)
{
    DIR *d = opendir(path);
    struct dirent *entry;

    while (d != NULL && (entry = readdir(d)) != NULL) {
        (void)unlinkat(dirfd(d), entry->d_name, 0);
    }
    if (d != NULL) {
        (void)closedir(d);
        (void)rmdir(path);
    }
}

/* ---- after a crash ------------------------------------------------------ */

/* The rows of a store as a model. Returns 0, or -1. */
static int read_all(const struct vt_storage *t, struct vt_db_tx *tx,
                    struct vt_model *out)
{
    for (uint32_t space = 0; space < t->spaces_max; space++) {
        struct vt_db_cursor *cur;
        struct vt_view k;
        struct vt_view v;
        vt_status status;

        if (t->cursor(tx, space, &cur) != VT_OK) {
            return -1;
        }
        status = t->seek(cur, (struct vt_view){NULL, 0}, &k, &v);
        while (status == VT_OK) {
            vt_model_put(out, space, k, v);
            status = t->step(cur, 1, &k, &v);
        }
        t->cursor_close(cur);
        if (status != VT_E_NOTFOUND) {
            return -1;
        }
    }
    return 0;
}

static int check_copy(struct term *term, struct vt_db *db, const char *text)
{
    struct vt_err err = VT_ERR_INIT;
    struct vt_db_tx *tx;
    struct vt_model m = {0};
    uint8_t digest[32];
    int good;

    if (term->t->begin(db, VT_TX_RO, &tx, &err) != VT_OK) {
        return wrong(term, "%s checkpoint: %s", text, err.text);
    }
    good = read_all(term->t, tx, &m) == 0;
    term->t->abort(tx);
    life_digest(&m, digest);
    /* one that was not finished may look like a folder never used */
    good =
        good && (memcmp(digest, term->life->digest, sizeof digest) == 0 ||
                 (term->life->checkpoint == CHECKPOINT_BEGUN && m.count == 0));
    vt_model_clear(&m);
    return good ? 0
                : wrong(term, "the %s checkpoint holds something else", text);
}

static int check_checkpoint(struct term *term)
{
    int done = term->life->checkpoint == CHECKPOINT_DONE;
    struct vt_err err = VT_ERR_INIT;
    struct vt_db *db = NULL;
    struct stat st;
    vt_status status;
    int rc = 0;

    if (term->life->checkpoint == CHECKPOINT_NONE ||
        (!done && stat(path_of(term, "copy"), &st) != 0)) {
        return 0;
    }
    status = term->t->open(term->plan->host, term->plan->cfg,
                           path_of(term, "copy"), &db, &err);
    if (status == VT_OK) {
        rc = check_copy(term, db, done ? "finished" : "unfinished");
        term->t->close(db);
    } else if (done) {
        rc = wrong(term, "a finished checkpoint does not open: %s", err.text);
    }
    return rc;
}

/* The store's newest commit and all rows, against the account. */
static int check_state(struct term *term)
{
    struct vt_err err = VT_ERR_INIT;
    struct life *life = term->life;
    struct vt_db_tx *tx;
    const char *differs;
    vt_status status = term->t->begin(term->db, VT_TX_RO, &tx, &err);

    if (status != VT_OK) {
        return wrong(term, "begin after recovery: %s", err.text);
    }
    status = vt_commit_number(term->t, tx, &term->n);
    if (status != VT_OK || term->n < life->durable || term->n > life->tried) {
        term->t->abort(tx);
        return wrong(term,
                     "the store is at commit %llu (%s); durable was %llu, "
                     "tried %llu",
                     (unsigned long long)term->n, vt_status_text(status),
                     (unsigned long long)life->durable,
                     (unsigned long long)life->tried);
    }
    vt_model_copy(&term->model, &life->model);
    for (uint64_t n = life->durable + 1; n <= term->n; n++) {
        vt_model_commit(&term->model, life_commit_seed(life, n), n);
    }
    differs = vt_model_compare(&term->model, term->t, tx);
    term->t->abort(tx);
    return differs == NULL ? 0
                           : wrong(term, "the store is at commit %llu but %s",
                                   (unsigned long long)term->n, differs);
}

static int open_store(struct term *term)
{
    struct vt_err err = VT_ERR_INIT;
    struct stat st;
    vt_status status;

    if (stat(path_of(term, "store"), &st) != 0 &&
        make_folder(term, "store") != 0) {
        return wrong(term, "cannot make the store's folder");
    }
    status = term->t->open(term->plan->host, term->plan->cfg,
                           path_of(term, "store"), &term->db, &err);
    if (status != VT_OK) {
        return wrong(term, "does not open: %s: %s", vt_status_text(status),
                     err.text);
    }
    if (vt_rng_chance(&term->rng, 1, 3)) {
        status = term->t->verify(term->db, 1, &err);
    }
    return status == VT_OK ? 0 : wrong(term, "verify: %s", err.text);
}

/* ---- commits ------------------------------------------------------------ */

struct batch {
    struct term *term;
    struct vt_db_tx *tx;
    uint32_t rows;
};

static vt_status do_commit(const struct term *term, struct vt_db_tx *tx,
                           uint32_t flags)
{
    struct vt_err err = VT_ERR_INIT;
    vt_status status = term->t->commit(tx, flags, &err);

    if (status != VT_OK) {
        (void)wrong(term, "commit %llu: %s", (unsigned long long)term->n + 1,
                    err.text);
    }
    return status;
}

static vt_status do_begin(const struct term *term, struct vt_db_tx **out)
{
    struct vt_err err = VT_ERR_INIT;
    vt_status status = term->t->begin(term->db, VT_TX_RW, out, &err);

    if (status != VT_OK) {
        (void)wrong(term, "begin: %s", err.text);
    }
    return status;
}

static vt_status do_change(void *ctx, uint32_t space, struct vt_view key,
                           struct vt_view val)
{
    struct batch *b = ctx;
    const struct term *term = b->term;
    vt_status status = VT_OK;

    if ((term->plan->bugs & PLANT_SPLIT) != 0 && b->rows == 3) {
        status = do_commit(term, b->tx, 0);
        status = status == VT_OK ? do_begin(term, &b->tx) : status;
    }
    b->rows++;
    if (status != VT_OK) {
        return status;
    }
    return val.ptr == NULL ? term->t->del(b->tx, space, key)
                           : term->t->put(b->tx, space, key, val);
}

static int commit_next(struct term *term)
{
    uint64_t n = term->n + 1;
    struct batch b = {.term = term};
    uint64_t seed;
    vt_status status;
    int synced;

    say(term, NOTE_TRY, n);
    seed = life_commit_seed(term->life, n);
    synced = vt_commit_is_synced(seed, n);
    if (synced && (term->plan->bugs & PLANT_EARLY) != 0) {
        say(term, NOTE_DURABLE, n);
    }
    status = do_begin(term, &b.tx);
    if (status == VT_OK) {
        status = vt_commit_changes(seed, n, do_change, &b);
        if (status != VT_OK) {
            term->t->abort(b.tx);
            return wrong(term, "put or del: %s", vt_status_text(status));
        }
        status = do_commit(term, b.tx, synced ? VT_COMMIT_SYNC : 0);
    }
    if (status != VT_OK) {
        return -1;
    }
    if (synced) {
        say(term, NOTE_DURABLE, n);
    }
    vt_model_commit(&term->model, seed, n);
    term->n = n;
    return 0;
}

static int make_checkpoint(struct term *term)
{
    struct note note = {.kind = NOTE_CHECKPOINT_TRY, .number = term->n};
    struct vt_err err = VT_ERR_INIT;
    vt_status status;

    say(term, NOTE_CHECKPOINT_GONE, 0);
    remove_folder(path_of(term, "copy"));
    if (make_folder(term, "copy") != 0) {
        return wrong(term, "cannot make the checkpoint's folder");
    }
    life_digest(&term->model, note.digest);
    term->plan->say(term->plan->ctx, &note);
    status = term->t->checkpoint(term->db, path_of(term, "copy"), &err);
    if (status == VT_E_UNSUPPORTED) {
        return 0;
    }
    if (status != VT_OK) {
        return wrong(term, "checkpoint: %s", err.text);
    }
    say(term, NOTE_CHECKPOINT_DONE, term->n);
    return 0;
}

int term_run(const struct term_plan *plan, struct life *life)
{
    struct term term = {.plan = plan, .t = plan->table, .life = life};
    uint64_t checkpoint_at;

    vt_rng_init(&term.rng, plan->chance);
    checkpoint_at = vt_rng_below(&term.rng, 1 + 4 * plan->commits);
    if (open_store(&term) != 0 || check_state(&term) != 0 ||
        check_checkpoint(&term) != 0) {
        return -1;
    }
    say(&term, NOTE_OPENED, term.n);
    for (uint64_t i = 0; i < plan->commits && term.n + 1 < LIFE_COMMITS_MAX;
         i++) {
        if ((i == checkpoint_at && make_checkpoint(&term) != 0) ||
            commit_next(&term) != 0) {
            return -1;
        }
    }
    if (vt_rng_chance(&term.rng, 1, 3)) {
        term.t->close(term.db);
    }
    return 0;
}
