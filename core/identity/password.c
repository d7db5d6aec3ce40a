/* SPDX-License-Identifier: Apache-2.0
 *
 * password.c - reads one line without leaving it in a buffer of stdio.
 */
#include "identity/password.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
    (void)number;
    interrupted = 1;
}

/* Waits for input with the signals of `unblocked` let in, and only then: one
 * that comes between two reads is not lost. Returns 0, or an errno. */
static int wait_input(int fd, const sigset_t *unblocked)
{
    struct pollfd input = {.fd = fd, .events = POLLIN};

    while (!interrupted && ppoll(&input, 1, NULL, unblocked) < 0) {
        if (errno != EINTR) {
            return errno;
        }
    }
    return interrupted ? EINTR : 0;
}

/* Bytes up to the end of the line; unblocked is NULL for a file. Returns 0, or
 * an errno. */
static int read_line(int fd, const sigset_t *unblocked, struct vt_secret *out)
{
    char c = 0;

    out->len = 0;
    for (;;) {
        int why = unblocked == NULL ? 0 : wait_input(fd, unblocked);
        ssize_t n = why == 0 ? read(fd, &c, 1) : 0;

        if (why != 0 || n < 0) {
            if (why == 0 && errno == EINTR) {
                continue;
            }
            return why != 0 ? why : errno;
        }
        if (n == 0 || c == '\n') {
            break;
        }
        if (out->len == out->size) {
            return ENOSPC;
        }
        out->bytes[out->len++] = (uint8_t)c;
    }
    if (out->len > 0 && out->bytes[out->len - 1] == '\r') {
        out->len--;
    }
    out->bytes[out->len] = '\0';
    return 0;
}

static vt_status judge(int why, const char *source, const struct vt_secret *p,
                       struct vt_err *err)
{
    if (interrupted) {
        return vt_err_set(err, VT_E_STATE, "interrupted, nothing was done");
    }
    if (why == ENOSPC) {
        return vt_err_set(err, VT_E_INVALID,
                          "%s: a password has at most %u bytes", source,
                          VT_PASSWORD_MAX);
    }
    if (why != 0) {
        return vt_err_set(err, VT_E_IO, "%s: %s", source, strerror(why));
    }
    return p->len > 0
               ? VT_OK
               : vt_err_set(err, VT_E_INVALID, "%s: password is empty", source);
}

static vt_status from_file(const char *path, struct vt_secret *out,
                           struct vt_err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    vt_status status;

    if (fd < 0 || fstat(fd, &st) != 0) {
        int why = errno;

        if (fd >= 0) {
            (void)close(fd);
        }
        return vt_err_set(err, VT_E_IO, "password file %s: %s", path,
                          strerror(why));
    }
    if (S_ISREG(st.st_mode) && (st.st_mode & 077) != 0) {
        (void)close(fd);
        return vt_err_set(err, VT_E_DENIED,
                          "%s: others may read this password (mode %04o): "
                          "chmod 600 %s",
                          path, (unsigned)(st.st_mode & 07777), path);
    }
    status = judge(read_line(fd, NULL, out), path, out, err);
    (void)close(fd);
    return status;
}

static void say(int tty, const char *text)
{
    ssize_t n = write(tty, text, strlen(text));

    (void)n; /* a terminal that is gone shows in the read that follows */
}

/* A terminal with echo off, and the signals that may interrupt the waiting. */
struct terminal {
    int fd;
    sigset_t unblocked;
};

static vt_status ask_once(const struct terminal *tty, const char *prompt,
                          const char *tail, struct vt_secret *out,
                          struct vt_err *err)
{
    int why;

    say(tty->fd, prompt);
    say(tty->fd, tail);
    why = read_line(tty->fd, &tty->unblocked, out);
    say(tty->fd, "\n");
    return judge(why, "terminal", out, err);
}

static vt_status ask_twice(const struct terminal *tty,
                           const struct vt_password_args *args,
                           struct vt_secret *out, struct vt_err *err)
{
    struct vt_secret *again = vt_secret_new(VT_PASSWORD_MAX);
    vt_status status;

    if (again == NULL) {
        return vt_err_set(err, VT_E_NOMEM, "no memory for a password");
    }
    status = ask_once(tty, args->prompt, ": ", out, err);
    if (status == VT_OK) {
        status = ask_once(tty, args->prompt, ", once more: ", again, err);
    }
    if (status == VT_OK && (again->len != out->len ||
                            memcmp(again->bytes, out->bytes, out->len) != 0)) {
        status = vt_err_set(err, VT_E_INVALID,
                            "the two passwords differ, nothing was done");
    }
    vt_secret_free(again);
    return status;
}

/* Echo comes back whatever happens: the signals that end a program are only
 * noted meanwhile. */
static vt_status ask(int fd, const struct vt_password_args *args,
                     struct vt_secret *out, struct vt_err *err)
{
    static const int signals[3] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction note = {.sa_handler = on_signal};
    struct sigaction old[3];
    struct terminal tty = {.fd = fd};
    struct termios loud;
    struct termios quiet;
    sigset_t blocked;
    vt_status status;

    if (tcgetattr(fd, &loud) != 0) {
        return vt_err_set(err, VT_E_IO, "terminal: %s", strerror(errno));
    }
    quiet = loud;
    quiet.c_lflag &= ~(tcflag_t)ECHO;
    interrupted = 0;
    (void)sigemptyset(&blocked);
    for (size_t i = 0; i < 3; i++) {
        (void)sigaddset(&blocked, signals[i]);
    }
    (void)pthread_sigmask(SIG_BLOCK, &blocked, &tty.unblocked);
    for (size_t i = 0; i < 3; i++) {
        (void)sigaction(signals[i], &note, &old[i]);
    }
    (void)tcsetattr(fd, TCSAFLUSH, &quiet);
    status = args->confirm ? ask_twice(&tty, args, out, err)
                           : ask_once(&tty, args->prompt, ": ", out, err);
    (void)tcsetattr(fd, TCSAFLUSH, &loud);
    for (size_t i = 0; i < 3; i++) {
        (void)sigaction(signals[i], &old[i], NULL);
    }
    (void)pthread_sigmask(SIG_SETMASK, &tty.unblocked, NULL);
    return status;
}

static vt_status read_into(const struct vt_password_args *args,
                           struct vt_secret *out, struct vt_err *err)
{
    const char *file = args->file;
    vt_status status;
    int tty;

    if ((file == NULL || file[0] == '\0') && !args->ignore_environment) {
        file = secure_getenv("VTCHAIN_PASSWORD_FILE");
    }
    if (file != NULL && file[0] != '\0') {
        return from_file(file, out, err);
    }
    tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (tty < 0) {
        return vt_err_set(err, VT_E_NOTFOUND, "no terminal to ask for the %s",
                          args->ignore_environment
                              ? "new password: give --new-password-file FILE"
                              : "password: give --password-file FILE or set "
                                "VTCHAIN_PASSWORD_FILE");
    }
    status = ask(tty, args, out, err);
    (void)close(tty);
    return status;
}

vt_status vt_password_read(const struct vt_password_args *args,
                           struct vt_secret **out, struct vt_err *err)
{
    struct vt_secret *password = vt_secret_new(VT_PASSWORD_MAX);
    vt_status status;

    if (password == NULL) {
        return vt_err_set(err, VT_E_NOMEM, "no memory for a password");
    }
    status = read_into(args, password, err);
    if (status != VT_OK) {
        vt_secret_free(password);
        return status;
    }
    *out = password;
    return VT_OK;
}
