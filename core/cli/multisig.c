/* SPDX-License-Identifier: Apache-2.0
 *
 * multisig.c - an account of several keys: its file, its public key, its
 * address.
 */
#include "cli/multisig.h"

#include "base/bytes.h"
#include "cli/paths.h"
#include "cli/plugins.h"
#include "plugin/host.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ENDING ".account"

struct vt_view vt_cli_account_key(const struct vt_cli_account *account,
                                  uint32_t i)
{
    return vt_view_of(account->key[i], account->scheme->pk_len);
}

uint32_t vt_cli_account_find(const struct vt_cli_account *account,
                             struct vt_view pk)
{
    for (uint32_t i = 0; i < account->count; i++) {
        if (vt_view_eq(vt_cli_account_key(account, i), pk)) {
            return i;
        }
    }
    return UINT32_MAX;
}

/* ---- what follows from the keys ------------------------------------------ */

/* What is beyond a key's length is zero: it does not disturb the order. */
static int by_bytes(const void *a, const void *b)
{
    return memcmp(a, b, VT_TX_PK_MAX);
}

static int check_keys(struct vt_cli *cli, const struct vt_cli_account *account)
{
    for (uint32_t i = 0; i < account->count; i++) {
        uint32_t verdict = VT_BAD;

        (void)account->scheme->pk_check(vt_cli_account_key(account, i),
                                        &verdict);
        if (verdict != VT_GOOD) {
            return vt_cli_fail(cli, VT_EXIT_BAD_INPUT, "bad_input",
                               "key %u of the account is no %s key", i + 1,
                               account->stem);
        }
        if (i > 0 && by_bytes(account->key[i - 1], account->key[i]) == 0) {
            return vt_cli_fail(cli, VT_EXIT_BAD_INPUT, "bad_input",
                               "a key stands in the account twice");
        }
    }
    return 0;
}

static int make_group(struct vt_cli *cli, struct vt_cli_account *account)
{
    struct vt_view keys[VT_LISTED_KEYS_MAX];
    struct vt_tab tab = {keys, account->count, sizeof keys[0]};
    uint32_t blame;

    if (!vt_scheme_has_groups(account->scheme)) {
        return vt_cli_fail(cli, VT_EXIT_BAD_INPUT, "bad_input",
                           "keys of %s do not sign as one: use --threshold",
                           account->stem);
    }
    for (uint32_t i = 0; i < account->count; i++) {
        keys[i] = vt_cli_account_key(account, i);
    }
    if (account->scheme->group_key(tab, account->pk, &blame) != VT_OK) {
        return vt_cli_fail(cli, VT_EXIT_BAD_INPUT, "bad_input",
                           "these keys make no group");
    }
    account->code = (uint8_t)account->scheme->code;
    account->pk_len = account->scheme->pk_len;
    return 0;
}

static int make_listed(struct vt_cli *cli, struct vt_cli_account *account)
{
    struct vt_listed who = {.scheme = (uint8_t)account->scheme->code,
                            .need = account->need,
                            .count = account->count};
    struct vt_buf bytes = VT_BUF_INIT(VT_LISTED_PK_MAX);
    int code = 0;

    for (uint32_t i = 0; i < account->count; i++) {
        who.key[i] = vt_cli_account_key(account, i);
    }
    if (vt_listed_encode(&who, &bytes) != VT_OK) {
        code = vt_cli_fail(cli, VT_EXIT_BAD_INPUT, "bad_input",
                           "%u of %u keys make no account: 1 to all of 2 to %u "
                           "keys",
                           account->need, account->count, VT_LISTED_KEYS_MAX);
    } else {
        account->code = VT_SCHEME_LISTED;
        account->pk_len = (uint32_t)bytes.len;
        memcpy(account->pk, bytes.data, bytes.len);
    }
    vt_buf_fini(&bytes);
    return code;
}

int vt_cli_account_make(struct vt_cli *cli, struct vt_cli_account *account)
{
    int code = vt_cli_scheme(cli, account->stem, &account->scheme);

    if (code != 0) {
        return code;
    }
    if (account->count < 2 || account->count > VT_LISTED_KEYS_MAX) {
        return vt_cli_fail(cli, VT_EXIT_BAD_INPUT, "bad_input",
                           "an account of several keys has 2 to %u of them",
                           VT_LISTED_KEYS_MAX);
    }
    qsort(account->key, account->count, sizeof account->key[0], by_bytes);
    code = check_keys(cli, account);
    if (code == 0) {
        code = account->is_group ? make_group(cli, account)
                                 : make_listed(cli, account);
    }
    if (code == 0) {
        vt_address_from_key(account->code,
                            vt_view_of(account->pk, account->pk_len),
                            &account->address);
    }
    return code;
}

/* ---- its file ------------------------------------------------------------ */

int vt_cli_account_path(struct vt_cli *cli, const char *name,
                        char out[PATH_MAX])
{
    struct vt_err err = VT_ERR_INIT;
    char path[PATH_MAX];

    if (vt_path_key(cli, name, path, &err) != VT_OK) {
        return vt_cli_fail_err(cli, &err);
    }
    if (strchr(name, '/') == NULL) {
        path[strlen(path) - strlen(".key")] = '\0';
    }
    if (snprintf(out, PATH_MAX, "%s%s", path,
                 strchr(name, '/') == NULL ? ENDING : "") >= PATH_MAX) {
        return vt_cli_fail(cli, VT_EXIT_BAD_INPUT, "bad_input",
                           "'%.60s': the path is too long", name);
    }
    return 0;
}

int vt_cli_account_exists(struct vt_cli *cli, const char *name)
{
    size_t len = strlen(name);
    char path[PATH_MAX];

    if (strchr(name, '/') != NULL &&
        (len < sizeof ENDING ||
         strcmp(name + len - (sizeof ENDING - 1), ENDING) != 0)) {
        return 0;
    }
    return vt_cli_account_path(cli, name, path) == 0 && access(path, R_OK) == 0;
}

void vt_cli_account_put(struct vt_json_maker *m,
                        const struct vt_cli_account *account)
{
    char address[91] = "";

    vt_json_open_object(m, "account");
    vt_json_put_text(m, "scheme", account->stem);
    vt_json_put_bool(m, "all", account->is_group);
    vt_json_put_u64(m, "threshold", account->need);
    vt_json_open_array(m, "keys");
    for (uint32_t i = 0; i < account->count; i++) {
        vt_json_put_hex(m, NULL, vt_cli_account_key(account, i));
    }
    vt_json_close(m);
    (void)vt_address_format("vt", &account->address, address);
    vt_json_put_text(m, "address", address);
    vt_json_close(m);
}

static int get_key(struct vt_cli *cli, const char *path,
                   const struct vt_json *keys, uint32_t i, uint8_t *out)
{
    const char *hex = vt_json_text_or(vt_json_item(keys, i), "", "");
    size_t len = strlen(hex) / 2;

    return len > 0 && len <= VT_TX_PK_MAX &&
                   vt_hex_decode(hex, strlen(hex), out, len) == 0
               ? 0
               : vt_cli_fail(cli, VT_EXIT_BAD_INPUT, "bad_input",
                             "%s: key %u is no key", path, i + 1);
}

int vt_cli_account_get(struct vt_cli *cli, const char *path,
                       const struct vt_json *json, struct vt_cli_account *out)
{
    const struct vt_json *keys = NULL;
    struct vt_err err = VT_ERR_INIT;
    const char *stem = "";
    uint64_t need = 0;
    int code = 0;

    memset(out, 0, sizeof *out);
    if (vt_json_get_text(json, "account.scheme", &stem, &err) != VT_OK ||
        vt_json_get_bool(json, "account.all", &out->is_group, &err) != VT_OK ||
        vt_json_get_u64(json, "account.threshold", &need, &err) != VT_OK ||
        vt_json_get_array(json, "account.keys", &keys, &err) != VT_OK) {
        return vt_cli_fail(cli, VT_EXIT_BAD_INPUT, "bad_input", "%s: %s", path,
                           err.text);
    }
    if (strlen(stem) > VT_KEY_SCHEME_MAX || need > VT_LISTED_KEYS_MAX ||
        vt_json_count(keys) > VT_LISTED_KEYS_MAX) {
        return vt_cli_fail(cli, VT_EXIT_BAD_INPUT, "bad_input",
                           "%s: more than %u keys, or no name of a scheme",
                           path, VT_LISTED_KEYS_MAX);
    }
    (void)snprintf(out->stem, sizeof out->stem, "%s", stem);
    out->count = (uint32_t)vt_json_count(keys);
    out->need = (uint32_t)need;
    for (uint32_t i = 0; i < out->count && code == 0; i++) {
        code = get_key(cli, path, keys, i, out->key[i]);
    }
    return code != 0 ? code : vt_cli_account_make(cli, out);
}

int vt_cli_account_read(struct vt_cli *cli, const char *name,
                        struct vt_cli_account *out)
{
    struct vt_json *json = NULL;
    char path[PATH_MAX];
    int code = vt_cli_account_path(cli, name, path);

    if (code == 0) {
        code = vt_cli_file_read(cli, path, &json);
    }
    if (code == 0) {
        code = vt_cli_account_get(cli, path, json, out);
    }
    vt_json_free(json);
    return code;
}
