/* SPDX-License-Identifier: Apache-2.0
 *
 * storage_files.c - what survives closing, checkpoints, verify, folders that
 * are not fit, and flipped bytes. Stores that keep nothing skip most of it.
 */
#include "conformance/storage.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/status.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHAIN 120u /* commits that leave several files in most stores */

static void grow(uint64_t from, uint64_t to)
{
    for (uint64_t n = from; n <= to; n++) {
        st_chain_commit(3, n);
    }
}

static void model_to(struct model *m, uint64_t n)
{
    for (uint64_t i = 1; i <= n; i++) {
        model_commit(m, 3, i);
    }
}

/* The store holds exactly the first n commits. */
static void expect(uint64_t n)
{
    struct model m = {0};
    struct vt_db_tx *tx = st_begin(VT_TX_RO);
    const char *wrong;

    model_to(&m, n);
    wrong = model_compare(&m, st.table, tx);
    ck_assert_msg(wrong == NULL, "after %llu commits: %s",
                  (unsigned long long)n, wrong);
    st.table->abort(tx);
    model_clear(&m);
}

START_TEST(what_was_committed_is_there_after_closing)
{
    st_use(_i);
    st_open();
    grow(1, CHAIN);
    st_reopen();
    expect(st_is_volatile() ? 0 : CHAIN);
    if (!st_is_volatile()) {
        st_reopen(); /* nothing written in between */
        grow(CHAIN + 1, CHAIN + 10);
        st_reopen();
        expect(CHAIN + 10);
    }
}
END_TEST

START_TEST(two_stores_do_not_mix)
{
    struct vt_db *first;
    struct vt_db *second;

    st_use(_i);
    st_open();
    first = st.db;
    second = st_open_at(st_folder("second"));
    for (uint64_t n = 1; n <= 40; n++) {
        st.db = first;
        st_chain_commit(3, n);
        st.db = second;
        st_chain_commit(4, n);
    }
    st.db = first;
    expect(40);
    st.table->close(second);
    expect(40);
}
END_TEST

START_TEST(a_folder_is_opened_once)
{
    struct vt_err err = VT_ERR_INIT;
    struct vt_db *second = NULL;

    st_use(_i);
    st_open();
    grow(1, 3);
    if (st_is_volatile()) {
        return;
    }
    ck_assert_int_ne(
        st.table->open(st.host, &conform.cfg, st.dir, &second, &err), VT_OK);
    ck_assert_msg(strstr(err.text, st.dir) != NULL, "no folder in: %s",
                  err.text);
    grow(4, 6);
    expect(6);
}
END_TEST

/* ---- checkpoints -------------------------------------------------------- */

START_TEST(a_checkpoint_is_the_last_commit_before_it)
{
    struct vt_err err = VT_ERR_INIT;
    const char *dir;
    struct vt_db *original;
    vt_status status;

    st_use(_i);
    st_open();
    grow(1, CHAIN);
    dir = st_folder("copy");
    status = st.table->checkpoint(st.db, dir, &err);
    if (st_is_volatile()) {
        ck_assert_int_eq(status, VT_E_UNSUPPORTED);
        return;
    }
    ck_assert_msg(status == VT_OK, "%s", err.text);
    grow(CHAIN + 1, CHAIN + 60); /* goes on, and does not touch the copy */
    original = st.db;
    st.db = st_open_at(dir);
    expect(CHAIN);
    grow(CHAIN + 1, CHAIN + 90);
    expect(CHAIN + 90);
    ck_assert_int_eq(st.table->verify(st.db, 1, &err), VT_OK);
    st_close();
    st.db = original;
    expect(CHAIN + 60);
    st_reopen();
    expect(CHAIN + 60);
    ck_assert_int_ne(st.table->checkpoint(st.db, dir, &err), VT_OK);
    ck_assert_msg(strstr(err.text, dir) != NULL, "no folder in: %s", err.text);
}
END_TEST

static void *keep_writing(void *arg)
{
    grow(*(const uint64_t *)arg, *(const uint64_t *)arg + 199);
    return NULL;
}

START_TEST(a_checkpoint_beside_the_writer_is_some_commit)
{
    struct vt_err err = VT_ERR_INIT;
    uint64_t from = 1;
    pthread_t writer;
    struct vt_db *original;
    struct vt_db_tx *tx;
    uint64_t n;

    st_use(_i);
    st_open();
    if (st_is_volatile()) {
        return;
    }
    ck_assert_int_eq(pthread_create(&writer, NULL, keep_writing, &from), 0);
    for (int i = 0; i < 5; i++) {
        char name[16];
        const char *dir;

        (void)snprintf(name, sizeof name, "copy%d", i);
        dir = st_folder(name);
        ck_assert_msg(st.table->checkpoint(st.db, dir, &err) == VT_OK, "%s",
                      err.text);
        ck_assert_msg(st.table->verify(st.db, 1, &err) == VT_OK, "%s",
                      err.text);
        (void)usleep(20000);
    }
    ck_assert_int_eq(pthread_join(writer, NULL), 0);
    original = st.db;
    for (int i = 0; i < 5; i++) {
        char dir[80];

        (void)snprintf(dir, sizeof dir, "%.*s/copy%d",
                       (int)(strrchr(st.dir, '/') - st.dir), st.dir, i);
        st.db = st_open_at(dir);
        tx = st_begin(VT_TX_RO);
        ck_assert_int_eq(commit_number(st.table, tx, &n), VT_OK);
        st.table->abort(tx);
        expect(n);
        st_close();
    }
    st.db = original;
    expect(200);
}
END_TEST

/* ---- verify and stats --------------------------------------------------- */

START_TEST(a_sound_store_is_found_sound)
{
    struct vt_err err = VT_ERR_INIT;

    st_use(_i);
    st_open();
    for (uint32_t depth = 0; depth < 2; depth++) {
        ck_assert_msg(st.table->verify(st.db, depth, &err) == VT_OK, "%s",
                      err.text);
    }
    grow(1, CHAIN);
    for (uint32_t depth = 0; depth < 2; depth++) {
        ck_assert_msg(st.table->verify(st.db, depth, &err) == VT_OK, "%s",
                      err.text);
    }
    st_reopen();
    ck_assert_msg(st.table->verify(st.db, 1, &err) == VT_OK, "%s", err.text);
}
END_TEST

static vt_status sink_write(struct vt_sink *self, const void *bytes, size_t len)
{
    return vt_buf_put(self->ctx, bytes, len);
}

/* Length of the line at text when it is "name value unit\n", else 0. */
static size_t stats_line_len(const char *text)
{
    const char *letters = "abcdefghijklmnopqrstuvwxyz_";
    size_t name = strspn(text, letters);
    size_t value = name == 0 ? 0 : strspn(text + name + 1, "0123456789");
    const char *unit = text + name + value + 2;
    size_t unit_len = value == 0 ? 0 : strspn(unit, letters);

    return text[name] == ' ' && unit_len > 0 && unit[-1] == ' ' &&
                   unit[unit_len] == '\n'
               ? name + value + unit_len + 3
               : 0;
}

START_TEST(stats_are_lines_of_name_value_unit)
{
    struct vt_buf text = VT_BUF_INIT(65536);
    struct vt_sink sink = {.size = VT_UPTO(struct vt_sink, write),
                           .ctx = &text,
                           .write = sink_write};
    const char *line;
    int lines = 0;

    st_use(_i);
    st_open();
    grow(1, 20);
    ck_assert_int_eq(st.table->stats(st.db, &sink), VT_OK);
    for (line = vt_buf_text(&text); *line != '\0'; lines++) {
        size_t len = stats_line_len(line);

        ck_assert_msg(len > 0, "not a line of stats: %s", line);
        line += len;
    }
    ck_assert_int_ge(lines, 2);
    vt_buf_fini(&text);
}
END_TEST

/* ---- folders that are not fit ------------------------------------------- */

static void expect_refusal(const char *dir, const char *what)
{
    struct vt_err err = VT_ERR_INIT;
    struct vt_db *db = NULL;
    vt_status status = st.table->open(st.host, &conform.cfg, dir, &db, &err);

    ck_assert_msg(status != VT_OK, "%s was opened", what);
    ck_assert_ptr_null(db);
    ck_assert_msg(strstr(err.text, dir) != NULL, "%s: no folder in: %s", what,
                  err.text);
    ck_assert_msg(strchr(err.text, ':') != NULL &&
                      strchr(err.text, '\n') == NULL,
                  "%s: no line with a cure: %s", what, err.text);
}

static void write_file(const char *dir, const char *name, const char *text)
{
    char path[200];
    FILE *f;

    (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    f = fopen(path, "w");
    ck_assert_ptr_nonnull(f);
    (void)fputs(text, f);
    (void)fclose(f);
}

START_TEST(folders_that_cannot_hold_a_store_are_refused)
{
    char path[128];

    st_use(_i);
    if (conform.module->storage->flags & VT_SF_VOLATILE) {
        return;
    }
    (void)snprintf(path, sizeof path, "%s/missing", st.dir);
    expect_refusal(path, "a missing folder");
    write_file(st.dir, "file", "text");
    (void)snprintf(path, sizeof path, "%s/file", st.dir);
    expect_refusal(path, "a file");
    expect_refusal(st.dir, "a folder with foreign files");
}
END_TEST

START_TEST(a_folder_that_may_not_be_written_is_refused)
{
    pid_t child;
    int status;

    st_use(_i);
    if (conform.module->storage->flags & VT_SF_VOLATILE) {
        return;
    }
    ck_assert_int_eq(chmod(st.dir, 0555), 0);
    child = fork();
    if (child == 0) { /* not as root, who may write everywhere */
        if (geteuid() == 0 && (chmod(st.dir, 0555) != 0 ||
                               setegid(65534) != 0 || seteuid(65534) != 0)) {
            _exit(3);
        }
        expect_refusal(st.dir, "a folder without write permission");
        _exit(0);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    ck_assert_int_eq(chmod(st.dir, 0755), 0);
}
END_TEST

static const void *no_service(const struct vt_host *self, const char *id,
                              uint32_t min_size)
{
    (void)self;
    (void)id;
    (void)min_size;
    return NULL;
}

START_TEST(a_host_without_services_is_enough)
{
    struct vt_host bare = *conform.host;
    struct vt_err err = VT_ERR_INIT;

    st_use(0);
    for (uint32_t i = 0; i < conform.module->desc.needs.count; i++) {
        const struct vt_need *need =
            VT_AT(struct vt_need, conform.module->desc.needs, i);

        if (!need->optional) {
            return;
        }
    }
    bare.service = no_service;
    ck_assert_msg(st.table->open(&bare, &conform.cfg, st.dir, &st.db, &err) ==
                      VT_OK,
                  "%s", err.text);
    grow(1, 5);
    expect(5);
}
END_TEST

/* ---- damage ------------------------------------------------------------- */

/* All files of the folder with something in them. */
static uint32_t list_files(char names[64][64])
{
    DIR *d = opendir(st.dir);
    struct dirent *entry;
    uint32_t count = 0;

    ck_assert_ptr_nonnull(d);
    while ((entry = readdir(d)) != NULL && count < 64) {
        char path[200];
        struct stat info;

        (void)snprintf(path, sizeof path, "%s/%s", st.dir, entry->d_name);
        if (stat(path, &info) == 0 && S_ISREG(info.st_mode) &&
            info.st_size > 0) {
            (void)snprintf(names[count++], 64, "%.63s", entry->d_name);
        }
    }
    (void)closedir(d);
    return count;
}

/* Flip one bit of one file, or undo that. */
static void flip(const char *name, uint64_t place, int bit)
{
    char path[200];
    struct stat info;
    uint8_t byte;
    int fd;

    (void)snprintf(path, sizeof path, "%s/%s", st.dir, name);
    fd = open(path, O_RDWR);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(fstat(fd, &info), 0);
    place %= (uint64_t)info.st_size;
    ck_assert_int_eq((int)pread(fd, &byte, 1, (off_t)place), 1);
    byte ^= (uint8_t)(1 << bit);
    ck_assert_int_eq((int)pwrite(fd, &byte, 1, (off_t)place), 1);
    (void)close(fd);
}

/* The folder as it is now, to go back to. */
static void copy_store(const char *from, const char *to)
{
    char command[300];

    (void)snprintf(command, sizeof command, "rm -rf '%s' && cp -a '%s' '%s'",
                   to, from, to);
    ck_assert_int_eq(system(command), 0);
}

/* Reads everything. Returns NULL when it is as it should be, a text when the
 * store said that something is wrong; fails when it gives a wrong answer. */
static const char *read_damaged(const struct model *m)
{
    static struct vt_err err;
    struct vt_db_tx *tx;
    const char *wrong;

    memset(&err, 0, sizeof err);
    if (st.table->open(st.host, &conform.cfg, st.dir, &st.db, &err) != VT_OK) {
        ck_assert_msg(strstr(err.text, st.dir) != NULL, "no place in: %s",
                      err.text);
        return err.text;
    }
    tx = st_begin(VT_TX_RO);
    wrong = model_compare(m, st.table, tx);
    st.table->abort(tx);
    if (wrong != NULL) {
        ck_assert_msg(strstr(wrong, "data is corrupt") != NULL ||
                          strstr(wrong, "input/output") != NULL,
                      "damage gave a wrong answer: %s", wrong);
        return wrong;
    }
    return st.table->verify(st.db, 1, &err) == VT_OK ? NULL : err.text;
}

START_TEST(a_flipped_bit_is_never_a_wrong_answer)
{
    char names[64][64];
    char good[80];
    struct model m = {0};
    struct vt_rng rng;
    uint32_t found = 0;
    uint32_t count;

    st_use(_i);
    if ((conform.module->storage->flags & VT_SF_CHECKSUMMED) == 0) {
        return;
    }
    vt_rng_init(&rng, 9 + (uint64_t)_i);
    st_open();
    grow(1, 60);
    model_to(&m, 60);
    st_close();
    (void)snprintf(good, sizeof good, "%s-good", st.dir);
    copy_store(st.dir, good);
    count = list_files(names);
    for (int round = 0; round < 60 * st_rounds(); round++) {
        const char *said;

        flip(names[vt_rng_below(&rng, count)], vt_rng_u64(&rng),
             (int)vt_rng_below(&rng, 8));
        said = read_damaged(&m);
        found += said != NULL;
        st_close();
        copy_store(good, st.dir);
    }
    ck_assert_uint_ge(found, 10);
    model_clear(&m);
}
END_TEST

void st_add_files(Suite *suite)
{
    const TTest *const all[] = {
        what_was_committed_is_there_after_closing,
        two_stores_do_not_mix,
        a_folder_is_opened_once,
        a_checkpoint_is_the_last_commit_before_it,
        a_checkpoint_beside_the_writer_is_some_commit,
        a_sound_store_is_found_sound,
        stats_are_lines_of_name_value_unit,
        folders_that_cannot_hold_a_store_are_refused,
        a_folder_that_may_not_be_written_is_refused,
        a_host_without_services_is_enough,
        a_flipped_bit_is_never_a_wrong_answer,
    };

    ST_ADD(suite, "files", all);
}
