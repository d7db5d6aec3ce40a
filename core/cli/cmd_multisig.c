/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_multisig.c - accounts of several keys, and what each signer does.
 * Putting it together is in cmd_combine.c.
 */
#include "base/bytes.h"
#include "cli/commands.h"
#include "cli/multisig.h"
#include "cli/paths.h"
#include "cli/table.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

/* ---- key multisig -------------------------------------------------------- */

/* The name of a key or a public key. */
static int take_key(struct vt_cli *cli, struct vt_cli_account *account,
                    const char *name)
{
    uint8_t *out = account->key[account->count];
    struct vt_keyfile *file = NULL;
    struct vt_err err = VT_ERR_INIT;
    size_t len = strlen(name) / 2;
    char path[PATH_MAX];
    int code = 0;

    if (len >= 32 && len <= VT_TX_PK_MAX &&
        vt_hex_decode(name, strlen(name), out, len) == 0) {
        account->count++;
        return 0;
    }
    if (vt_path_key(cli, name, path, &err) != VT_OK ||
        vt_keyfile_read(path, &file, &err) != VT_OK) {
        return vt_cli_fail_err(cli, &err);
    }
    if (strcmp(file->scheme, account->stem) != 0) {
        code = vt_cli_fail(cli, VT_EXIT_BAD_INPUT, "bad_input",
                           "key %.60s is of %s, the account is of %s", name,
                           file->scheme, account->stem);
    } else {
        memcpy(out, file->pk, file->pk_len);
        account->count++;
    }
    vt_keyfile_free(file);
    return code;
}

static int take_keys(struct vt_cli *cli, struct vt_cli_account *account)
{
    if (cli->arg_count - 1 > VT_LISTED_KEYS_MAX) {
        return vt_cli_fail(cli, VT_EXIT_BAD_INPUT, "bad_input",
                           "an account of several keys has 2 to %u of them",
                           VT_LISTED_KEYS_MAX);
    }
    for (size_t i = 1; i < cli->arg_count; i++) {
        int code = take_key(cli, account, vt_cli_arg(cli, i));

        if (code != 0) {
            return code;
        }
    }
    account->need = account->is_group ? account->count
                                      : (uint32_t)vt_cli_u64(cli, "threshold");
    return vt_cli_account_make(cli, account);
}

static int print_account(struct vt_cli *cli,
                         const struct vt_cli_account *account, const char *path)
{
    static const struct vt_column fields[] = {
        {"address", "address", 0},
        {"on subchains", "subchain_address", 0},
        {"signers", "signers", 0},
        {"public key", "public_key", 0},
        {"file", "file", 0}};
    struct vt_json_maker m;
    struct vt_json *made = NULL;
    char text[128];

    vt_json_begin(&m);
    (void)vt_address_format("vt", &account->address, text);
    vt_json_put_text(&m, "address", text);
    (void)vt_address_format("vs", &account->address, text);
    vt_json_put_text(&m, "subchain_address", text);
    (void)snprintf(text, sizeof text, "%u of %u%s", account->need,
                   account->count, account->is_group ? ", as one" : "");
    vt_json_put_text(&m, "signers", text);
    vt_json_put_hex(&m, "public_key", vt_view_of(account->pk, account->pk_len));
    vt_json_put_text(&m, "file", path);
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

int vt_cli_account_print(struct vt_cli *cli, const char *name)
{
    struct vt_cli_account account;
    char path[PATH_MAX];
    int code = vt_cli_account_path(cli, name, path);

    if (code == 0) {
        code = vt_cli_account_read(cli, name, &account);
    }
    return code != 0 ? code : print_account(cli, &account, path);
}

/* --key means either: one name is one of them. */
static int is_key(struct vt_cli *cli, const char *name)
{
    char path[PATH_MAX];

    return vt_path_key(cli, name, path, NULL) == VT_OK &&
           strchr(name, '/') == NULL && access(path, F_OK) == 0;
}

int vt_cmd_key_multisig(struct vt_cli *cli)
{
    struct vt_cli_account account = {.is_group = vt_cli_flag(cli, "all")};
    struct vt_json_maker m;
    struct vt_err err = VT_ERR_INIT;
    char path[PATH_MAX];
    int code;

    if (account.is_group == (vt_cli_u64(cli, "threshold") > 0)) {
        return vt_cli_fail(cli, VT_EXIT_USAGE, "usage",
                           "say either --all or --threshold K");
    }
    if (is_key(cli, vt_cli_arg(cli, 0))) {
        return vt_cli_fail(cli, VT_EXIT_FAILED, "failed",
                           "'%.60s' is a key already: choose another name",
                           vt_cli_arg(cli, 0));
    }
    (void)snprintf(account.stem, sizeof account.stem, "%s",
                   vt_cli_text(cli, "scheme"));
    code = vt_cli_account_path(cli, vt_cli_arg(cli, 0), path);
    if (code == 0) {
        code = take_keys(cli, &account);
    }
    if (code == 0 && vt_path_make_parent(path, &err) != VT_OK) {
        code = vt_cli_fail_err(cli, &err);
    }
    if (code == 0) {
        vt_cli_file_begin(&m, "account");
        vt_cli_account_put(&m, &account);
        code = vt_cli_file_write(cli, path, &m);
    }
    return code != 0 ? code : print_account(cli, &account, path);
}

/* ---- tx sign ------------------------------------------------------------- */

/* Who signs what, on the way to a file. */
struct signing {
    struct vt_cli *cli;
    struct vt_cli_request request;
    struct vt_cli_key key;
    struct vt_cli_part parts[VT_LISTED_KEYS_MAX];
    struct vt_json_maker out;
};

static void begin_out(struct signing *s, const char *what)
{
    vt_cli_file_begin(&s->out, what);
    vt_json_put_hash(&s->out, "id", &s->request.tx.id);
    vt_json_put_hex(&s->out, "key",
                    vt_view_of(s->key.file->pk, s->key.file->pk_len));
}

static int sign_listed(struct signing *s)
{
    uint8_t sig[VT_TX_SIG_MAX];
    uint32_t len = 0;

    if (s->key.scheme->sig_max > sizeof sig ||
        s->key.scheme->sign(s->key.secret->bytes, s->request.tx.id.b, sig,
                            &len) != VT_OK) {
        return vt_cli_fail(s->cli, VT_EXIT_FAILED, "failed",
                           "the %s plugin cannot sign with this key",
                           s->key.file->scheme);
    }
    begin_out(s, "signature");
    vt_json_put_hex(&s->out, "signature", vt_view_of(sig, len));
    return 0;
}

static int first_round(struct signing *s)
{
    uint8_t nonce[VT_TX_SIG_MAX];
    int code = vt_cli_nonce_draw(s->cli, &s->request, &s->key, nonce);

    if (code == 0) {
        begin_out(s, "nonce");
        vt_json_put_hex(&s->out, "nonce",
                        vt_view_of(nonce, s->key.scheme->nonce_len));
    }
    return code;
}

/* The nonces of all signers as one. */
static int join_nonces(struct signing *s, uint8_t *all)
{
    const struct vt_cli_account *account = &s->request.account;
    struct vt_view nonces[VT_LISTED_KEYS_MAX];
    struct vt_tab tab = {nonces, account->count, sizeof nonces[0]};
    size_t given = s->cli->arg_count - 1;
    uint32_t blame = UINT32_MAX;
    int code;

    if (given != account->count) {
        return vt_cli_fail(s->cli, VT_EXIT_BAD_INPUT, "bad_input",
                           "all %u signers' nonces are needed, these are %zu",
                           account->count, given);
    }
    code = vt_cli_parts_read(s->cli, &s->request, "nonce", s->cli->args + 1,
                             s->parts, given);
    if (code != 0) {
        return code;
    }
    for (uint32_t i = 0; i < account->count; i++) {
        nonces[i] = vt_view_of(s->parts[i].bytes, s->parts[i].len);
    }
    return account->scheme->group_nonces(tab, all, &blame) == VT_OK
               ? 0
               : vt_cli_fail(s->cli, VT_EXIT_BAD_INPUT, "bad_nonce",
                             "%s: is no nonce",
                             vt_cli_arg(s->cli, blame < given ? blame + 1 : 1));
}

/* The own nonce among those of all must be the one whose secret we hold. */
static int is_own(const struct signing *s, uint32_t self, const uint8_t *nonce)
{
    for (uint32_t i = 0; i < s->request.account.count; i++) {
        if (s->parts[i].index == self) {
            return vt_view_eq(vt_view_of(s->parts[i].bytes, s->parts[i].len),
                              vt_view_of(nonce, s->key.scheme->nonce_len));
        }
    }
    return 0;
}

static int second_round(struct signing *s, uint32_t self)
{
    const struct vt_cli_account *account = &s->request.account;
    struct vt_view keys[VT_LISTED_KEYS_MAX];
    uint8_t all[VT_TX_SIG_MAX], nonce[VT_TX_SIG_MAX], part[VT_TX_SIG_MAX];
    struct vt_sig_group group = {
        .keys = {keys, account->count, sizeof keys[0]},
        .msg = s->request.tx.id.b,
        .nonce = vt_view_of(all, account->scheme->nonce_len)};
    struct vt_secret *secret = NULL;
    int code = join_nonces(s, all);

    for (uint32_t i = 0; i < account->count; i++) {
        keys[i] = vt_cli_account_key(account, i);
    }
    if (code == 0) {
        code = vt_cli_nonce_take(s->cli, &s->request, &s->key, &secret, nonce);
    }
    if (code == 0 && !is_own(s, self, nonce)) {
        code = vt_cli_fail(s->cli, VT_EXIT_FAILED, "nonce_used",
                           "the nonce of this key among the files is not the "
                           "one it drew last; begin again with all signers");
    }
    if (code == 0 &&
        account->scheme->group_sign(s->key.secret->bytes, secret->bytes, &group,
                                    part) != VT_OK) {
        code = vt_cli_fail(s->cli, VT_EXIT_FAILED, "failed",
                           "the %s plugin cannot sign with these nonces",
                           account->stem);
    }
    vt_secret_free(secret);
    if (code == 0) {
        begin_out(s, "part");
        vt_json_put_hex(&s->out, "nonce",
                        vt_view_of(nonce, account->scheme->nonce_len));
        vt_json_put_hex(&s->out, "nonces", group.nonce);
        vt_json_put_hex(&s->out, "part",
                        vt_view_of(part, account->scheme->part_len));
    }
    return code;
}

static int sign_round(struct signing *s)
{
    const struct vt_cli_account *account = &s->request.account;
    const struct vt_view pk = vt_view_of(s->key.file->pk, s->key.file->pk_len);
    uint32_t self = strcmp(s->key.file->scheme, account->stem) == 0
                        ? vt_cli_account_find(account, pk)
                        : UINT32_MAX;

    if (self == UINT32_MAX) {
        return vt_cli_fail(s->cli, VT_EXIT_BAD_INPUT, "foreign_key",
                           "this key is not one of the account's");
    }
    if (!account->is_group) {
        return s->cli->arg_count > 1
                   ? vt_cli_fail(s->cli, VT_EXIT_USAGE, "usage",
                                 "signatures of this account are listed: it "
                                 "takes no nonces")
                   : sign_listed(s);
    }
    return s->cli->arg_count > 1 ? second_round(s, self) : first_round(s);
}

static int tell(struct signing *s, const char *path)
{
    struct vt_json_maker m;

    if (!s->cli->json) {
        return VT_EXIT_OK;
    }
    vt_json_begin(&m);
    vt_json_put_hash(&m, "id", &s->request.tx.id);
    vt_json_put_text(&m, "file", path);
    return vt_cli_emit_made(s->cli, &m);
}

int vt_cmd_tx_sign(struct vt_cli *cli)
{
    const char *path = vt_cli_text(cli, "out");
    struct signing s = {.cli = cli};
    int code = vt_cli_request_read(cli, vt_cli_arg(cli, 0), &s.request);

    if (code == 0 && access(path, F_OK) == 0) {
        /* before a nonce is used up for nothing */
        code = vt_cli_fail(cli, VT_EXIT_BAD_INPUT, "bad_input",
                           "%s: exists already", path);
    }
    if (code == 0) {
        code = vt_cli_key_open(cli, vt_cli_text(cli, "key"), 0, &s.key);
    }
    if (code == 0) {
        code = sign_round(&s);
    }
    if (code == 0) {
        code = vt_cli_file_write(cli, path, &s.out);
    }
    if (code == 0) {
        code = tell(&s, path);
    }
    vt_cli_key_free(&s.key);
    vt_cli_request_free(&s.request);
    return code;
}
