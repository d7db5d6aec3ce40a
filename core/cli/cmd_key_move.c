/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_key_move.c - change a key's password, take its secret in or out.
 */
#include "base/bytes.h"
#include "cli/commands.h"
#include "cli/keys.h"
#include "cli/paths.h"
#include "cli/plugins.h"
#include "identity/password.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define SECRET_FILE_MAX 1024u

/* The old password is asked for as always; the new one has its own option, so
 * that both can come from files. */
static int ask_new(struct vt_cli *cli, struct vt_secret **out)
{
    struct vt_password_args args = {.file =
                                        vt_cli_text(cli, "new_password_file"),
                                    .prompt = "New password",
                                    .confirm = 1,
                                    .ignore_environment = 1};
    struct vt_err err = VT_ERR_INIT;

    if (vt_cli_flag(cli, "no_password")) {
        return 0;
    }
    return vt_password_read(&args, out, &err) == VT_OK
               ? 0
               : vt_cli_fail_err(cli, &err);
}

int vt_cmd_key_password(struct vt_cli *cli)
{
    struct vt_cli_key key;
    struct vt_secret *password = NULL;
    int code = vt_cli_key_open(cli, vt_cli_arg(cli, 0), 1, &key);

    if (code == 0) {
        code = ask_new(cli, &password);
    }
    if (code == 0) {
        code = vt_cli_key_write(cli, key.file->path, key.file->scheme,
                                key.scheme, key.secret, password, 1);
    }
    if (code == 0) {
        code = vt_cli_key_print(cli, key.file->path);
    }
    vt_secret_free(password);
    vt_cli_key_free(&key);
    return code;
}

/* The file's text into locked memory. */
static int read_secret(struct vt_cli *cli, const char *path,
                       struct vt_secret *text)
{
    int fd = strcmp(path, "-") == 0 ? dup(STDIN_FILENO)
                                    : open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = 1;

    text->len = 0;
    while (fd >= 0 && n > 0 && text->len < text->size) {
        n = read(fd, text->bytes + text->len, text->size - text->len);
        text->len += n > 0 ? (size_t)n : 0;
    }
    if (fd < 0 || n < 0) {
        int why = errno;

        if (fd >= 0) {
            (void)close(fd);
        }
        return vt_cli_fail(cli, VT_EXIT_BAD_INPUT, "bad_input", "%s: %s", path,
                           strerror(why));
    }
    (void)close(fd);
    while (text->len > 0 && strchr("\r\n \t", text->bytes[text->len - 1])) {
        text->len--;
    }
    return 0;
}

static int import_seed(struct vt_cli *cli, const struct vt_signature *scheme,
                       struct vt_secret **out)
{
    struct vt_secret *text = vt_secret_new(SECRET_FILE_MAX);
    struct vt_secret *seed = vt_secret_new(scheme->seed_len);
    const char *path = vt_cli_text(cli, "secret_file");
    int code = text == NULL || seed == NULL ? vt_cli_no_memory(cli)
                                            : read_secret(cli, path, text);

    if (code == 0 && vt_hex_decode((const char *)text->bytes, text->len,
                                   seed->bytes, seed->len) != 0) {
        code = vt_cli_fail(cli, VT_EXIT_BAD_INPUT, "bad_input",
                           "%s: the secret of a %s key is %u hexadecimal "
                           "digits, these are %zu characters",
                           path, vt_cli_text(cli, "scheme"),
                           2 * scheme->seed_len, text->len);
    }
    vt_secret_free(text);
    if (code != 0) {
        vt_secret_free(seed);
        return code;
    }
    *out = seed;
    return 0;
}

int vt_cmd_key_import(struct vt_cli *cli)
{
    const char *name = vt_cli_arg(cli, 0);
    const char *stem = vt_cli_text(cli, "scheme");
    const struct vt_signature *scheme = NULL;
    struct vt_secret *seed = NULL;
    struct vt_secret *password = NULL;
    struct vt_err err = VT_ERR_INIT;
    char path[PATH_MAX];
    int code;

    if (vt_path_key(cli, name, path, &err) != VT_OK) {
        return vt_cli_fail_err(cli, &err);
    }
    code = vt_cli_scheme(cli, stem, &scheme);
    if (code == 0) {
        code = import_seed(cli, scheme, &seed);
    }
    if (code == 0) {
        code = vt_cli_new_password(cli, name, &password);
    }
    if (code == 0) {
        code = vt_cli_key_write(cli, path, stem, scheme, seed, password, 0);
    }
    if (code == 0) {
        code = vt_cli_key_print(cli, path);
    }
    vt_secret_free(seed);
    vt_secret_free(password);
    return code;
}

/* Hexadecimal and a newline; mode 0600, never over an existing file. */
static int write_secret(struct vt_cli *cli, const char *path,
                        const struct vt_secret *seed)
{
    struct vt_secret *text = vt_secret_new(2 * seed->len + 1);
    size_t len = 2 * seed->len + 1;
    int fd;
    int bad;

    if (text == NULL) {
        return vt_cli_no_memory(cli);
    }
    vt_hex_encode(seed->bytes, seed->len, (char *)text->bytes);
    text->bytes[len - 1] = '\n';
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bad =
        fd < 0 || write(fd, text->bytes, len) != (ssize_t)len || fsync(fd) != 0;
    vt_secret_free(text);
    if (bad) {
        int why = errno;

        if (fd >= 0) {
            (void)close(fd);
            (void)unlink(path);
        }
        return vt_cli_fail(cli, VT_EXIT_FAILED, "failed", "%s: %s", path,
                           strerror(why));
    }
    (void)close(fd);
    return 0;
}

int vt_cmd_key_export(struct vt_cli *cli)
{
    const char *path = vt_cli_text(cli, "out");
    struct vt_cli_key key;
    struct vt_json_maker m;
    int code = vt_cli_key_open(cli, vt_cli_arg(cli, 0), 1, &key);

    if (code == 0) {
        code = write_secret(cli, path, key.secret);
    }
    vt_cli_key_free(&key);
    if (code != 0) {
        return code;
    }
    if (cli->json) {
        vt_json_begin(&m);
        vt_json_put_text(&m, "file", path);
        return vt_cli_emit_made(cli, &m);
    }
    vt_cli_note(cli, "%s holds the secret itself: whoever reads it can spend",
                path);
    return VT_EXIT_OK;
}
