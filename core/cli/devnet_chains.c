/* SPDX-License-Identifier: Apache-2.0
 *
 * devnet_chains.c - which chains a development network has, and their INIs: the
 * three of configs/, those asked for, and those an earlier run left.
 */
#include "cli/devnet.h"

#include "base/bech32.h"
#include "base/bytes.h"
#include "base/status.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define INI_MAX 65536u

/* Who has what at the start; amounts of the token add up to the supply. */
struct funds {
    uint32_t account;
    const char *amount;
};

struct example {
    const char *name; /* of the chain, and of its engine where it is one's */
    const char *text;
    struct funds funds[8];
};

static const struct example examples[] = {
    {"main",
     vt_template_main,
     {{0, "400000000 BVC"},
      {1, "300000000 BVC"},
      {2, "200000000 BVC"},
      {3, "100000000 BVC"}}},
    {"trade",
     vt_template_trade,
     {{0, "2000000 TRD"},
      {1, "2000000 TRD"},
      {4, "1000000 TRD"},
      {0, "1000 TGAS"},
      {1, "1000 TGAS"},
      {4, "1000 TGAS"}}},
    {"scratch", vt_template_scratch, {{0, "500000 SCR"}, {1, "500000 SCR"}}},
    {"raft", vt_template_raft, {{0, "500000 RFT"}, {1, "500000 RFT"}}},
    {"dpos", vt_template_dpos, {{0, "500000 DPT"}, {1, "500000 DPT"}}},
    {"pow", vt_template_pow, {{0, "500000 PWT"}, {1, "500000 PWT"}}},
    {"pos", vt_template_pos, {{0, "500000 PST"}, {1, "500000 PST"}}},
};
#define BASE_COUNT 3u

/* An engine without an example of its own gets the scratch chain's. */
static const struct example *example_for(const struct vt_devnet_chain *chain)
{
    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++) {
        const char *wanted =
            chain->engine[0] == '\0' ? chain->name : chain->engine;

        if (strcmp(examples[i].name, wanted) == 0) {
            return &examples[i];
        }
    }
    return &examples[BASE_COUNT - 1];
}

/* ---- the list ------------------------------------------------------------ */

static int has_chain(const struct vt_devnet *net, const char *name)
{
    for (uint32_t i = 0; i < net->chain_count; i++) {
        if (strcmp(net->chains[i].name, name) == 0) {
            return 1;
        }
    }
    return 0;
}

static vt_status add_chain(struct vt_devnet *net, struct vt_view name,
                           struct vt_view engine, struct vt_err *err)
{
    struct vt_devnet_chain chain = {.name = ""};

    if (name.len == 0 || name.len >= sizeof chain.name ||
        engine.len >= sizeof chain.engine ||
        net->chain_count == VT_DEVNET_CHAINS_MAX) {
        return vt_err_set(err, VT_E_INVALID,
                          "--chain: NAME=ENGINE, names of 1 to 32 characters, "
                          "%u chains at most",
                          VT_DEVNET_CHAINS_MAX);
    }
    memcpy(chain.name, name.ptr, name.len);
    if (engine.len > 0) {
        memcpy(chain.engine, engine.ptr, engine.len);
    }
    if (!has_chain(net, chain.name)) {
        net->chains[net->chain_count++] = chain;
    }
    return VT_OK;
}

/* "fast=raft, coin=pow" */
static vt_status add_asked(struct vt_devnet *net, const char *list,
                           struct vt_err *err)
{
    vt_status status = VT_OK;

    while (*list != '\0' && status == VT_OK) {
        size_t name = strcspn(list, "=, ");
        const char *engine = list + name + (list[name] == '=');
        size_t len = strcspn(engine, ", ");

        if (list[name] != '=' || len == 0) {
            return vt_err_set(err, VT_E_INVALID,
                              "--chain '%.60s': give NAME=ENGINE", list);
        }
        status = add_chain(net, vt_view_of((const uint8_t *)list, name),
                           vt_view_of((const uint8_t *)engine, len), err);
        list = engine + len + strspn(engine + len, ", ");
    }
    return status;
}

static void add_left(struct vt_devnet *net)
{
    static const struct vt_view none = {NULL, 0};
    struct vt_err err = VT_ERR_INIT;
    char path[PATH_MAX];
    const struct dirent *entry;
    DIR *dir;

    (void)snprintf(path, sizeof path, "%s/chains", net->dir);
    dir = opendir(path);
    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        size_t len = strlen(entry->d_name);

        if (len > 4 && strcmp(entry->d_name + len - 4, ".ini") == 0) {
            (void)add_chain(net,
                            vt_view_of((const uint8_t *)entry->d_name, len - 4),
                            none, &err);
        }
    }
    if (dir != NULL) {
        (void)closedir(dir);
    }
}

vt_status vt_devnet_list_chains(struct vt_devnet *net, const char *asked,
                                struct vt_err *err)
{
    static const struct vt_view none = {NULL, 0};
    vt_status status = VT_OK;

    for (size_t i = 0; i < BASE_COUNT && status == VT_OK; i++) {
        status = add_chain(net, vt_view_str(examples[i].name), none, err);
    }
    if (status == VT_OK) {
        status = add_asked(net, asked, err);
    }
    add_left(net);
    return status;
}

/* ---- the files ----------------------------------------------------------- */

static void put_genesis(const struct vt_devnet *net,
                        const struct example *example, const char *hrp,
                        struct vt_buf *text)
{
    char address[VT_BECH32_TEXT_MAX];

    (void)vt_address_format(hrp, &net->accounts[0].address, address);
    (void)vt_buf_printf(text, "\n[governors]\nalice = %s\n\n[genesis]\n",
                        address);
    for (size_t i = 0; example->funds[i].amount != NULL; i++) {
        const struct funds *f = &example->funds[i];

        (void)vt_address_format(hrp, &net->accounts[f->account].address,
                                address);
        (void)vt_buf_printf(text, "%s = %s\n", address, f->amount);
    }
}

static size_t add_rows(const struct vt_devnet *net,
                       struct vt_devnet_change *changes)
{
    for (uint32_t i = 0; i < net->row_count; i++) {
        const struct vt_devnet_row *row = &net->rows[i];

        changes[i] =
            (struct vt_devnet_change){row->section, row->key, row->value, 0};
    }
    return net->row_count;
}

/* What the example leaves to its default. */
static void put_unused(const struct vt_devnet_change *changes, size_t count,
                       struct vt_buf *text)
{
    for (size_t i = 0; i < count; i++) {
        if (!changes[i].used) {
            (void)vt_buf_printf(text, "\n[%s]\n%s = %s\n", changes[i].section,
                                changes[i].key, changes[i].value);
        }
    }
}

static vt_status write_chain(const struct vt_devnet *net, uint32_t index,
                             int64_t now_ms, struct vt_err *err)
{
    static const char *const drop[] = {"validators", "governors", "genesis",
                                       NULL};
    const struct vt_devnet_chain *chain = &net->chains[index];
    const struct example *example = example_for(chain);
    char now[32];
    struct vt_devnet_change changes[3 + VT_DEVNET_ROWS_MAX] = {
        {"chain", "genesis_time", now, 0},
        {"chain", "name", chain->name, 0},
        {"chain", "consensus", chain->engine, 0},
    };
    size_t count = 1;
    struct vt_buf text = VT_BUF_INIT(INI_MAX);
    char path[PATH_MAX];
    vt_status status;

    (void)snprintf(path, sizeof path, "%s/chains/%s.ini", net->dir,
                   chain->name);
    if (access(path, F_OK) == 0) {
        return VT_OK; /* the chain was made with it */
    }
    (void)snprintf(now, sizeof now, "%lld", (long long)now_ms);
    if (chain->engine[0] != '\0') {
        count = 3 + add_rows(net, changes + 3);
    }
    status = vt_devnet_ini(example->text, changes, count, drop, &text);
    put_unused(changes, count, &text);
    (void)vt_buf_printf(&text, "\n[validators]\n");
    for (uint32_t i = 0; i < net->node_count; i++) {
        (void)vt_buf_printf(&text, "%s = %s\n", net->nodes[i].name,
                            net->nodes[i].scheme_pk);
    }
    put_genesis(net, example, index == 0 ? "vt" : "vs", &text);
    if (status == VT_OK) {
        status = vt_devnet_write(path, &text, err);
    }
    vt_buf_fini(&text);
    return status;
}

vt_status vt_devnet_write_chains(const struct vt_devnet *net, int64_t now_ms,
                                 struct vt_err *err)
{
    vt_status status = VT_OK;

    for (uint32_t i = 0; i < net->chain_count && status == VT_OK; i++) {
        status = write_chain(net, i, now_ms, err);
    }
    return status;
}
