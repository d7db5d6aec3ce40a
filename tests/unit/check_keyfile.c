/* SPDX-License-Identifier: Apache-2.0
 *
 * check_keyfile.c - key files: sealed and plain, every byte flipped, wrong
 * modes, every allocation failing.
 */
#include "unit/suite.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/status.h"
#include "identity/keyfile.h"
#include "identity/keyfile_form.h"
#include "plugin/registry.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PASSWORD "correct horse"

static char dir[64];
static char path[96];
static const struct vt_signature *scheme;

static const struct vt_signature *load(const char *stem)
{
    struct vt_registry_policy policy = {.path = getenv("VT_TEST_PLUGIN_DIR"),
                                        .trust_any_owner = 1};
    struct vt_registry *registry = NULL;
    const struct vt_module *module = NULL;
    struct vt_err err = VT_ERR_INIT;

    ck_assert_msg(policy.path != NULL, "run me with `make check`");
    ck_assert_int_eq(vt_registry_new(&policy, &registry, &err), VT_OK);
    ck_assert_msg(vt_registry_load(registry, stem, VT_KIND_SIGNATURE, &module,
                                   &err) == VT_OK,
                  "%s", err.text);
    vt_registry_free(registry);
    return module->signature;
}

static void set_up(void)
{
    (void)snprintf(dir, sizeof dir, "/tmp/vt-keyfile-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(dir));
    (void)snprintf(path, sizeof path, "%s/alice.key", dir);
    scheme = load("schnorr");
}

static void tear_down(void)
{
    char command[128];

    (void)snprintf(command, sizeof command, "rm -rf '%s'", dir);
    ck_assert_int_eq(system(command), 0);
}

static const uint8_t seed[32] = {1, 2, 3, 4, 5, 6, 7, 8};

static vt_status write_key(const char *password, int replace,
                           struct vt_err *err)
{
    struct vt_keyfile_args args = {.path = path,
                                   .stem = "schnorr",
                                   .scheme = scheme,
                                   .seed = {seed, sizeof seed},
                                   .password = password == NULL
                                                   ? vt_view_of(NULL, 0)
                                                   : vt_view_str(password),
                                   .replace = replace};

    return vt_keyfile_write(&args, err);
}

static void make_key(const char *password)
{
    struct vt_err err = VT_ERR_INIT;

    ck_assert_msg(write_key(password, 1, &err) == VT_OK, "%s", err.text);
}

/* Read and unlock; the seed must be the one written. */
static vt_status open_key(const char *password, struct vt_err *err)
{
    struct vt_keyfile *file = NULL;
    struct vt_secret *out = NULL;
    vt_status status = vt_keyfile_read(path, &file, err);

    if (status == VT_OK && strcmp(file->scheme, "schnorr") != 0) {
        /* the caller looks for a plugin of that name and finds none */
        status = vt_err_set(err, VT_E_CORRUPT, "%s: another scheme", path);
    }
    if (status == VT_OK) {
        status =
            vt_keyfile_seed(file, vt_view_str(password), scheme, &out, err);
    }
    if (status == VT_OK) {
        ck_assert_uint_eq(out->len, sizeof seed);
        ck_assert_mem_eq(out->bytes, seed, sizeof seed);
    }
    vt_secret_free(out);
    vt_keyfile_free(file);
    return status;
}

static unsigned files_in_dir(void)
{
    DIR *d = opendir(dir);
    unsigned count = 0;

    while (readdir(d) != NULL) {
        count++;
    }
    (void)closedir(d);
    return count - 2;
}

static size_t slurp(char out[VT_KEY_TEXT_MAX])
{
    int fd = open(path, O_RDONLY);
    ssize_t n = read(fd, out, VT_KEY_TEXT_MAX);

    ck_assert_int_gt((int)n, 0);
    (void)close(fd);
    return (size_t)n;
}

static void spill(const char *text, size_t len)
{
    int fd = open(path, O_WRONLY | O_TRUNC | O_CREAT, 0600);

    ck_assert_int_eq((int)write(fd, text, len), (int)len);
    (void)close(fd);
}

START_TEST(a_sealed_key_opens_with_its_password_only)
{
    struct vt_err err = VT_ERR_INIT;
    struct vt_keyfile *file = NULL;
    struct vt_secret *sk = NULL;
    char text[VT_KEY_TEXT_MAX] = "";
    uint8_t again[32];
    uint8_t pk[32];

    make_key(PASSWORD);
    ck_assert_int_eq(open_key(PASSWORD, &err), VT_OK);
    ck_assert_int_eq(open_key("correct horsf", &err), VT_E_DENIED);
    ck_assert_ptr_nonnull(strstr(err.text, "wrong password"));
    ck_assert_int_eq(open_key("", &err), VT_E_DENIED);
    (void)slurp(text);
    ck_assert_ptr_null(strstr(text, "0102030405060708"));
    ck_assert_int_eq(vt_keyfile_read(path, &file, &err), VT_OK);
    ck_assert_int_eq(scheme->keypair(seed, again, pk), VT_OK);
    ck_assert_mem_eq(file->pk, pk, sizeof pk);
    ck_assert_int_eq(file->is_plain, 0);
    ck_assert_str_eq(file->scheme, "schnorr");
    ck_assert_uint_eq(file->address.b[0], VT_SCHEME_SCHNORR);
    ck_assert_int_eq(
        vt_keyfile_unlock(file, vt_view_str(PASSWORD), scheme, &sk, &err),
        VT_OK);
    ck_assert_mem_eq(sk->bytes, again, sizeof again);
    vt_secret_free(sk);
    vt_keyfile_free(file);
}
END_TEST

START_TEST(two_files_of_one_key_share_no_sealed_byte)
{
    char first[VT_KEY_TEXT_MAX] = "";
    char second[VT_KEY_TEXT_MAX] = "";

    make_key(PASSWORD);
    (void)slurp(first);
    make_key(PASSWORD);
    (void)slurp(second);
    ck_assert_int_ne(strcmp(strstr(first, "salt"), strstr(second, "salt")), 0);
    ck_assert_int_ne(
        strcmp(strstr(first, "secret ="), strstr(second, "secret =")), 0);
}
END_TEST

START_TEST(a_plain_key_opens_without)
{
    struct vt_err err = VT_ERR_INIT;
    char text[VT_KEY_TEXT_MAX] = "";

    make_key(NULL);
    ck_assert_int_eq(open_key("", &err), VT_OK);
    (void)slurp(text);
    ck_assert_ptr_nonnull(strstr(text, "\nprotection = plain\nsecret = 01020"));
}
END_TEST

START_TEST(other_schemes_work_and_do_not_mix)
{
    const struct vt_signature *ed25519 = load("ed25519");
    struct vt_keyfile_args args = {.path = path,
                                   .stem = "ed25519",
                                   .scheme = ed25519,
                                   .seed = {seed, sizeof seed}};
    struct vt_keyfile *file = NULL;
    struct vt_secret *out = NULL;
    struct vt_err err = VT_ERR_INIT;

    ck_assert_int_eq(vt_keyfile_write(&args, &err), VT_OK);
    ck_assert_int_eq(vt_keyfile_read(path, &file, &err), VT_OK);
    ck_assert_uint_eq(file->address.b[0], VT_SCHEME_ED25519);
    ck_assert_int_eq(
        vt_keyfile_seed(file, vt_view_of(NULL, 0), scheme, &out, &err),
        VT_E_CORRUPT);
    ck_assert_int_eq(
        vt_keyfile_seed(file, vt_view_of(NULL, 0), ed25519, &out, &err), VT_OK);
    vt_secret_free(out);
    vt_keyfile_free(file);
}
END_TEST

/* Each bit of a byte, so that also a change of case is tried. */
static void flip_all(size_t from, size_t to, const char *password)
{
    char good[VT_KEY_TEXT_MAX];
    char bad[VT_KEY_TEXT_MAX];
    size_t len = slurp(good);

    ck_assert_uint_le(to, len);
    for (size_t i = from; i < to; i++) {
        struct vt_err err = VT_ERR_INIT;
        vt_status status;

        memcpy(bad, good, len);
        bad[i] = (char)(bad[i] ^ (1 << (i % 7)));
        spill(bad, len);
        status = open_key(password, &err);
        ck_assert_msg(status == VT_E_CORRUPT || status == VT_E_DENIED,
                      "byte %zu flipped: %d %s", i, status, err.text);
        ck_assert_msg(strstr(err.text, path) != NULL, "no file: %s", err.text);
    }
    spill(good, len);
}

START_TEST(every_flipped_byte_of_a_plain_key_is_found)
{
    char text[VT_KEY_TEXT_MAX];

    make_key(NULL);
    flip_all(0, slurp(text), "");
}
END_TEST

START_TEST(every_flipped_byte_of_a_sealed_key_is_found)
{
    char text[VT_KEY_TEXT_MAX] = "";
    size_t len;
    size_t salt;

    make_key(PASSWORD);
    len = slurp(text);
    salt = (size_t)(strstr(text, "salt = ") - text);
    flip_all(0, salt, PASSWORD); /* seen by the form alone, in no time */
    /* from here on scrypt runs for most bytes: every fifth will do */
    for (size_t i = salt; i < len; i += 5) {
        flip_all(i, i + 1, PASSWORD);
    }
}
END_TEST

START_TEST(a_file_cut_anywhere_or_longer_is_refused)
{
    char text[VT_KEY_TEXT_MAX];
    struct vt_err err = VT_ERR_INIT;
    size_t len;

    make_key(NULL);
    len = slurp(text);
    for (size_t cut = 0; cut < len; cut++) {
        spill(text, cut);
        ck_assert_int_eq(open_key("", &err), VT_E_CORRUPT);
    }
    text[len] = '\n';
    spill(text, len + 1);
    ck_assert_int_eq(open_key("", &err), VT_E_CORRUPT);
    text[len] = '\0';
    spill(text, len + 1);
    ck_assert_int_eq(open_key("", &err), VT_E_CORRUPT);
    memset(text, 'a', sizeof text);
    spill(text, sizeof text);
    ck_assert_int_eq(open_key("", &err), VT_E_CORRUPT);
}
END_TEST

START_TEST(files_others_can_use_are_refused_with_the_cure)
{
    static const mode_t modes[] = {0640, 0604, 0660, 0602, 0644, 0610};
    struct vt_err err = VT_ERR_INIT;
    char cure[160];
    struct stat st;

    make_key(NULL);
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert_uint_eq(st.st_mode & 07777, 0600);
    (void)snprintf(cure, sizeof cure, "chmod 600 %s", path);
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        ck_assert_int_eq(chmod(path, modes[i]), 0);
        ck_assert_int_eq(open_key("", &err), VT_E_DENIED);
        ck_assert_msg(strstr(err.text, cure) != NULL, "%s", err.text);
    }
    ck_assert_int_eq(chmod(path, 0400), 0);
    ck_assert_int_eq(open_key("", &err), VT_OK);
}
END_TEST

START_TEST(the_mode_does_not_depend_on_the_umask)
{
    struct stat st;
    mode_t old = umask(0777);

    make_key(NULL);
    (void)umask(old);
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert_uint_eq(st.st_mode & 07777, 0600);
}
END_TEST

START_TEST(a_key_is_never_overwritten_by_accident)
{
    struct vt_err err = VT_ERR_INIT;

    make_key(PASSWORD);
    ck_assert_int_eq(write_key(NULL, 0, &err), VT_E_STATE);
    ck_assert_ptr_nonnull(strstr(err.text, "exists already"));
    ck_assert_int_eq(open_key(PASSWORD, &err), VT_OK);
    ck_assert_uint_eq(files_in_dir(), 1);
    ck_assert_int_eq(write_key(NULL, 1, &err), VT_OK);
    ck_assert_int_eq(open_key("", &err), VT_OK);
    ck_assert_uint_eq(files_in_dir(), 1);
}
END_TEST

START_TEST(bad_arguments_leave_no_file)
{
    static const uint8_t zero[32];
    struct vt_keyfile_args args = {
        .path = path, .stem = "schnorr", .scheme = scheme, .seed = {zero, 32}};
    struct vt_err err = VT_ERR_INIT;
    struct vt_keyfile *file = NULL;

    ck_assert_int_eq(vt_keyfile_write(&args, &err), VT_E_INVALID);
    args.seed = vt_view_of(seed, 31);
    ck_assert_int_eq(vt_keyfile_write(&args, &err), VT_E_INVALID);
    ck_assert_ptr_nonnull(strstr(err.text, "32 bytes, this one has 31"));
    ck_assert_int_eq(write_key("1234567", 0, &err), VT_E_INVALID);
    ck_assert_ptr_nonnull(strstr(err.text, "at least 8"));
    ck_assert_uint_eq(files_in_dir(), 0);
    ck_assert_int_eq(vt_keyfile_read(path, &file, &err), VT_E_NOTFOUND);
    ck_assert_int_eq(vt_keyfile_read(dir, &file, &err), VT_E_INVALID);
    (void)snprintf(path, sizeof path, "%s/no/alice.key", dir);
    ck_assert_int_eq(write_key(NULL, 0, &err), VT_E_IO);
}
END_TEST

START_TEST(every_failed_allocation_leaves_nothing_behind)
{
    struct vt_err err = VT_ERR_INIT;
    uint64_t n = 1;

    for (;; n++) {
        vt_status status;

        vt_alloc_fail_at(n);
        status = write_key(PASSWORD, 0, &err);
        vt_alloc_fail_at(0);
        if (status == VT_OK) {
            break;
        }
        ck_assert_int_eq(status, VT_E_NOMEM);
        ck_assert_uint_eq(files_in_dir(), 0);
    }
    ck_assert_uint_gt(n, 3);
    for (n = 1;; n++) {
        vt_status status;

        vt_alloc_fail_at(n);
        status = open_key(PASSWORD, &err);
        vt_alloc_fail_at(0);
        if (status == VT_OK) {
            break;
        }
        ck_assert_int_eq(status, VT_E_NOMEM);
    }
    ck_assert_uint_gt(n, 6);
}
END_TEST

START_TEST(new_seeds_are_random_and_give_keys)
{
    struct vt_err err = VT_ERR_INIT;
    struct vt_secret *a = NULL;
    struct vt_secret *b = NULL;
    uint8_t sk[32];
    uint8_t pk[32];

    ck_assert_int_eq(vt_keyfile_new_seed(scheme, &a, &err), VT_OK);
    ck_assert_int_eq(vt_keyfile_new_seed(scheme, &b, &err), VT_OK);
    ck_assert_uint_eq(a->len, 32);
    ck_assert_mem_ne(a->bytes, b->bytes, 32);
    ck_assert_int_eq(scheme->keypair(a->bytes, sk, pk), VT_OK);
    vt_secret_free(a);
    vt_secret_free(b);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_sealed_key_opens_with_its_password_only,
        two_files_of_one_key_share_no_sealed_byte,
        a_plain_key_opens_without,
        other_schemes_work_and_do_not_mix,
        every_flipped_byte_of_a_plain_key_is_found,
        every_flipped_byte_of_a_sealed_key_is_found,
        a_file_cut_anywhere_or_longer_is_refused,
        files_others_can_use_are_refused_with_the_cure,
        the_mode_does_not_depend_on_the_umask,
        a_key_is_never_overwritten_by_accident,
        bad_arguments_leave_no_file,
        every_failed_allocation_leaves_nothing_behind,
        new_seeds_are_random_and_give_keys};
    Suite *suite = suite_create("keyfile");
    TCase *tcase = tcase_create("files");

    tcase_set_timeout(tcase, 120);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++) {
        tcase_add_test(tcase, tests[i]);
    }
    suite_add_tcase(suite, tcase);
    return vt_suite_run(suite);
}
