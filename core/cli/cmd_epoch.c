/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_epoch.c - what decides a chain's blocks, now and later, and who broke its
 * rules: chain switch, chain requirements, chain evidence.
 */
#include "base/bytes.h"
#include "cli/commands.h"
#include "cli/table.h"
#include "cli/tx.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- chain requirements -------------------------------------------------- */

int vt_cmd_chain_requirements(struct vt_cli *cli)
{
    static const struct vt_column columns[] = {
        {"EPOCH", "epoch", 1},
        {"FROM HEIGHT", "start_height", 1},
        {"ENGINE", "engine", 0},
        {"PROTOCOL", "protocol", 1},
        {"VERSION HERE", "version", 0}};
    struct vt_json_maker m;

    cli->chain = vt_cli_arg(cli, 0);
    vt_cli_chain_params(cli, &m);
    return vt_cli_show_list(cli, "chain.epochs", &m, columns,
                            sizeof columns / sizeof columns[0], "no epochs");
}

/* ---- chain evidence ------------------------------------------------------ */

int vt_cmd_chain_evidence(struct vt_cli *cli)
{
    static const struct vt_column columns[] = {
        {"EPOCH", "epoch", 1},   {"ENGINE", "engine", 0},
        {"MEMBER", "member", 1}, {"NAME", "name", 0},
        {"KIND", "kind", 1},     {"VERIFIED", "verified", 0},
        {"TIMES", "count", 1}};
    struct vt_json_maker m;

    cli->chain = vt_cli_arg(cli, 0);
    vt_cli_chain_params(cli, &m);
    return vt_cli_show_list(cli, "chain.evidence", &m, columns,
                            sizeof columns / sizeof columns[0],
                            "nobody was caught lying");
}

/* ---- chain switch -------------------------------------------------------- */

/* "+100" counts from the newest final block. */
static int read_height(struct vt_cli *cli, uint64_t *out)
{
    const char *at = vt_cli_text(cli, "at");
    const char *digits = at + (at[0] == '+');
    struct vt_json_maker m;
    struct vt_json *status = NULL;
    int code = 0;

    if (digits[0] == '\0' || strlen(digits) > 15 ||
        strspn(digits, "0123456789") != strlen(digits)) {
        return vt_cli_fail(cli, VT_EXIT_BAD_INPUT, "bad_input",
                           "--at '%.40s': give a height, or +N from now on",
                           at);
    }
    *out = strtoull(digits, NULL, 10);
    if (at[0] == '+') {
        vt_cli_chain_params(cli, &m);
        code = vt_cli_call(cli, "chain.status", &m, 0, &status);
        *out += vt_json_u64_or(status, "final_height", 0);
        vt_json_free(status);
    }
    return code;
}

/* "name = key[, weight]" lines of --members. */
static int add_member(struct vt_cli *cli, const char *line, size_t len,
                      struct vt_tx_switch *p, struct vt_buf *members)
{
    const char *eq = memchr(line, '=', len);
    const char *comma = memchr(line, ',', len);
    const char *end = comma == NULL ? line + len : comma;
    struct vt_switch_member m = {.weight = 1};
    uint8_t pk[VT_TX_PK_MAX];
    const char *key;
    size_t name_len;

    if (eq != NULL && eq < end) {
        name_len = (size_t)(eq - line);
        while (name_len > 0 && line[name_len - 1] == ' ') {
            name_len--;
        }
        for (key = eq + 1; key < end && *key == ' '; key++) {
        }
        while (end > key && end[-1] == ' ') {
            end--;
        }
        m.name = vt_view_of((const uint8_t *)line, name_len);
        m.pk = vt_view_of(pk, (size_t)(end - key) / 2);
        if (comma != NULL) {
            m.weight = strtoull(comma + 1, NULL, 10);
        }
        if (m.pk.len > 0 && m.pk.len <= sizeof pk &&
            vt_hex_decode(key, (size_t)(end - key), pk, m.pk.len) == 0) {
            p->member_count++;
            return vt_switch_member_encode(&m, members) == VT_OK
                       ? 0
                       : vt_cli_no_memory(cli);
        }
    }
    return vt_cli_fail(cli, VT_EXIT_BAD_INPUT, "bad_input",
                       "--members: '%.*s' is not `name = public key in "
                       "hexadecimal[, weight]`",
                       (int)(len < 60 ? len : 60), line);
}

static int read_members(struct vt_cli *cli, struct vt_tx_switch *p,
                        struct vt_buf *members)
{
    const char *at = vt_cli_text(cli, "members");
    int code = 0;

    while (*at != '\0' && code == 0) {
        size_t len = strcspn(at, "\n;");

        if (len > strspn(at, " ")) {
            at += strspn(at, " ");
            len = strcspn(at, "\n;");
            code = add_member(cli, at, len, p, members);
        }
        at += len + (at[len] != '\0');
    }
    return code;
}

/* Rows are typed with "; " between them, as in an INI with line breaks. */
static void read_rows(const char *typed, struct vt_buf *out)
{
    while (*typed != '\0') {
        size_t len = strcspn(typed, ";\n");

        typed += strspn(typed, " ");
        len = strcspn(typed, ";\n");
        if (len > 0) {
            (void)vt_buf_put(out, typed, len);
            (void)vt_buf_put_u8(out, '\n');
        }
        typed += len + (typed[len] != '\0');
    }
}

static int make_switch(struct vt_cli *cli, struct vt_buf *payload)
{
    struct vt_buf members = VT_BUF_INIT(VT_TX_MAX);
    struct vt_buf rows = VT_BUF_INIT(VT_SWITCH_OPTIONS_MAX);
    struct vt_tx_switch p = {.engine = vt_view_str(vt_cli_text(cli, "to"))};
    int code = read_height(cli, &p.at);

    if (code == 0) {
        code = read_members(cli, &p, &members);
    }
    if (code == 0 && p.engine.len == 0 && p.member_count == 0) {
        code = vt_cli_fail(cli, VT_EXIT_BAD_INPUT, "bad_input",
                           "nothing would change: give --to, --members or "
                           "both");
    }
    read_rows(vt_cli_text(cli, "options"), &rows);
    p.options = vt_buf_view(&rows);
    p.members = vt_buf_view(&members);
    if (code == 0 && vt_tx_switch_encode(&p, payload) != VT_OK) {
        code = vt_cli_no_memory(cli);
    }
    if (code == 0 && vt_tx_switch_decode(vt_buf_view(payload), &p) != VT_OK) {
        code = vt_cli_fail(cli, VT_EXIT_BAD_INPUT, "bad_input",
                           "--to, --options or --members is not well-formed: "
                           "a stem, `name = value` rows, names without blanks");
    }
    vt_buf_fini(&members);
    vt_buf_fini(&rows);
    return code;
}

int vt_cmd_chain_switch(struct vt_cli *cli)
{
    struct vt_buf payload = VT_BUF_INIT(VT_TX_MAX);
    int code;

    cli->chain = vt_cli_arg(cli, 0);
    code = make_switch(cli, &payload);

    if (code == 0) {
        code = vt_cli_tx_send(cli, VT_TX_SWITCH, vt_buf_view(&payload));
    }
    vt_buf_fini(&payload);
    return code;
}
