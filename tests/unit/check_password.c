/* SPDX-License-Identifier: Apache-2.0
 *
 * check_password.c - passwords from files and from a terminal of their own.
 */
#include "unit/suite.h"

#include "identity/password.h"

#include <fcntl.h>
#include <pty.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char path[64];

static void set_up(void)
{
    int fd;

    (void)snprintf(path, sizeof path, "/tmp/vt-password-XXXXXX");
    fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    (void)close(fd);
    ck_assert_int_eq(unsetenv("VTCHAIN_PASSWORD_FILE"), 0);
}

static void tear_down(void)
{
    (void)unlink(path);
}

static void spill(const char *text, size_t len)
{
    int fd = open(path, O_WRONLY | O_TRUNC);

    ck_assert_int_eq((int)write(fd, text, len), (int)len);
    (void)close(fd);
}

static vt_status read_password(const char *file, struct vt_secret **out,
                               struct vt_err *err)
{
    struct vt_password_args args = {.file = file, .prompt = "Password"};

    return vt_password_read(&args, out, err);
}

START_TEST(a_password_file_gives_its_first_line)
{
    struct vt_err err = VT_ERR_INIT;
    struct vt_secret *out = NULL;

    spill("secret word\r\nsecond", 19);
    ck_assert_int_eq(read_password(path, &out, &err), VT_OK);
    ck_assert_str_eq((const char *)out->bytes, "secret word");
    ck_assert_uint_eq(out->len, 11);
    vt_secret_free(out);
    ck_assert_int_eq(setenv("VTCHAIN_PASSWORD_FILE", path, 1), 0);
    ck_assert_int_eq(read_password(NULL, &out, &err), VT_OK);
    vt_secret_free(out);
}
END_TEST

START_TEST(bad_password_files_are_refused)
{
    static char longer[2000];
    struct vt_err err = VT_ERR_INIT;
    struct vt_secret *out = NULL;

    ck_assert_int_eq(read_password("/nonexistent", &out, &err), VT_E_IO);
    spill("\nx", 2);
    ck_assert_int_eq(read_password(path, &out, &err), VT_E_INVALID);
    memset(longer, 'x', sizeof longer);
    spill(longer, sizeof longer);
    ck_assert_int_eq(read_password(path, &out, &err), VT_E_INVALID);
    spill("secret word", 11);
    ck_assert_int_eq(chmod(path, 0644), 0);
    ck_assert_int_eq(read_password(path, &out, &err), VT_E_DENIED);
    ck_assert_ptr_nonnull(strstr(err.text, "chmod 600"));
    ck_assert_ptr_null(out);
}
END_TEST

/* In a child with a terminal of its own. Exit code: the status, negated. */
static int child(int confirm)
{
    struct vt_password_args args = {.prompt = "Password of alice",
                                    .confirm = confirm};
    struct vt_secret *out = NULL;
    struct vt_err err = VT_ERR_INIT;
    vt_status status = vt_password_read(&args, &out, &err);

    if (status == VT_OK) {
        status = strcmp((char *)out->bytes, "letmein!") == 0 ? VT_OK : -50;
    }
    vt_secret_free(out);
    return -status;
}

static void wait_for(int tty, const char *text, char *seen, size_t size)
{
    size_t have = strlen(seen);

    while (strstr(seen, text) == NULL && have + 1 < size) {
        ssize_t n = read(tty, seen + have, size - 1 - have);

        if (n <= 0) {
            break;
        }
        have += (size_t)n;
        seen[have] = '\0';
    }
}

/* Types the two lines (NULL: none) at their prompts. Returns the child's exit
 * code; nothing typed may have been echoed. */
static int type_password(const char *first, const char *second)
{
    char seen[512] = "";
    int tty = -1;
    int state = 0;
    pid_t pid = forkpty(&tty, NULL, NULL, NULL);

    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        _exit(child(second != NULL));
    }
    wait_for(tty, "Password of alice: ", seen, sizeof seen);
    ck_assert_int_eq((int)write(tty, first, strlen(first)), (int)strlen(first));
    if (second != NULL) {
        wait_for(tty, "once more: ", seen, sizeof seen);
        ck_assert_int_eq((int)write(tty, second, strlen(second)),
                         (int)strlen(second));
    }
    wait_for(tty, "never said", seen, sizeof seen);
    ck_assert_int_eq(waitpid(pid, &state, 0), pid);
    (void)close(tty);
    ck_assert_ptr_null(strstr(seen, "letmein"));
    ck_assert(WIFEXITED(state));
    return WEXITSTATUS(state);
}

START_TEST(a_terminal_is_asked_without_echo)
{
    ck_assert_int_eq(type_password("letmein!\n", NULL), 0);
    ck_assert_int_eq(type_password("letmein!\n", "letmein!\n"), 0);
    ck_assert_int_eq(type_password("letmein!\n", "letmein?\n"), -VT_E_INVALID);
    ck_assert_int_eq(type_password("\n", NULL), -VT_E_INVALID);
    ck_assert_int_eq(type_password("let\x03", NULL), -VT_E_STATE);
}
END_TEST

START_TEST(without_terminal_and_file_the_cure_is_told)
{
    int state = 0;
    pid_t pid = fork();

    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        (void)setsid();
        _exit(child(0));
    }
    ck_assert_int_eq(waitpid(pid, &state, 0), pid);
    ck_assert_int_eq(WEXITSTATUS(state), -VT_E_NOTFOUND);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {a_password_file_gives_its_first_line,
                                  bad_password_files_are_refused,
                                  a_terminal_is_asked_without_echo,
                                  without_terminal_and_file_the_cure_is_told};
    Suite *suite = suite_create("password");
    TCase *tcase = tcase_create("sources");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++) {
        tcase_add_test(tcase, tests[i]);
    }
    suite_add_tcase(suite, tcase);
    return vt_suite_run(suite);
}
