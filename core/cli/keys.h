/* SPDX-License-Identifier: Apache-2.0
 *
 * keys.h - opening key files for commands: path, plugin, password.
 */
#ifndef VT_CLI_KEYS_H
#define VT_CLI_KEYS_H

#include "cli/cli.h"
#include "identity/keyfile.h"

/* An opened key, ready to sign. */
struct vt_cli_key {
    struct vt_keyfile *file;
    const struct vt_signature *scheme;
    struct vt_secret *secret; /* the signing key, or the seed if asked for */
};

/* name is that of a key or a path; the password is asked for when the file has
 * one. want_seed: the secret is the seed. Returns 0 or an exit code; free it
 * in both cases. */
int vt_cli_key_open(struct vt_cli *cli, const char *name, int want_seed,
                    struct vt_cli_key *out);
void vt_cli_key_free(struct vt_cli_key *key);

/* A new password for a key called name, NULL with --no-password. Returns 0 or
 * an exit code. */
int vt_cli_new_password(struct vt_cli *cli, const char *name,
                        struct vt_secret **out);
/* Write the seed as a new key, or over the file with replace. Returns 0 or an
 * exit code. */
int vt_cli_key_write(struct vt_cli *cli, const char *path, const char *stem,
                     const struct vt_signature *scheme,
                     const struct vt_secret *seed,
                     const struct vt_secret *password, int replace);
/* Print what is public in a key file. Returns the exit code. */
int vt_cli_key_print(struct vt_cli *cli, const char *path);

#endif
