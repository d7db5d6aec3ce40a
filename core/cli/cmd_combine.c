/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_combine.c - one transaction of what its signers wrote. Each part is
 * checked by itself, so that the one that does not fit has a name.
 */
#include "base/bytes.h"
#include "cli/commands.h"
#include "cli/multisig.h"
#include "cli/tx.h"

#include <string.h>

/* What came, and what is made of it. */
struct combining {
    struct vt_cli *cli;
    struct vt_cli_request request;
    struct vt_cli_part parts[VT_LISTED_KEYS_MAX];
    size_t count;
    struct vt_buf sig;
};

static int bad_part(struct combining *c, size_t i)
{
    return vt_cli_fail(c->cli, VT_EXIT_BAD_INPUT, "bad_signature",
                       "%s: does not sign this transaction",
                       vt_cli_arg(c->cli, i + 1));
}

static int too_few(struct combining *c)
{
    return vt_cli_fail(c->cli, VT_EXIT_BAD_INPUT, "too_few",
                       "%u of %u keys must sign, these are %zu",
                       c->request.account.need, c->request.account.count,
                       c->count);
}

/* ---- k of n -------------------------------------------------------------- */

static int combine_listed(struct combining *c)
{
    const struct vt_cli_account *account = &c->request.account;
    struct vt_listed_sigs sigs = {{{NULL, 0}}};
    struct vt_listed who;

    if (c->count < account->need) {
        return too_few(c);
    }
    for (size_t i = 0; i < c->count; i++) {
        const struct vt_view sig =
            vt_view_of(c->parts[i].bytes, c->parts[i].len);
        const uint32_t index = c->parts[i].index;
        uint32_t verdict = VT_BAD;

        (void)account->scheme->verify(vt_cli_account_key(account, index),
                                      c->request.tx.id.b, sig, &verdict);
        if (verdict != VT_GOOD) {
            return bad_part(c, i);
        }
        if (i < account->need) { /* exactly so many go in */
            sigs.sig[index] = sig;
        }
    }
    return vt_listed_decode(c->request.tx.pk, &who) &&
                   vt_listed_sigs_encode(&who, &sigs, &c->sig) == VT_OK
               ? 0
               : vt_cli_no_memory(c->cli);
}

/* ---- all as one ---------------------------------------------------------- */

static int check_part(struct combining *c, const struct vt_sig_group *group,
                      size_t i)
{
    const struct vt_cli_part *part = &c->parts[i];
    uint32_t verdict = VT_BAD;

    if (!vt_view_eq(vt_view_of(part->all, part->all_len), group->nonce)) {
        return vt_cli_fail(c->cli, VT_EXIT_BAD_INPUT, "other_nonces",
                           "%s: was signed with other nonces than %s",
                           vt_cli_arg(c->cli, i + 1), vt_cli_arg(c->cli, 1));
    }
    (void)c->request.account.scheme->group_check(
        group, part->index, vt_view_of(part->nonce, part->nonce_len),
        vt_view_of(part->bytes, part->len), &verdict);
    return verdict == VT_GOOD ? 0 : bad_part(c, i);
}

static int finish_group(struct combining *c, const struct vt_sig_group *group,
                        struct vt_tab parts)
{
    const struct vt_cli_account *account = &c->request.account;
    uint8_t *room = vt_buf_grow(&c->sig, account->scheme->sig_max);
    uint32_t verdict = VT_BAD;
    uint32_t blame;

    if (room == NULL) {
        return vt_cli_no_memory(c->cli);
    }
    if (account->scheme->group_finish(group, parts, room, &blame) == VT_OK) {
        (void)account->scheme->verify(vt_view_of(account->pk, account->pk_len),
                                      group->msg, vt_buf_view(&c->sig),
                                      &verdict);
    }
    return verdict == VT_GOOD
               ? 0
               : vt_cli_fail(c->cli, VT_EXIT_BAD_INPUT, "bad_signature",
                             "these parts make no signature");
}

static int combine_group(struct combining *c)
{
    const struct vt_cli_account *account = &c->request.account;
    struct vt_view keys[VT_LISTED_KEYS_MAX], parts[VT_LISTED_KEYS_MAX];
    struct vt_sig_group group = {
        .keys = {keys, account->count, sizeof keys[0]},
        .msg = c->request.tx.id.b,
        .nonce = vt_view_of(c->parts[0].all, c->parts[0].all_len)};

    if (c->count < account->count) {
        return too_few(c);
    }
    for (uint32_t i = 0; i < account->count; i++) {
        keys[i] = vt_cli_account_key(account, i);
        parts[i] = vt_view_of(c->parts[i].bytes, c->parts[i].len);
    }
    for (size_t i = 0; i < c->count; i++) {
        int code = check_part(c, &group, i);

        if (code != 0) {
            return code;
        }
    }
    return finish_group(
        c, &group, (struct vt_tab){parts, account->count, sizeof parts[0]});
}

/* ---- the command --------------------------------------------------------- */

static int read_parts(struct combining *c)
{
    const struct vt_cli_account *account = &c->request.account;

    c->count = c->cli->arg_count - 1;
    if (c->count > account->count) {
        return vt_cli_fail(c->cli, VT_EXIT_BAD_INPUT, "bad_input",
                           "the account has %u keys, these are %zu files",
                           account->count, c->count);
    }
    return vt_cli_parts_read(c->cli, &c->request,
                             account->is_group ? "part" : "signature",
                             c->cli->args + 1, c->parts, c->count);
}

int vt_cmd_tx_combine(struct vt_cli *cli)
{
    struct combining c = {.cli = cli, .sig = VT_BUF_INIT(VT_LISTED_SIG_MAX)};
    int code = vt_cli_request_read(cli, vt_cli_arg(cli, 0), &c.request);

    if (code == 0) {
        code = read_parts(&c);
    }
    if (code == 0) {
        code =
            c.request.account.is_group ? combine_group(&c) : combine_listed(&c);
    }
    if (code == 0 &&
        vt_tx_append_sig(&c.request.bytes, vt_buf_view(&c.sig)) != VT_OK) {
        code = vt_cli_no_memory(cli);
    }
    if (code == 0) {
        code = vt_cli_tx_print(cli, vt_buf_view(&c.request.bytes));
    }
    vt_buf_fini(&c.sig);
    vt_cli_request_free(&c.request);
    return code;
}
