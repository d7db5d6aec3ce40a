/* SPDX-License-Identifier: Apache-2.0
 *
 * keys.c - from a key's name to a secret in locked memory, and back.
 */
#include "cli/keys.h"

#include "base/bytes.h"
#include "cli/paths.h"
#include "cli/plugins.h"
#include "cli/table.h"
#include "identity/password.h"

#include <string.h>

static int read_password(struct vt_cli *cli, const char *name, int confirm,
                         struct vt_secret **out)
{
    char prompt[160];
    struct vt_password_args args = {.file = vt_cli_text(cli, "password_file"),
                                    .prompt = prompt,
                                    .confirm = confirm};
    struct vt_err err = VT_ERR_INIT;

    (void)snprintf(prompt, sizeof prompt, "%s of %.100s",
                   confirm ? "New password" : "Password", name);
    return vt_password_read(&args, out, &err) == VT_OK
               ? 0
               : vt_cli_fail_err(cli, &err);
}

static int unlock(struct vt_cli *cli, const char *name, int want_seed,
                  struct vt_cli_key *key)
{
    struct vt_secret *password = NULL;
    struct vt_err err = VT_ERR_INIT;
    struct vt_view text = vt_view_of(NULL, 0);
    vt_status status;
    int code = 0;

    if (!key->file->is_plain) {
        code = read_password(cli, name, 0, &password);
        if (code != 0) {
            return code;
        }
        text = vt_secret_view(password);
    }
    status = (want_seed ? vt_keyfile_seed : vt_keyfile_unlock)(
        key->file, text, key->scheme, &key->secret, &err);
    vt_secret_free(password);
    return status == VT_OK ? 0 : vt_cli_fail_err(cli, &err);
}

int vt_cli_key_open(struct vt_cli *cli, const char *name, int want_seed,
                    struct vt_cli_key *out)
{
    struct vt_err err = VT_ERR_INIT;
    char path[PATH_MAX];
    int code;

    memset(out, 0, sizeof *out);
    if (vt_path_key(cli, name, path, &err) != VT_OK ||
        vt_keyfile_read(path, &out->file, &err) != VT_OK) {
        return vt_cli_fail_err(cli, &err);
    }
    code = vt_cli_scheme(cli, out->file->scheme, &out->scheme);
    return code != 0 ? code : unlock(cli, name, want_seed, out);
}

void vt_cli_key_free(struct vt_cli_key *key)
{
    vt_keyfile_free(key->file);
    vt_secret_free(key->secret);
    memset(key, 0, sizeof *key);
}

int vt_cli_new_password(struct vt_cli *cli, const char *name,
                        struct vt_secret **out)
{
    if (vt_cli_flag(cli, "no_password")) {
        if (vt_cli_given(cli, "password_file")) {
            return vt_cli_fail(cli, VT_EXIT_USAGE, "usage",
                               "--no-password and --password-file exclude each "
                               "other");
        }
        *out = NULL;
        return 0;
    }
    return read_password(cli, name, 1, out);
}

int vt_cli_key_write(struct vt_cli *cli, const char *path, const char *stem,
                     const struct vt_signature *scheme,
                     const struct vt_secret *seed,
                     const struct vt_secret *password, int replace)
{
    struct vt_keyfile_args args = {.path = path,
                                   .stem = stem,
                                   .scheme = scheme,
                                   .seed = vt_secret_view(seed),
                                   .replace = replace};
    struct vt_err err = VT_ERR_INIT;

    if (password != NULL) {
        args.password = vt_secret_view(password);
    }
    if (vt_path_make_parent(path, &err) != VT_OK ||
        vt_keyfile_write(&args, &err) != VT_OK) {
        return vt_cli_fail_err(cli, &err);
    }
    return 0;
}

static void put_key(struct vt_json_maker *m, const struct vt_keyfile *file)
{
    char address[91] = "";

    (void)vt_address_format("vt", &file->address, address);
    vt_json_put_text(m, "address", address);
    (void)vt_address_format("vs", &file->address, address);
    vt_json_put_text(m, "subchain_address", address);
    vt_json_put_text(m, "scheme", file->scheme);
    vt_json_put_hex(m, "public_key", vt_view_of(file->pk, file->pk_len));
    vt_json_put_text(m, "protection", file->is_plain ? "plain" : "password");
    vt_json_put_text(m, "file", file->path);
}

int vt_cli_key_print(struct vt_cli *cli, const char *path)
{
    static const struct vt_column fields[] = {
        {"address", "address", 0},
        {"on subchains", "subchain_address", 0},
        {"scheme", "scheme", 0},
        {"public key", "public_key", 0},
        {"protection", "protection", 0},
        {"file", "file", 0}};
    struct vt_keyfile *file = NULL;
    struct vt_json_maker m;
    struct vt_json *made = NULL;
    struct vt_err err = VT_ERR_INIT;

    if (vt_keyfile_read(path, &file, &err) != VT_OK) {
        return vt_cli_fail_err(cli, &err);
    }
    vt_json_begin(&m);
    put_key(&m, file);
    vt_keyfile_free(file);
    if (cli->json) {
        return vt_cli_emit_made(cli, &m);
    }
    if (vt_json_end(&m, &made) != VT_OK) {
        return vt_cli_no_memory(cli);
    }
    (void)vt_table_fields(made, fields, sizeof fields / sizeof fields[0],
                          stdout);
    vt_json_free(made);
    return VT_EXIT_OK;
}
