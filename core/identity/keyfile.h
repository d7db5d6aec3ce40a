/* SPDX-License-Identifier: Apache-2.0
 *
 * keyfile.h - a key pair in a file of mode 0600, sealed with a password or, on
 * request, plain.
 *
 * The secret in the file is the seed from which the signature plugin makes the
 * pair; README.md has the format line by line. A file has exactly one valid
 * form: any changed byte is an error. Thread: any, one file by one thread.
 */
#ifndef VT_IDENTITY_KEYFILE_H
#define VT_IDENTITY_KEYFILE_H

#include <vt/signature.h>

#include "identity/secret.h"
#include "wire/tx.h"

#define VT_KEY_SEED_MAX 64u
#define VT_KEY_SCHEME_MAX 32u
#define VT_PASSWORD_MIN 8u /* bytes, of a new password */

/* What can be read without the password. */
struct vt_keyfile {
    char *path;
    char scheme[VT_KEY_SCHEME_MAX + 1]; /* stem of the signature plugin */
    uint8_t pk[VT_TX_PK_MAX];
    uint32_t pk_len;
    struct vt_address address;
    int is_plain;           /* no password */
    struct vt_secret *text; /* the whole file */
    size_t clear_len;       /* bytes of text before the secret's line */
};

/*
 * Read and check the form. Returns VT_OK and *out; VT_E_NOTFOUND; VT_E_DENIED
 * when others may read the file (err has the chmod that cures it) or it
 * belongs to another user; VT_E_CORRUPT with file:line; VT_E_IO; VT_E_NOMEM.
 */
vt_status vt_keyfile_read(const char *path, struct vt_keyfile **out,
                          struct vt_err *err);
void vt_keyfile_free(struct vt_keyfile *file); /* NULL is fine */

/*
 * The seed, and the secret key that signs. password is ignored for a plain
 * file. scheme must be the table of file->scheme: the pair is made anew and
 * its public key compared. Returns VT_OK and *out (vt_secret_free it);
 * VT_E_DENIED for a wrong password or changed bytes; VT_E_CORRUPT when the
 * seed does not give the public key; VT_E_NOMEM (scrypt takes 32 MiB).
 */
vt_status vt_keyfile_seed(const struct vt_keyfile *file,
                          struct vt_view password,
                          const struct vt_signature *scheme,
                          struct vt_secret **out, struct vt_err *err);
vt_status vt_keyfile_unlock(const struct vt_keyfile *file,
                            struct vt_view password,
                            const struct vt_signature *scheme,
                            struct vt_secret **out, struct vt_err *err);

struct vt_keyfile_args {
    const char *path;
    const char *stem; /* of the signature plugin */
    const struct vt_signature *scheme;
    struct vt_view seed;     /* scheme->seed_len bytes */
    struct vt_view password; /* ptr NULL: a plain file */
    int replace;             /* 1: an existing file is replaced at once */
};
/*
 * Write a new file: complete, mode 0600 and synced before it gets its name.
 * Returns VT_OK; VT_E_STATE when the name is taken; VT_E_INVALID for a seed
 * that gives no key or a password below VT_PASSWORD_MIN bytes; VT_E_IO;
 * VT_E_NOMEM. On failure nothing is left behind.
 */
vt_status vt_keyfile_write(const struct vt_keyfile_args *args,
                           struct vt_err *err);

/* A fresh random seed that gives a key. Returns VT_OK and *out (vt_secret_free
 * it); VT_E_IO, VT_E_NOMEM. */
vt_status vt_keyfile_new_seed(const struct vt_signature *scheme,
                              struct vt_secret **out, struct vt_err *err);

#endif
