/* SPDX-License-Identifier: Apache-2.0
 *
 * multisig.h - accounts of several keys, and the files their signers pass on.
 *
 * All keys sign as one (a group, MuSig2), or k of n listed keys sign. Every
 * file is JSON of the format below; only the secret nonce of a group's signer
 * is a file that must stay where it is.
 */
#ifndef VT_CLI_MULTISIG_H
#define VT_CLI_MULTISIG_H

#include "cli/keys.h"
#include "wire/listed.h"

#include <limits.h>

#define VT_MULTISIG_FORMAT "vtchain multisig 1"

struct vt_cli_account {
    char stem[VT_KEY_SCHEME_MAX + 1]; /* signature plugin of the keys */
    const struct vt_signature *scheme;
    int is_group;         /* all sign as one; else `need` of them */
    uint32_t need, count; /* group: need = count */
    uint8_t key[VT_LISTED_KEYS_MAX][VT_TX_PK_MAX]; /* ascending */
    /* what follows: of the account itself */
    uint8_t code; /* scheme code in its transactions */
    uint8_t pk[VT_LISTED_PK_MAX];
    uint32_t pk_len;
    struct vt_address address;
};

/* ---- multisig.c ---------------------------------------------------------- */

/* stem, is_group, need, count and keys are set: sorts the keys, loads the
 * plugin, derives the rest. Returns 0 or an exit code. */
int vt_cli_account_make(struct vt_cli *cli, struct vt_cli_account *account);
/* The file of an account called name; with a slash it is a path already.
 * Returns 0 or an exit code. */
int vt_cli_account_path(struct vt_cli *cli, const char *name,
                        char out[PATH_MAX]);
/* Is there such a file? 1 or 0. */
int vt_cli_account_exists(struct vt_cli *cli, const char *name);
/* Print what it is. Returns the exit code. */
int vt_cli_account_print(struct vt_cli *cli, const char *name);
int vt_cli_account_read(struct vt_cli *cli, const char *name,
                        struct vt_cli_account *out);
/* Puts it as object `account`; reads that object back. */
void vt_cli_account_put(struct vt_json_maker *m,
                        const struct vt_cli_account *account);
int vt_cli_account_get(struct vt_cli *cli, const char *path,
                       const struct vt_json *json, struct vt_cli_account *out);
struct vt_view vt_cli_account_key(const struct vt_cli_account *account,
                                  uint32_t i);
/* Place of a public key, UINT32_MAX when it is not one of the account's. */
uint32_t vt_cli_account_find(const struct vt_cli_account *account,
                             struct vt_view pk);

/* ---- multisig_file.c ----------------------------------------------------- */

/* Opens a value of the format for more. */
void vt_cli_file_begin(struct vt_json_maker *m, const char *what);
/* A new file of it. Returns 0 or an exit code. */
int vt_cli_file_write(struct vt_cli *cli, const char *path,
                      struct vt_json_maker *m);
/* *out is vt_json_free'd by the caller. Returns 0 or an exit code. */
int vt_cli_file_read(struct vt_cli *cli, const char *path,
                     struct vt_json **out);
/* Member of a file as exactly len bytes; len 0: any, *len is set. */
int vt_cli_file_bytes(struct vt_cli *cli, const char *path,
                      const struct vt_json *json, const char *member,
                      uint8_t *out, size_t max, size_t *len);

/* A transaction that waits for its signatures. */
struct vt_cli_request {
    struct vt_cli_account account;
    struct vt_buf bytes; /* unsigned */
    struct vt_tx tx;     /* borrows from bytes_signed */
    struct vt_buf with_sig;
};
int vt_cli_request_read(struct vt_cli *cli, const char *path,
                        struct vt_cli_request *out);
void vt_cli_request_free(struct vt_cli_request *request);
/* tx_bytes is unsigned. Returns 0 or an exit code. */
int vt_cli_request_write(struct vt_cli *cli, const char *path,
                         const struct vt_cli_account *account,
                         struct vt_view tx_bytes);

/* What a signer wrote about a request. */
struct vt_cli_part {
    uint32_t index; /* of its key in the account */
    uint8_t bytes[VT_TX_SIG_MAX];
    size_t len;
    /* of a "part": its signer's nonce, and that of all it signed with */
    uint8_t nonce[VT_TX_SIG_MAX], all[VT_TX_SIG_MAX];
    size_t nonce_len, all_len;
};
/* Reads count files, which must be of this request, of its kind (`what`:
 * "signature", "nonce", "part"), of keys of the account, of each only one.
 * parts[i].bytes is the member called as the kind. Returns 0 or an exit
 * code. */
int vt_cli_parts_read(struct vt_cli *cli, const struct vt_cli_request *request,
                      const char *what, const char *const *paths,
                      struct vt_cli_part *parts, size_t count);

/* ---- multisig_nonce.c: secret nonces, each for one signature --------------
 */

/* Draws one for this request and key, and keeps the secret half in the folder
 * of keys. Refuses while one is kept. Returns 0 or an exit code. */
int vt_cli_nonce_draw(struct vt_cli *cli, const struct vt_cli_request *request,
                      const struct vt_cli_key *key, uint8_t *nonce);
/* Takes it back: the file is gone, durably, before this returns. nonce is its
 * public half. Returns 0 and *secret (vt_secret_free it), or an exit code. */
int vt_cli_nonce_take(struct vt_cli *cli, const struct vt_cli_request *request,
                      const struct vt_cli_key *key, struct vt_secret **secret,
                      uint8_t *nonce);

#endif
