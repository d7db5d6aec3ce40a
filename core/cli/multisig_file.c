/* SPDX-License-Identifier: Apache-2.0
 *
 * multisig_file.c - the files that the signers of an account pass on: the
 * account, a transaction that waits for signatures, and what each adds to it.
 */
#include "cli/multisig.h"

#include "base/alloc.h"
#include "base/bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define FILE_MAX (4u * VT_TX_MAX) /* a transaction in hexadecimal, and room */

void vt_cli_file_begin(struct vt_json_maker *m, const char *what)
{
    vt_json_begin(m);
    vt_json_put_text(m, "format", VT_MULTISIG_FORMAT);
    vt_json_put_text(m, "what", what);
}

static int io_error(struct vt_cli *cli, const char *path, int why)
{
    return vt_cli_fail(cli, VT_EXIT_BAD_INPUT, "bad_input", "%s: %s", path,
                       strerror(why));
}

static int store(struct vt_cli *cli, const char *path, struct vt_view text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    int why;

    if (fd < 0) {
        return io_error(cli, path, errno);
    }
    if (write(fd, text.ptr, text.len) == (ssize_t)text.len && fsync(fd) == 0) {
        (void)close(fd);
        return 0;
    }
    why = errno;
    (void)close(fd);
    (void)unlink(path);
    return io_error(cli, path, why);
}

int vt_cli_file_write(struct vt_cli *cli, const char *path,
                      struct vt_json_maker *m)
{
    struct vt_buf text = VT_BUF_INIT(FILE_MAX);
    struct vt_json *json = NULL;
    int code;

    if (vt_json_end(m, &json) != VT_OK ||
        vt_json_print(json, 1, &text) != VT_OK ||
        vt_buf_put_u8(&text, '\n') != VT_OK) {
        code = vt_cli_no_memory(cli);
    } else {
        code = store(cli, path, vt_buf_view(&text));
    }
    vt_json_free(json);
    vt_buf_fini(&text);
    return code;
}

static int load(struct vt_cli *cli, const char *path, struct vt_buf *text)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = 1;
    int why;

    while (fd >= 0 && n > 0) {
        uint8_t *room = vt_buf_grow(text, 4096);

        if (room == NULL) {
            (void)close(fd);
            return vt_cli_fail(cli, VT_EXIT_BAD_INPUT, "bad_input",
                               "%s: is too long for what it should be", path);
        }
        n = read(fd, room, 4096);
        text->len -= n > 0 ? 4096 - (size_t)n : 4096;
    }
    why = errno;
    if (fd >= 0) {
        (void)close(fd);
    }
    return fd < 0 || n < 0 ? io_error(cli, path, why) : 0;
}

int vt_cli_file_read(struct vt_cli *cli, const char *path, struct vt_json **out)
{
    struct vt_buf text = VT_BUF_INIT(FILE_MAX);
    struct vt_json *json = NULL;
    struct vt_err err = VT_ERR_INIT;
    int code = load(cli, path, &text);

    if (code == 0 &&
        vt_json_parse(vt_buf_view(&text), FILE_MAX, &json, &err) != VT_OK) {
        code = vt_cli_fail(cli, VT_EXIT_BAD_INPUT, "bad_input", "%s: %s", path,
                           err.text);
    }
    vt_buf_fini(&text);
    if (code == 0 &&
        strcmp(vt_json_text_or(json, "format", ""), VT_MULTISIG_FORMAT) != 0) {
        code =
            vt_cli_fail(cli, VT_EXIT_BAD_INPUT, "bad_input",
                        "%s: its format is not '%s'", path, VT_MULTISIG_FORMAT);
    }
    if (code != 0) {
        vt_json_free(json);
        return code;
    }
    *out = json;
    return 0;
}

int vt_cli_file_bytes(struct vt_cli *cli, const char *path,
                      const struct vt_json *json, const char *member,
                      uint8_t *out, size_t max, size_t *len)
{
    const char *hex = vt_json_text_or(json, member, "");
    size_t digits = strlen(hex);

    if (digits == 0 || digits / 2 > max ||
        vt_hex_decode(hex, digits, out, digits / 2) != 0) {
        return vt_cli_fail(cli, VT_EXIT_BAD_INPUT, "bad_input",
                           "%s: '%s' is missing or no hexadecimal bytes", path,
                           member);
    }
    *len = digits / 2;
    return 0;
}

/* ---- a transaction that waits -------------------------------------------- */

int vt_cli_request_write(struct vt_cli *cli, const char *path,
                         const struct vt_cli_account *account,
                         struct vt_view tx_bytes)
{
    struct vt_json_maker m;

    vt_cli_file_begin(&m, "transaction");
    vt_cli_account_put(&m, account);
    vt_json_put_hex(&m, "unsigned", tx_bytes);
    return vt_cli_file_write(cli, path, &m);
}

/* The bytes are the sender's word: they must be of the account beside them. */
static int take_bytes(struct vt_cli *cli, const char *path,
                      const struct vt_json *json, struct vt_cli_request *out)
{
    struct vt_view none = vt_view_of(NULL, 0);
    struct vt_err err = VT_ERR_INIT;

    if (vt_json_get_hex(json, "unsigned", &out->bytes, &err) != VT_OK) {
        return vt_cli_fail(cli, VT_EXIT_BAD_INPUT, "bad_input", "%s: %s", path,
                           err.text);
    }
    if (vt_buf_put(&out->with_sig, out->bytes.data, out->bytes.len) != VT_OK ||
        vt_tx_append_sig(&out->with_sig, none) != VT_OK) {
        return vt_cli_no_memory(cli);
    }
    if (vt_tx_decode(vt_buf_view(&out->with_sig), &out->tx, &err) != VT_OK) {
        return vt_cli_fail(cli, VT_EXIT_BAD_INPUT, "bad_input", "%s: %s", path,
                           err.text);
    }
    return vt_address_eq(&out->tx.sender, &out->account.address)
               ? 0
               : vt_cli_fail(cli, VT_EXIT_BAD_INPUT, "bad_input",
                             "%s: the transaction is not of this account",
                             path);
}

int vt_cli_request_read(struct vt_cli *cli, const char *path,
                        struct vt_cli_request *out)
{
    struct vt_json *json = NULL;
    int code;

    memset(out, 0, sizeof *out);
    out->bytes = (struct vt_buf)VT_BUF_INIT(VT_TX_MAX);
    out->with_sig = (struct vt_buf)VT_BUF_INIT(VT_TX_MAX + 4u);
    code = vt_cli_file_read(cli, path, &json);
    if (code == 0 &&
        strcmp(vt_json_text_or(json, "what", ""), "transaction") != 0) {
        code = vt_cli_fail(cli, VT_EXIT_BAD_INPUT, "bad_input",
                           "%s: is no transaction that waits for signatures, "
                           "as `vtchain tx send --unsigned` writes it",
                           path);
    }
    if (code == 0) {
        code = vt_cli_account_get(cli, path, json, &out->account);
    }
    if (code == 0) {
        code = take_bytes(cli, path, json, out);
    }
    vt_json_free(json);
    return code;
}

void vt_cli_request_free(struct vt_cli_request *request)
{
    vt_buf_fini(&request->bytes);
    vt_buf_fini(&request->with_sig);
}

/* ---- what signers wrote -------------------------------------------------- */

static int check_owner(struct vt_cli *cli, const struct vt_cli_request *request,
                       const char *path, const struct vt_json *json,
                       struct vt_cli_part *out)
{
    struct vt_err err = VT_ERR_INIT;
    uint8_t pk[VT_TX_PK_MAX];
    struct vt_hash id;
    size_t len = 0;
    int code;

    if (vt_json_get_hash(json, "id", &id, &err) != VT_OK) {
        return vt_cli_fail(cli, VT_EXIT_BAD_INPUT, "bad_input", "%s: %s", path,
                           err.text);
    }
    if (!vt_hash_eq(&id, &request->tx.id)) {
        return vt_cli_fail(cli, VT_EXIT_BAD_INPUT, "other_transaction",
                           "%s: is for another transaction, or this one was "
                           "changed",
                           path);
    }
    code = vt_cli_file_bytes(cli, path, json, "key", pk, sizeof pk, &len);
    if (code != 0) {
        return code;
    }
    out->index = vt_cli_account_find(&request->account, vt_view_of(pk, len));
    return out->index != UINT32_MAX
               ? 0
               : vt_cli_fail(cli, VT_EXIT_BAD_INPUT, "foreign_key",
                             "%s: its key is not one of the account's", path);
}

static int read_part(struct vt_cli *cli, const struct vt_cli_request *request,
                     const char *what, const char *path,
                     struct vt_cli_part *out)
{
    struct vt_json *json = NULL;
    int code = vt_cli_file_read(cli, path, &json);

    if (code == 0 && strcmp(vt_json_text_or(json, "what", ""), what) != 0) {
        code = vt_cli_fail(cli, VT_EXIT_BAD_INPUT, "bad_input",
                           "%s: holds a %.20s, a %s is needed here", path,
                           vt_json_text_or(json, "what", "?"), what);
    }
    if (code == 0) {
        code = check_owner(cli, request, path, json, out);
    }
    if (code == 0) {
        code = vt_cli_file_bytes(cli, path, json, what, out->bytes,
                                 sizeof out->bytes, &out->len);
    }
    if (code == 0 && strcmp(what, "part") == 0) {
        code = vt_cli_file_bytes(cli, path, json, "nonce", out->nonce,
                                 sizeof out->nonce, &out->nonce_len);
    }
    if (code == 0 && strcmp(what, "part") == 0) {
        code = vt_cli_file_bytes(cli, path, json, "nonces", out->all,
                                 sizeof out->all, &out->all_len);
    }
    vt_json_free(json);
    return code;
}

int vt_cli_parts_read(struct vt_cli *cli, const struct vt_cli_request *request,
                      const char *what, const char *const *paths,
                      struct vt_cli_part *parts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int code = read_part(cli, request, what, paths[i], &parts[i]);

        if (code != 0) {
            return code;
        }
        for (size_t k = 0; k < i; k++) {
            if (parts[k].index == parts[i].index) {
                return vt_cli_fail(cli, VT_EXIT_BAD_INPUT, "same_key",
                                   "%s and %s are of the same key", paths[k],
                                   paths[i]);
            }
        }
    }
    return 0;
}
