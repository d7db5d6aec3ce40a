/* SPDX-License-Identifier: Apache-2.0
 *
 * multisig_nonce.c - the secret half of a nonce, between the two rounds of a
 * group's signature. Signing twice with one gives the key away, so it is a
 * file of mode 0600 that one process can take, once: it is renamed, read,
 * deleted, and the folder synced, before anything is signed.
 */
#include "cli/multisig.h"

#include "base/bytes.h"
#include "cli/paths.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

/* <keys>/nonces/<transaction>-<key>.nonce */
static int path_of(struct vt_cli *cli, const struct vt_cli_request *request,
                   const struct vt_cli_key *key, char out[PATH_MAX])
{
    struct vt_err err = VT_ERR_INIT;
    char dir[PATH_MAX], id[65], pk[2 * VT_TX_PK_MAX + 1];

    if (vt_path_keys(cli, dir, &err) != VT_OK) {
        return vt_cli_fail_err(cli, &err);
    }
    vt_hex_encode(request->tx.id.b, 32, id);
    vt_hex_encode(key->file->pk, key->file->pk_len, pk);
    if (snprintf(out, PATH_MAX, "%s/nonces/%s-%.16s.nonce", dir, id, pk) >=
        PATH_MAX) {
        return vt_cli_fail(cli, VT_EXIT_BAD_INPUT, "bad_input",
                           "the path of the folder of keys is too long");
    }
    return vt_path_make_parent(out, &err) == VT_OK ? 0
                                                   : vt_cli_fail_err(cli, &err);
}

/* What was done to a file is there after a crash, too. Returns 0 or -1. */
static int sync_folder(const char *path)
{
    char dir[PATH_MAX];
    int fd;
    int failed;

    (void)snprintf(dir, sizeof dir, "%.*s", (int)(strrchr(path, '/') - path),
                   path);
    fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    failed = fd < 0 || fsync(fd) != 0;
    if (fd >= 0) {
        (void)close(fd);
    }
    return failed ? -1 : 0;
}

static int cannot(struct vt_cli *cli, const char *path, int why)
{
    return vt_cli_fail(cli, VT_EXIT_FAILED, "failed", "%s: %s", path,
                       strerror(why));
}

/* secret, then its public half */
static int keep(struct vt_cli *cli, const char *path,
                const struct vt_secret *both)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    int why;

    if (fd < 0 && errno == EEXIST) {
        return vt_cli_fail(cli, VT_EXIT_FAILED, "nonce_drawn",
                           "this key has drawn its nonce for this transaction "
                           "already: go on with everybody's nonces, or remove "
                           "%s and begin again with all signers",
                           path);
    }
    if (fd < 0) {
        return cannot(cli, path, errno);
    }
    if (write(fd, both->bytes, both->len) == (ssize_t)both->len &&
        fsync(fd) == 0) {
        (void)close(fd);
        return sync_folder(path) == 0 ? 0 : cannot(cli, path, errno);
    }
    why = errno;
    (void)close(fd);
    (void)unlink(path);
    return cannot(cli, path, why);
}

int vt_cli_nonce_draw(struct vt_cli *cli, const struct vt_cli_request *request,
                      const struct vt_cli_key *key, uint8_t *nonce)
{
    const struct vt_cli_account *account = &request->account;
    const struct vt_signature *scheme = account->scheme;
    struct vt_sig_item item = {.pk = vt_view_of(account->pk, account->pk_len),
                               .msg = request->tx.id.b};
    struct vt_secret *both =
        vt_secret_new(scheme->nonce_secret_len + scheme->nonce_len);
    struct vt_secret *random = NULL;
    struct vt_err err = VT_ERR_INIT;
    char path[PATH_MAX];
    int code =
        both == NULL ? vt_cli_no_memory(cli) : path_of(cli, request, key, path);

    /* a fresh seed is random bytes, as a nonce needs them */
    if (code == 0 && vt_keyfile_new_seed(scheme, &random, &err) != VT_OK) {
        code = vt_cli_fail_err(cli, &err);
    }
    if (code == 0 && (random->len < 32 ||
                      scheme->group_nonce(
                          key->secret->bytes, random->bytes, &item, both->bytes,
                          both->bytes + scheme->nonce_secret_len) != VT_OK)) {
        code = vt_cli_fail(cli, VT_EXIT_FAILED, "failed",
                           "the %s plugin draws no nonce with this key",
                           key->file->scheme);
    }
    if (code == 0) {
        code = keep(cli, path, both);
    }
    if (code == 0) {
        memcpy(nonce, both->bytes + scheme->nonce_secret_len,
               scheme->nonce_len);
    }
    vt_secret_free(random);
    vt_secret_free(both);
    return code;
}

/* Of several processes one gets it: the one whose rename works. */
static int take(struct vt_cli *cli, const char *path, struct vt_secret *both)
{
    char mine[PATH_MAX];
    ssize_t n = -1;
    int fd;

    if (snprintf(mine, sizeof mine, "%s.%ld", path, (long)getpid()) >=
        (int)sizeof mine) {
        return cannot(cli, path, ENAMETOOLONG);
    }
    if (rename(path, mine) != 0) {
        return errno != ENOENT
                   ? cannot(cli, path, errno)
                   : vt_cli_fail(cli, VT_EXIT_FAILED, "nonce_used",
                                 "no nonce of this key waits for this "
                                 "transaction: it was used already, which "
                                 "works once, or was drawn elsewhere, or the "
                                 "transaction is another one; begin again "
                                 "with all signers");
    }
    fd = open(mine, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        n = read(fd, both->bytes, both->size);
        (void)close(fd);
    }
    if (unlink(mine) != 0 || sync_folder(mine) != 0) {
        return cannot(cli, mine, errno);
    }
    return n == (ssize_t)both->size
               ? 0
               : vt_cli_fail(cli, VT_EXIT_FAILED, "failed",
                             "%s: is no nonce; it is gone now, begin again "
                             "with all signers",
                             path);
}

int vt_cli_nonce_take(struct vt_cli *cli, const struct vt_cli_request *request,
                      const struct vt_cli_key *key, struct vt_secret **secret,
                      uint8_t *nonce)
{
    const struct vt_signature *scheme = request->account.scheme;
    struct vt_secret *both =
        vt_secret_new(scheme->nonce_secret_len + scheme->nonce_len);
    char path[PATH_MAX];
    int code =
        both == NULL ? vt_cli_no_memory(cli) : path_of(cli, request, key, path);

    if (code == 0) {
        code = take(cli, path, both);
    }
    if (code != 0) {
        vt_secret_free(both);
        return code;
    }
    memcpy(nonce, both->bytes + scheme->nonce_secret_len, scheme->nonce_len);
    *secret = both;
    return 0;
}
