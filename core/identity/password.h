/* SPDX-License-Identifier: Apache-2.0
 *
 * password.h - where a password comes from: a file that was named, the file
 * in VTCHAIN_PASSWORD_FILE, or the terminal, without echo.
 */
#ifndef VT_IDENTITY_PASSWORD_H
#define VT_IDENTITY_PASSWORD_H

#include "base/status.h"
#include "identity/secret.h"

#define VT_PASSWORD_MAX 1023u

struct vt_password_args {
    const char *file;   /* first line is the password; NULL or "" = not given */
    const char *prompt; /* "Password of alice" */
    int confirm;        /* 1: the terminal is asked twice, a new password */
    int ignore_environment; /* 1: VTCHAIN_PASSWORD_FILE holds another one */
};

/*
 * Returns VT_OK and *out (vt_secret_free it); VT_E_NOTFOUND when there is no
 * file and no terminal; VT_E_DENIED for a file others may read; VT_E_INVALID
 * for an empty or too long password, or two that differ; VT_E_STATE when
 * interrupted; VT_E_IO; VT_E_NOMEM. Thread: main, it waits for a person.
 */
vt_status vt_password_read(const struct vt_password_args *args,
                           struct vt_secret **out, struct vt_err *err);

#endif
