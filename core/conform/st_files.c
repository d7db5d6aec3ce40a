/* SPDX-License-Identifier: Apache-2.0
 *
 * st_files.c - what survives closing, checkpoints, verify, folders that
 * are not fit, and flipped bytes. Stores that keep nothing skip most of it.
 */
#include "conform/st.h"

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
        vt_st_chain_commit(3, n);
    }
}

static void model_to(struct vt_model *m, uint64_t n)
{
    for (uint64_t i = 1; i <= n; i++) {
        vt_model_commit(m, 3, i);
    }
}

/* The store holds exactly the first n commits. */
static void expect(uint64_t n)
{
    struct vt_model m = {0};
    struct vt_db_tx *tx = vt_st_begin(VT_TX_RO);
    const char *wrong;

    model_to(&m, n);
    wrong = vt_model_compare(&m, vt_st.table, tx);
    EXPECT_THAT(wrong == NULL, "after %llu commits: %s", (unsigned long long)n,
                wrong);
    vt_st.table->abort(tx);
    vt_model_clear(&m);
}

STORE_TEST(what_was_committed_is_there_after_closing)
{
    vt_st_use(way);
    vt_st_open();
    grow(1, CHAIN);
    vt_st_reopen();
    expect(vt_st_is_volatile() ? 0 : CHAIN);
    if (!vt_st_is_volatile()) {
        vt_st_reopen(); /* nothing written in between */
        grow(CHAIN + 1, CHAIN + 10);
        vt_st_reopen();
        expect(CHAIN + 10);
    }
}

STORE_TEST(two_stores_do_not_mix)
{
    struct vt_db *first;
    struct vt_db *second;

    vt_st_use(way);
    vt_st_open();
    first = vt_st.db;
    second = vt_st_open_at(vt_st_folder("second"));
    for (uint64_t n = 1; n <= 40; n++) {
        vt_st.db = first;
        vt_st_chain_commit(3, n);
        vt_st.db = second;
        vt_st_chain_commit(4, n);
    }
    vt_st.db = first;
    expect(40);
    vt_st.table->close(second);
    expect(40);
}

STORE_TEST(a_folder_is_opened_once)
{
    struct vt_err err = VT_ERR_INIT;
    struct vt_db *second = NULL;

    vt_st_use(way);
    vt_st_open();
    grow(1, 3);
    if (vt_st_is_volatile()) {
        return;
    }
    EXPECT_NE(
        vt_st.table->open(vt_st.host, &vt_st.t->cfg, vt_st.dir, &second, &err),
        VT_OK);
    EXPECT_THAT(strstr(err.text, vt_st.dir) != NULL, "no folder in: %s",
                err.text);
    grow(4, 6);
    expect(6);
}

/* ---- checkpoints -------------------------------------------------------- */

STORE_TEST(a_checkpoint_is_the_last_commit_before_it)
{
    struct vt_err err = VT_ERR_INIT;
    const char *dir;
    struct vt_db *original;
    vt_status status;

    vt_st_use(way);
    vt_st_open();
    grow(1, CHAIN);
    dir = vt_st_folder("copy");
    status = vt_st.table->checkpoint(vt_st.db, dir, &err);
    if (vt_st_is_volatile()) {
        EXPECT_EQ(status, VT_E_UNSUPPORTED);
        return;
    }
    EXPECT_THAT(status == VT_OK, "%s", err.text);
    grow(CHAIN + 1, CHAIN + 60); /* goes on, and does not touch the copy */
    original = vt_st.db;
    vt_st.db = vt_st_open_at(dir);
    expect(CHAIN);
    grow(CHAIN + 1, CHAIN + 90);
    expect(CHAIN + 90);
    EXPECT_EQ(vt_st.table->verify(vt_st.db, 1, &err), VT_OK);
    vt_st_close();
    vt_st.db = original;
    expect(CHAIN + 60);
    vt_st_reopen();
    expect(CHAIN + 60);
    EXPECT_NE(vt_st.table->checkpoint(vt_st.db, dir, &err), VT_OK);
    EXPECT_THAT(strstr(err.text, dir) != NULL, "no folder in: %s", err.text);
}

static void *keep_writing(void *arg)
{
    grow(*(const uint64_t *)arg, *(const uint64_t *)arg + 199);
    return NULL;
}

STORE_TEST(a_checkpoint_beside_the_writer_is_some_commit)
{
    struct vt_err err = VT_ERR_INIT;
    uint64_t from = 1;
    pthread_t writer;
    struct vt_db *original;
    struct vt_db_tx *tx;
    uint64_t n;

    vt_st_use(way);
    vt_st_open();
    if (vt_st_is_volatile()) {
        return;
    }
    EXPECT_EQ(pthread_create(&writer, NULL, keep_writing, &from), 0);
    for (int i = 0; i < 5; i++) {
        char name[16];
        const char *dir;

        (void)snprintf(name, sizeof name, "copy%d", i);
        dir = vt_st_folder(name);
        EXPECT_THAT(vt_st.table->checkpoint(vt_st.db, dir, &err) == VT_OK, "%s",
                    err.text);
        EXPECT_THAT(vt_st.table->verify(vt_st.db, 1, &err) == VT_OK, "%s",
                    err.text);
        (void)usleep(20000);
    }
    EXPECT_EQ(pthread_join(writer, NULL), 0);
    original = vt_st.db;
    for (int i = 0; i < 5; i++) {
        char dir[80];

        (void)snprintf(dir, sizeof dir, "%.*s/copy%d",
                       (int)(strrchr(vt_st.dir, '/') - vt_st.dir), vt_st.dir,
                       i);
        vt_st.db = vt_st_open_at(dir);
        tx = vt_st_begin(VT_TX_RO);
        EXPECT_EQ(vt_commit_number(vt_st.table, tx, &n), VT_OK);
        vt_st.table->abort(tx);
        expect(n);
        vt_st_close();
    }
    vt_st.db = original;
    expect(200);
}

/* ---- verify and stats --------------------------------------------------- */

STORE_TEST(a_sound_store_is_found_sound)
{
    struct vt_err err = VT_ERR_INIT;

    vt_st_use(way);
    vt_st_open();
    for (uint32_t depth = 0; depth < 2; depth++) {
        EXPECT_THAT(vt_st.table->verify(vt_st.db, depth, &err) == VT_OK, "%s",
                    err.text);
    }
    grow(1, CHAIN);
    for (uint32_t depth = 0; depth < 2; depth++) {
        EXPECT_THAT(vt_st.table->verify(vt_st.db, depth, &err) == VT_OK, "%s",
                    err.text);
    }
    vt_st_reopen();
    EXPECT_THAT(vt_st.table->verify(vt_st.db, 1, &err) == VT_OK, "%s",
                err.text);
}

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

STORE_TEST(stats_are_lines_of_name_value_unit)
{
    struct vt_buf text = VT_BUF_INIT(65536);
    struct vt_sink sink = {.size = VT_UPTO(struct vt_sink, write),
                           .ctx = &text,
                           .write = sink_write};
    const char *line;
    int lines = 0;

    vt_st_use(way);
    vt_st_open();
    grow(1, 20);
    EXPECT_EQ(vt_st.table->stats(vt_st.db, &sink), VT_OK);
    for (line = vt_buf_text(&text); *line != '\0'; lines++) {
        size_t len = stats_line_len(line);

        EXPECT_THAT(len > 0, "not a line of stats: %s", line);
        line += len;
    }
    EXPECT_GE(lines, 1);
    vt_buf_fini(&text);
}

/* ---- folders that are not fit ------------------------------------------- */

static void expect_refusal(const char *dir, const char *what)
{
    struct vt_err err = VT_ERR_INIT;
    struct vt_db *db = NULL;
    vt_status status =
        vt_st.table->open(vt_st.host, &vt_st.t->cfg, dir, &db, &err);

    EXPECT_THAT(status != VT_OK, "%s was opened", what);
    EXPECT_NONE(db);
    EXPECT_THAT(strstr(err.text, dir) != NULL, "%s: no folder in: %s", what,
                err.text);
    EXPECT_THAT(strchr(err.text, ':') != NULL && strchr(err.text, '\n') == NULL,
                "%s: no line with a cure: %s", what, err.text);
}

static void write_file(const char *dir, const char *name, const char *text)
{
    char path[200];
    FILE *f;

    (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    f = fopen(path, "w");
    EXPECT_SOME(f);
    (void)fputs(text, f);
    (void)fclose(f);
}

STORE_TEST(folders_that_cannot_hold_a_store_are_refused)
{
    char path[128];

    vt_st_use(way);
    if (vt_st.t->module->storage->flags & VT_SF_VOLATILE) {
        return;
    }
    (void)snprintf(path, sizeof path, "%s/missing", vt_st.dir);
    expect_refusal(path, "a missing folder");
    write_file(vt_st.dir, "file", "text");
    (void)snprintf(path, sizeof path, "%s/file", vt_st.dir);
    expect_refusal(path, "a file");
    expect_refusal(vt_st.dir, "a folder with foreign files");
}

STORE_TEST(a_folder_that_may_not_be_written_is_refused)
{
    pid_t child;
    int status;

    vt_st_use(way);
    if (vt_st.t->module->storage->flags & VT_SF_VOLATILE) {
        return;
    }
    EXPECT_EQ(chmod(vt_st.dir, 0555), 0);
    child = fork();
    if (child == 0) { /* not as root, who may write everywhere */
        if (geteuid() == 0 && (chmod(vt_st.dir, 0555) != 0 ||
                               setegid(65534) != 0 || seteuid(65534) != 0)) {
            _exit(3);
        }
        expect_refusal(vt_st.dir, "a folder without write permission");
        _exit(0);
    }
    EXPECT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
    EXPECT_EQ(chmod(vt_st.dir, 0755), 0);
}

static const void *no_service(const struct vt_host *self, const char *id,
                              uint32_t min_size)
{
    (void)self;
    (void)id;
    (void)min_size;
    return NULL;
}

STORE_TEST(a_host_without_services_is_enough)
{
    struct vt_host bare = *vt_st.plain_host;
    struct vt_err err = VT_ERR_INIT;

    (void)way;
    vt_st_use(0);
    for (uint32_t i = 0; i < vt_st.t->module->desc.needs.count; i++) {
        const struct vt_need *need =
            VT_AT(struct vt_need, vt_st.t->module->desc.needs, i);

        if (!need->optional) {
            return;
        }
    }
    bare.service = no_service;
    EXPECT_THAT(vt_st.table->open(&bare, &vt_st.t->cfg, vt_st.dir, &vt_st.db,
                                  &err) == VT_OK,
                "%s", err.text);
    grow(1, 5);
    expect(5);
}

/* ---- damage ------------------------------------------------------------- */

/* All files of the folder with something in them. */
static uint32_t list_files(char names[64][64])
{
    DIR *d = opendir(vt_st.dir);
    struct dirent *entry;
    uint32_t count = 0;

    EXPECT_SOME(d);
    while ((entry = readdir(d)) != NULL && count < 64) {
        char path[200];
        struct stat info;

        (void)snprintf(path, sizeof path, "%s/%s", vt_st.dir, entry->d_name);
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

    (void)snprintf(path, sizeof path, "%s/%s", vt_st.dir, name);
    fd = open(path, O_RDWR);
    EXPECT_GE(fd, 0);
    EXPECT_EQ(fstat(fd, &info), 0);
    place %= (uint64_t)info.st_size;
    EXPECT_EQ((int)pread(fd, &byte, 1, (off_t)place), 1);
    byte ^= (uint8_t)(1 << bit);
    EXPECT_EQ((int)pwrite(fd, &byte, 1, (off_t)place), 1);
    (void)close(fd);
}

static void copy_file(const char *from, const char *to)
{
    static uint8_t bytes[65536];
    FILE *in = fopen(from, "re");
    FILE *out = fopen(to, "we");
    size_t n;

    EXPECT_SOME(in);
    EXPECT_SOME(out);
    while ((n = fread(bytes, 1, sizeof bytes, in)) > 0) {
        EXPECT_EQ(fwrite(bytes, 1, n, out), n);
    }
    (void)fclose(in);
    EXPECT_EQ(fclose(out), 0);
}

/* The folder, which has no folders in it, as it is now: to go back to. */
static void copy_store(const char *from, const char *to)
{
    struct dirent *entry;
    char source[400];
    char target[400];
    DIR *d;

    vt_trial_remove(to);
    EXPECT_EQ(mkdir(to, 0755), 0);
    d = opendir(from);
    EXPECT_SOME(d);
    while ((entry = readdir(d)) != NULL) {
        struct stat info;

        (void)snprintf(source, sizeof source, "%s/%s", from, entry->d_name);
        (void)snprintf(target, sizeof target, "%s/%s", to, entry->d_name);
        if (stat(source, &info) == 0 && S_ISREG(info.st_mode)) {
            copy_file(source, target);
        }
    }
    (void)closedir(d);
}

/* Reads everything. Returns NULL when it is as it should be, a text when the
 * store said that something is wrong; fails when it gives a wrong answer. */
static const char *read_damaged(const struct vt_model *m)
{
    static struct vt_err err;
    struct vt_db_tx *tx;
    const char *wrong;

    memset(&err, 0, sizeof err);
    if (vt_st.table->open(vt_st.host, &vt_st.t->cfg, vt_st.dir, &vt_st.db,
                          &err) != VT_OK) {
        EXPECT_THAT(strstr(err.text, vt_st.dir) != NULL, "no place in: %s",
                    err.text);
        return err.text;
    }
    tx = vt_st_begin(VT_TX_RO);
    wrong = vt_model_compare(m, vt_st.table, tx);
    vt_st.table->abort(tx);
    if (wrong != NULL) {
        EXPECT_THAT(strstr(wrong, "data is corrupt") != NULL ||
                        strstr(wrong, "input/output") != NULL,
                    "damage gave a wrong answer: %s", wrong);
        return wrong;
    }
    return vt_st.table->verify(vt_st.db, 1, &err) == VT_OK ? NULL : err.text;
}

STORE_TEST(a_flipped_bit_is_never_a_wrong_answer)
{
    char names[64][64];
    char good[80];
    struct vt_model m = {0};
    struct vt_rng rng;
    uint32_t found = 0;
    uint32_t count;

    vt_st_use(way);
    if ((vt_st.t->module->storage->flags & VT_SF_CHECKSUMMED) == 0) {
        return;
    }
    vt_rng_init(&rng, 9 + (uint64_t)way);
    vt_st_open();
    grow(1, 60);
    model_to(&m, 60);
    vt_st_close();
    (void)snprintf(good, sizeof good, "%s-good", vt_st.dir);
    copy_store(vt_st.dir, good);
    count = list_files(names);
    for (int round = 0; round < 60 * (int)vt_trial_rounds(vt_st.t); round++) {
        const char *said;

        flip(names[vt_rng_below(&rng, count)], vt_rng_u64(&rng),
             (int)vt_rng_below(&rng, 8));
        said = read_damaged(&m);
        found += said != NULL;
        vt_st_close();
        copy_store(good, vt_st.dir);
    }
    EXPECT_GE(found, 10);
    vt_model_clear(&m);
}

const struct vt_conform_test vt_tests_store_files[] = {
    {"what_was_committed_is_there_after_closing", "R42", 5, STORE,
     run_what_was_committed_is_there_after_closing},
    {"two_stores_do_not_mix", "R42", 5, STORE, run_two_stores_do_not_mix},
    {"a_folder_is_opened_once", "R42", 5, STORE, run_a_folder_is_opened_once},
    {"a_checkpoint_is_the_last_commit_before_it", "R42", 5, STORE,
     run_a_checkpoint_is_the_last_commit_before_it},
    {"a_checkpoint_beside_the_writer_is_some_commit", "R42", 5, STORE,
     run_a_checkpoint_beside_the_writer_is_some_commit},
    {"a_sound_store_is_found_sound", "R42", 5, STORE,
     run_a_sound_store_is_found_sound},
    {"stats_are_lines_of_name_value_unit", "R42", 5, STORE,
     run_stats_are_lines_of_name_value_unit},
    {"folders_that_cannot_hold_a_store_are_refused", "R42", 5, STORE,
     run_folders_that_cannot_hold_a_store_are_refused},
    {"a_folder_that_may_not_be_written_is_refused", "R42", 5, STORE,
     run_a_folder_that_may_not_be_written_is_refused},
    {"a_host_without_services_is_enough", "R42", 5, STORE,
     run_a_host_without_services_is_enough},
    {"a_flipped_bit_is_never_a_wrong_answer", "R42", 5, STORE,
     run_a_flipped_bit_is_never_a_wrong_answer},
    {0}};
