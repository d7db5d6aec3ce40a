/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_key.c - make, list and show keys. Moving them in and out is in
 * cmd_key_move.c.
 */
#include "base/alloc.h"
#include "base/bytes.h"
#include "cli/commands.h"
#include "cli/keys.h"
#include "cli/multisig.h"
#include "cli/paths.h"
#include "cli/plugins.h"
#include "cli/table.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define KEYS_MAX 4096u

static int write_new(struct vt_cli *cli, const char *path, const char *name)
{
    const char *stem = vt_cli_text(cli, "scheme");
    const struct vt_signature *scheme = NULL;
    struct vt_secret *password = NULL;
    struct vt_secret *seed = NULL;
    struct vt_err err = VT_ERR_INIT;
    int code = vt_cli_scheme(cli, stem, &scheme);

    if (code == 0) {
        code = vt_cli_new_password(cli, name, &password);
    }
    if (code == 0 && vt_keyfile_new_seed(scheme, &seed, &err) != VT_OK) {
        code = vt_cli_fail_err(cli, &err);
    }
    if (code == 0) {
        code = vt_cli_key_write(cli, path, stem, scheme, seed, password, 0);
    }
    vt_secret_free(password);
    vt_secret_free(seed);
    return code;
}

int vt_cmd_key_new(struct vt_cli *cli)
{
    const char *name = vt_cli_arg(cli, 0);
    struct vt_err err = VT_ERR_INIT;
    char path[PATH_MAX];
    int code;

    if (vt_path_key(cli, name, path, &err) != VT_OK) {
        return vt_cli_fail_err(cli, &err);
    }
    if (vt_cli_account_exists(cli, name)) {
        return vt_cli_fail(cli, VT_EXIT_FAILED, "failed",
                           "'%.60s' is an account of several keys already: "
                           "choose another name",
                           name);
    }
    code = write_new(cli, path, name);
    if (code != 0) {
        return code;
    }
    if (vt_cli_flag(cli, "no_password")) {
        vt_cli_note(cli, "note: this key is not protected by a password: for "
                         "development and unattended nodes only");
    }
    return vt_cli_key_print(cli, path);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Names of the *.key files, sorted; each is the caller's to free. */
static size_t read_names(const char *dir, char **names)
{
    DIR *d = opendir(dir);
    struct dirent *entry;
    size_t count = 0;

    while (d != NULL && (entry = readdir(d)) != NULL && count < KEYS_MAX) {
        char *dot = strrchr(entry->d_name, '.');

        if (dot != NULL && dot != entry->d_name && strcmp(dot, ".key") == 0) {
            *dot = '\0';
            names[count] = vt_strdup(entry->d_name);
            count += names[count] != NULL;
        }
    }
    if (d != NULL) {
        (void)closedir(d);
    }
    qsort(names, count, sizeof names[0], by_name);
    return count;
}

/* A file that cannot be used is a row, too: it says why. */
static void put_row(struct vt_json_maker *m, const char *dir, const char *name)
{
    struct vt_keyfile *file = NULL;
    struct vt_err err = VT_ERR_INIT;
    char path[2 * PATH_MAX];
    char address[91] = "";

    (void)snprintf(path, sizeof path, "%s/%s.key", dir, name);
    vt_json_open_object(m, NULL);
    vt_json_put_text(m, "name", name);
    if (vt_keyfile_read(path, &file, &err) == VT_OK) {
        (void)vt_address_format("vt", &file->address, address);
        vt_json_put_text(m, "scheme", file->scheme);
        vt_json_put_text(m, "protection",
                         file->is_plain ? "plain" : "password");
        vt_json_put_text(m, "address", address);
    } else {
        vt_json_put_text(m, "error", err.text);
    }
    vt_json_close(m);
    vt_keyfile_free(file);
}

static int print_list(struct vt_cli *cli, const struct vt_json *rows,
                      const char *dir)
{
    static const struct vt_column columns[] = {{"NAME", "name", 0},
                                               {"SCHEME", "scheme", 0},
                                               {"PROTECTION", "protection", 0},
                                               {"ADDRESS", "address", 0}};
    char none[PATH_MAX + 80];

    (void)snprintf(none, sizeof none,
                   "no keys in %s; `vtchain key new NAME` makes one", dir);
    (void)vt_table_array(rows, columns, 4, none, stdout);
    for (size_t i = 0; i < vt_json_count(rows); i++) {
        const char *why = vt_json_text_or(vt_json_item(rows, i), "error", NULL);

        if (why != NULL) {
            vt_cli_note(cli, "%s", why);
        }
    }
    return VT_EXIT_OK;
}

int vt_cmd_key_list(struct vt_cli *cli)
{
    char **names = vt_alloc_array(KEYS_MAX, sizeof *names);
    struct vt_json_maker m;
    struct vt_json *rows = NULL;
    struct vt_err err = VT_ERR_INIT;
    char dir[PATH_MAX];
    size_t count;
    int code;

    if (names == NULL || vt_path_keys(cli, dir, &err) != VT_OK) {
        vt_free(names);
        return names == NULL ? vt_cli_no_memory(cli)
                             : vt_cli_fail_err(cli, &err);
    }
    count = read_names(dir, names);
    vt_json_begin_array(&m);
    for (size_t i = 0; i < count; i++) {
        put_row(&m, dir, names[i]);
        vt_free(names[i]);
    }
    vt_free(names);
    if (cli->json) {
        return vt_cli_emit_made(cli, &m);
    }
    if (vt_json_end(&m, &rows) != VT_OK) {
        return vt_cli_no_memory(cli);
    }
    code = print_list(cli, rows, dir);
    vt_json_free(rows);
    return code;
}

int vt_cmd_key_show(struct vt_cli *cli)
{
    struct vt_err err = VT_ERR_INIT;
    char path[PATH_MAX];

    if (vt_cli_account_exists(cli, vt_cli_arg(cli, 0))) {
        return vt_cli_account_print(cli, vt_cli_arg(cli, 0));
    }
    if (vt_path_key(cli, vt_cli_arg(cli, 0), path, &err) != VT_OK) {
        return vt_cli_fail_err(cli, &err);
    }
    return vt_cli_key_print(cli, path);
}

/* A file's address, or that of a public key. */
static int find_address(struct vt_cli *cli, const char *name,
                        struct vt_address *out)
{
    struct vt_keyfile *file = NULL;
    struct vt_cli_account account;
    struct vt_err err = VT_ERR_INIT;
    char path[PATH_MAX];
    int code;

    if (vt_cli_account_exists(cli, name)) {
        code = vt_cli_account_read(cli, name, &account);
        if (code == 0) {
            *out = account.address;
        }
        return code;
    }
    if (vt_path_key(cli, name, path, &err) != VT_OK ||
        vt_keyfile_read(path, &file, &err) != VT_OK) {
        return vt_cli_fail_err(cli, &err);
    }
    *out = file->address;
    vt_keyfile_free(file);
    return 0;
}

int vt_cmd_key_address(struct vt_cli *cli)
{
    const char *hrp = vt_cli_flag(cli, "subchain") ? "vs" : "vt";
    struct vt_address address;
    struct vt_json_maker m;
    char text[91] = "";
    int code = find_address(cli, vt_cli_arg(cli, 0), &address);

    if (code != 0) {
        return code;
    }
    (void)vt_address_format(hrp, &address, text);
    if (cli->json) {
        vt_json_begin(&m);
        vt_json_put_text(&m, "address", text);
        return vt_cli_emit_made(cli, &m);
    }
    (void)printf("%s\n", text);
    return VT_EXIT_OK;
}
