/* SPDX-License-Identifier: Apache-2.0
 *
 * mend.c - read the MANIFEST, then the logs it needs, each to the first place
 * that is not whole. What is cut off there is what LevelDB had not made
 * durable when the power went; what had been durable is damage and stays.
 */
#include "mend.h"

#include "folder.h"
#include "manifest.h"
#include "records.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define MANIFEST_RECORD_MAX ((size_t)256 << 20)
/* CURRENT names a MANIFEST when so many records of it are durable. */
#define MANIFEST_FIRST_RECORDS 2u

/* Of a batch: LevelDB's head, then the mark as its first write. */
#define BATCH_HEAD 12u
#define MARK_AT (BATCH_HEAD + 3u + LDB_MARK_LEN)
#define BATCH_KEEP (MARK_AT + LDB_MARK_VALUE_LEN)

/* Where a file is to be cut. */
struct end {
    uint64_t off, size;
};

static vt_status failed(const struct vt_db *db, const char *name,
                        const char *what, struct vt_err *err)
{
    return ldb_file_failed(db->dir, name, what, err);
}

static vt_status cut(const struct vt_db *db, const char *name, struct end end,
                     struct vt_err *err)
{
    int fd = openat(db->h.dir_fd, name, O_RDWR | O_CLOEXEC);
    vt_status status = VT_OK;

    if (fd < 0) {
        return failed(db, name, "open it", err);
    }
    ldb_log(db, VT_LOG_WARN,
            "%s/%s: %llu bytes at offset %llu cut off: they were never durable",
            ldb_short(db->dir), name, (unsigned long long)(end.size - end.off),
            (unsigned long long)end.off);
    if (ftruncate(fd, (off_t)end.off) != 0 || fdatasync(fd) != 0) {
        status = failed(db, name, "cut it", err);
    }
    (void)close(fd);
    return status;
}

/* ---- the MANIFEST ------------------------------------------------------- */

/* What the MANIFEST says, and where its whole records end. */
struct found {
    struct ldb_manifest says;
    struct end end;
};

/* LevelDB syncs after every later record: only the last one can be torn. */
static vt_status check_manifest_end(const struct vt_db *db, const char *name,
                                    struct ldb_records *r, uint32_t whole,
                                    struct vt_err *err)
{
    uint64_t off = r->off;
    int got = ldb_records_skip(r);

    if (whole < MANIFEST_FIRST_RECORDS) {
        return ldb_file_damaged(db->dir, name, off, "it was whole once", err);
    }
    while (got == LDB_RECORD) {
        got = ldb_records_next(r);
        if (got == LDB_RECORD) {
            return ldb_file_damaged(db->dir, name, off,
                                    "later records are whole", err);
        }
        if (got == LDB_BROKEN) {
            got = ldb_records_skip(r);
        }
    }
    return got < 0 ? failed(db, name, "read it", err) : VT_OK;
}

static vt_status walk_manifest(const struct vt_db *db, const char *name,
                               struct ldb_records *r, struct found *out,
                               struct vt_err *err)
{
    uint32_t whole = 0;
    int got;

    while ((got = ldb_records_next(r)) == LDB_RECORD) {
        if (!ldb_manifest_apply(&out->says, r->data, r->data_len)) {
            return ldb_file_damaged(db->dir, name, r->off,
                                    "a record makes no sense", err);
        }
        whole++;
    }
    out->end.off = got == LDB_BROKEN ? r->off : r->size;
    out->end.size = r->size;
    if (got == LDB_BROKEN) {
        return check_manifest_end(db, name, r, whole, err);
    }
    return got < 0 ? failed(db, name, "read it", err) : VT_OK;
}

static vt_status read_manifest(const struct vt_db *db, const char *name,
                               struct found *out, struct vt_err *err)
{
    struct ldb_records r;
    vt_status status;
    int fd = openat(db->h.dir_fd, name, O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        return errno == ENOENT ? ldb_file_damaged(db->dir, name, 0,
                                                  "the file is missing", err)
                               : failed(db, name, "open it", err);
    }
    if (ldb_records_open(&r, fd, MANIFEST_RECORD_MAX) != 0) {
        status = failed(db, name, "read it", err);
    } else {
        status = walk_manifest(db, name, &r, out, err);
        ldb_records_close(&r);
    }
    (void)close(fd);
    return status;
}

/* ---- the logs ----------------------------------------------------------- */

/* What is known while going through the logs in order. */
struct walk {
    const struct vt_db *db;
    uint64_t next;  /* number the next commit must have; 0: not known */
    int is_guess;   /* next was read from a place that is not checked */
    int broken;     /* a commit is missing */
    uint64_t file;  /* log in which the good part ends */
    struct end end; /* and where */
};

/* The mark in the first bytes of a batch. Returns 1, or 0 when there is none.
 */
static int find_mark(const uint8_t *batch, size_t len, struct ldb_mark *out)
{
    static const uint8_t head[] = "\1\7" LDB_MARK;

    if (len < BATCH_KEEP ||
        memcmp(batch + BATCH_HEAD, head, 2 + LDB_MARK_LEN) != 0 ||
        batch[MARK_AT - 1] != LDB_MARK_VALUE_LEN) {
        return 0;
    }
    ldb_mark_decode(batch + MARK_AT, out);
    return 1;
}

/* Whole, but not written here: nothing of it is touched. */
static vt_status foreign(const struct vt_db *db, const char *name,
                         struct vt_err *err)
{
    return ldb_fail(err, VT_E_INVALID,
                    "%s/%s: written by some other program: give this store an "
                    "empty folder of its own",
                    ldb_short(db->dir), name);
}

/* Whole records of one log until one is missing. */
static vt_status walk_good(struct walk *w, struct ldb_records *r,
                           const char *name, struct vt_err *err)
{
    struct ldb_mark mark;
    uint64_t start = r->off;
    int got;

    while ((got = ldb_records_next(r)) == LDB_RECORD) {
        if (!find_mark(r->data, r->data_len, &mark)) {
            return foreign(w->db, name, err);
        }
        if (w->next != 0 && mark.number != w->next) {
            break;
        }
        w->next = mark.number + 1;
        start = r->off;
    }
    w->broken = got != LDB_END;
    w->end.off = start;
    w->end.size = r->size;
    r->off = start;
    return got < 0 ? failed(w->db, name, "read it", err) : VT_OK;
}

/* The first record of all is broken: its number may still be read, so that
 * later ones can vouch for it. */
static void guess_first(struct walk *w, struct ldb_records *r)
{
    struct ldb_mark mark;
    const uint8_t *bytes = NULL;
    size_t len = ldb_records_peek(r, &bytes);

    if (w->next == 0 && find_mark(bytes, len, &mark)) {
        w->next = mark.number;
        w->is_guess = 1;
    }
}

/* Does a later commit know the missing one to be durable? */
static int vouches(const struct walk *w, const struct ldb_mark *mark)
{
    uint64_t missing = w->next;

    if (missing == 0 || (w->is_guess && missing >= mark->number)) {
        missing = mark->number - 1;
    }
    return mark->number > missing && mark->synced >= missing;
}

/* Behind the missing one, to the end of this log. */
static vt_status walk_bad(const struct walk *w, struct ldb_records *r,
                          const char *name, struct vt_err *err)
{
    char first_name[LDB_NAME_LEN];
    struct ldb_mark mark;
    int got = ldb_records_next(r);

    while (got == LDB_RECORD || got == LDB_BROKEN) {
        if (got == LDB_RECORD && !find_mark(r->data, r->data_len, &mark)) {
            return foreign(w->db, name, err);
        }
        if (got == LDB_RECORD && vouches(w, &mark)) {
            return ldb_file_damaged(
                w->db->dir, ldb_log_name(w->file, first_name), w->end.off,
                "later commits tell it was whole once", err);
        }
        if (got == LDB_BROKEN) {
            got = ldb_records_skip(r);
        }
        got = got == LDB_END || got < 0 ? got : ldb_records_next(r);
    }
    return got < 0 ? failed(w->db, name, "read it", err) : VT_OK;
}

static vt_status walk_records(struct walk *w, uint64_t number,
                              struct ldb_records *r, const char *name,
                              struct vt_err *err)
{
    vt_status status = VT_OK;

    if (!w->broken) {
        w->file = number;
        status = walk_good(w, r, name, err);
        if (status == VT_OK && w->broken) {
            guess_first(w, r);
        }
    }
    return status == VT_OK && w->broken ? walk_bad(w, r, name, err) : status;
}

static vt_status walk_log(struct walk *w, uint64_t number, struct vt_err *err)
{
    char name[LDB_NAME_LEN];
    struct ldb_records r;
    vt_status status;
    int fd = openat(w->db->h.dir_fd, ldb_log_name(number, name),
                    O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        return failed(w->db, name, "open it", err);
    }
    if (ldb_records_open(&r, fd, BATCH_KEEP) != 0) {
        status = failed(w->db, name, "read it", err);
    } else {
        status = walk_records(w, number, &r, name, err);
        ldb_records_close(&r);
    }
    (void)close(fd);
    return status;
}

/* The log in which the good part ends is cut, later ones go. */
static vt_status cut_logs(const struct walk *w, const struct ldb_logs *logs,
                          struct vt_err *err)
{
    char name[LDB_NAME_LEN];

    for (uint32_t i = logs->count; i > 0 && logs->numbers[i - 1] > w->file;
         i--) {
        if (unlinkat(w->db->h.dir_fd, ldb_log_name(logs->numbers[i - 1], name),
                     0) != 0) {
            return failed(w->db, name, "delete it", err);
        }
    }
    /* the last goes first, and all of them before the cut: whatever a second
     * power cut undoes, the gap stays to be seen */
    if (ldb_dir_sync(w->db->h.dir_fd) != 0) {
        return failed(w->db, "", "sync it", err);
    }
    return cut(w->db, ldb_log_name(w->file, name), w->end, err);
}

/* ---- all of it ---------------------------------------------------------- */

static int is_needed(const struct ldb_manifest *m, uint64_t number)
{
    return number >= m->oldest_log || number == m->prev_log;
}

/* A log is there before a MANIFEST names it, and goes when a later record is
 * durable: without it the MANIFEST's own end is missing. */
static vt_status check_oldest(const struct vt_db *db,
                              const struct ldb_manifest *m,
                              const struct ldb_logs *logs, struct vt_err *err)
{
    char name[LDB_NAME_LEN];

    for (uint32_t i = 0; i < logs->count; i++) {
        if (logs->numbers[i] == m->oldest_log) {
            return VT_OK;
        }
    }
    return m->oldest_log == 0
               ? VT_OK
               : ldb_file_damaged(
                     db->dir, ldb_log_name(m->oldest_log, name), 0,
                     "the file is missing, or the MANIFEST's end is", err);
}

static vt_status mend_logs(const struct vt_db *db, const struct ldb_manifest *m,
                           const struct ldb_logs *logs, struct vt_err *err)
{
    struct walk w = {.db = db};
    vt_status status = VT_OK;

    for (uint32_t i = 0; i < logs->count && status == VT_OK; i++) {
        if (is_needed(m, logs->numbers[i])) {
            status = walk_log(&w, logs->numbers[i], err);
        }
    }
    return status == VT_OK && w.broken ? cut_logs(&w, logs, err) : status;
}

static vt_status mend(const struct vt_db *db, const char *manifest,
                      struct vt_err *err)
{
    struct found found = {{0, 0}, {0, 0}};
    struct ldb_logs logs;
    vt_status status = read_manifest(db, manifest, &found, err);

    if (status != VT_OK) {
        return status;
    }
    if (ldb_logs_list(db->h.dir_fd, &logs) != 0) {
        return failed(db, "", "list it", err);
    }
    status = check_oldest(db, &found.says, &logs, err);
    if (status == VT_OK && found.end.off < found.end.size) {
        status = cut(db, manifest, found.end, err);
    }
    if (status == VT_OK) {
        status = mend_logs(db, &found.says, &logs, err);
    }
    ldb_logs_free(&logs);
    return status;
}

vt_status ldb_mend(const struct vt_db *db, int *fresh, struct vt_err *err)
{
    char name[LDB_NAME_LEN];
    vt_status status = ldb_read_current(db, name, err);

    *fresh = name[0] == '\0';
    return status == VT_OK && !*fresh ? mend(db, name, err) : status;
}
