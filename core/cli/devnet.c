/* SPDX-License-Identifier: Apache-2.0
 *
 * devnet.c - writes the folder of a development network.
 */
#include "cli/devnet.h"

#include "base/bech32.h"
#include "base/bytes.h"
#include "base/status.h"
#include "identity/certs.h"
#include "identity/keyfile.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define INI_MAX 65536u
#define PORT_FIRST 7101u
#define API_OFFSET 100u
#define PORT_STEP 20u
#define PORT_TRIES 100u
#define DAY_MS INT64_C(86400000)

static const struct {
    const char *name, *stem;
} account_rows[VT_DEVNET_ACCOUNTS] = {{"alice", "schnorr"},
                                      {"bob", "schnorr"},
                                      {"carol", "schnorr"},
                                      {"dave", "schnorr"},
                                      {"erin", "ed25519"}};

/* ---- files --------------------------------------------------------------- */

static vt_status make_dir(const char *dir, const char *name, struct vt_err *err)
{
    char path[PATH_MAX];

    (void)snprintf(path, sizeof path, "%.3500s/%.200s", dir, name);
    if (mkdir(path, 0700) != 0 && errno != EEXIST) {
        return vt_err_set(err, VT_E_IO, "%s: %s", path, strerror(errno));
    }
    return VT_OK;
}

vt_status vt_devnet_write(const char *path, const struct vt_buf *text,
                          struct vt_err *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    size_t at = 0;

    if (fd < 0) {
        return vt_err_set(err, VT_E_IO, "%s: %s", path, strerror(errno));
    }
    while (at < text->len) {
        ssize_t n = write(fd, text->data + at, text->len - at);

        if (n <= 0) {
            (void)vt_err_set(err, VT_E_IO, "%s: %s", path, strerror(errno));
            (void)close(fd);
            return VT_E_IO;
        }
        at += (size_t)n;
    }
    return close(fd) == 0
               ? VT_OK
               : vt_err_set(err, VT_E_IO, "%s: %s", path, strerror(errno));
}

static int exists(const char *path)
{
    return access(path, F_OK) == 0;
}

/* ---- keys and certificates ----------------------------------------------- */

static vt_status new_key(const struct vt_devnet_args *args, const char *path,
                         const char *stem, struct vt_err *err)
{
    const struct vt_module *module;
    struct vt_secret *seed = NULL;
    vt_status status =
        vt_registry_load(args->registry, stem, VT_KIND_SIGNATURE, &module, err);

    if (status == VT_OK) {
        status = vt_keyfile_new_seed(module->signature, &seed, err);
    }
    if (status == VT_OK) {
        struct vt_keyfile_args key = {.path = path,
                                      .stem = stem,
                                      .scheme = module->signature,
                                      .seed = vt_secret_view(seed)};

        status = vt_keyfile_write(&key, err);
    }
    vt_secret_free(seed);
    return status;
}

/* The key in path, made when there is none. */
static vt_status have_key(const struct vt_devnet_args *args, const char *path,
                          const char *stem, struct vt_keyfile **out,
                          struct vt_err *err)
{
    vt_status status = VT_OK;

    if (!exists(path)) {
        status = new_key(args, path, stem, err);
    }
    return status == VT_OK ? vt_keyfile_read(path, out, err) : status;
}

static vt_status make_accounts(const struct vt_devnet_args *args,
                               struct vt_devnet *net, struct vt_err *err)
{
    vt_status status = make_dir(net->dir, "keys", err);

    for (size_t i = 0; i < VT_DEVNET_ACCOUNTS && status == VT_OK; i++) {
        struct vt_devnet_account *a = &net->accounts[i];
        struct vt_keyfile *file = NULL;
        char path[PATH_MAX];

        (void)snprintf(a->name, sizeof a->name, "%s", account_rows[i].name);
        (void)snprintf(a->stem, sizeof a->stem, "%s", account_rows[i].stem);
        (void)snprintf(path, sizeof path, "%s/keys/%s.key", net->dir, a->name);
        status = have_key(args, path, a->stem, &file, err);
        if (status == VT_OK) {
            a->address = file->address;
        }
        vt_keyfile_free(file);
    }
    return status;
}

static vt_status make_ca(const struct vt_devnet *net, int64_t now_ms,
                         struct vt_ca **out, struct vt_err *err)
{
    struct vt_validity years = {now_ms - DAY_MS, now_ms + 3650 * DAY_MS};
    char cert[PATH_MAX];
    char key[PATH_MAX];
    vt_status status = make_dir(net->dir, "ca", err);

    (void)snprintf(cert, sizeof cert, "%s/ca/ca.crt", net->dir);
    (void)snprintf(key, sizeof key, "%s/ca/ca.key", net->dir);
    if (status != VT_OK || exists(cert)) {
        return status == VT_OK ? vt_ca_load(cert, key, out, err) : status;
    }
    status = vt_ca_new("vtchain-dev-ca", &years, out, err);
    return status == VT_OK ? vt_ca_save(*out, cert, key, err) : status;
}

static vt_status make_node_keys(const struct vt_devnet_args *args,
                                struct vt_devnet *net, uint32_t index,
                                const struct vt_ca *ca, struct vt_err *err)
{
    struct vt_devnet_node *node = &net->nodes[index];
    struct vt_validity years = {args->now_ms - DAY_MS,
                                args->now_ms + 3650 * DAY_MS};
    struct vt_keyfile *file = NULL;
    char path[PATH_MAX];
    char cert[PATH_MAX];
    vt_status status;

    (void)snprintf(node->name, sizeof node->name, "node%u", index + 1);
    status = make_dir(net->dir, node->name, err);
    if (status == VT_OK) {
        (void)snprintf(path, sizeof path, "%s/%s/node.key", net->dir,
                       node->name);
        status = have_key(args, path, "schnorr", &file, err);
    }
    if (status == VT_OK) {
        vt_hex_encode(file->pk, file->pk_len, node->scheme_pk);
    }
    vt_keyfile_free(file);
    (void)snprintf(path, sizeof path, "%s/%s/tls.key", net->dir, node->name);
    (void)snprintf(cert, sizeof cert, "%s/%s/node.crt", net->dir, node->name);
    if (status == VT_OK && !exists(cert)) {
        status = vt_ca_issue(ca, node->name, &years, cert, path, err);
    }
    return status;
}

/* ---- ports --------------------------------------------------------------- */

static int is_free(uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int one = 1;
    int ok;

    if (fd < 0) {
        return 0;
    }
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    ok = bind(fd, (const struct sockaddr *)&address, sizeof address) == 0;
    (void)close(fd);
    return ok;
}

static int all_free(uint32_t port, uint32_t nodes)
{
    for (uint32_t i = 0; i < nodes; i++) {
        if (!is_free((uint16_t)(port + i)) ||
            !is_free((uint16_t)(port + API_OFFSET + i))) {
            return 0;
        }
    }
    return 1;
}

static vt_status choose_ports(const struct vt_devnet_args *args,
                              struct vt_devnet *net, struct vt_err *err)
{
    uint32_t port = args->port == 0 ? PORT_FIRST : args->port;

    for (uint32_t i = 0;
         args->port == 0 && i < PORT_TRIES && !all_free(port, net->node_count);
         i++) {
        port += PORT_STEP;
        port += port % API_OFFSET < PORT_STEP ? API_OFFSET : 0;
    }
    if (!all_free(port, net->node_count)) {
        return vt_err_set(err, VT_E_IO,
                          "ports %u.. and %u.. on 127.0.0.1 are in use: stop "
                          "what uses them or choose others with --port",
                          port, port + API_OFFSET);
    }
    for (uint32_t i = 0; i < net->node_count; i++) {
        struct vt_devnet_node *node = &net->nodes[i];

        node->port = (uint16_t)(port + i);
        node->api_port = (uint16_t)(port + API_OFFSET + i);
        (void)snprintf(node->api, sizeof node->api, "127.0.0.1:%u",
                       node->api_port);
    }
    return VT_OK;
}

/* ---- INI files ----------------------------------------------------------- */

static vt_status write_node_ini(const struct vt_devnet *net, uint32_t index,
                                struct vt_err *err)
{
    static const char *const drop[] = {"peers", "chains", NULL};
    const struct vt_devnet_node *node = &net->nodes[index];
    char listen[64];
    struct vt_devnet_change changes[] = {
        {"node", "name", node->name, 0},
        {"network", "listen", listen, 0},
        {"api", "listen", node->api, 0},
        {"plugins", "path", net->plugins, 0},
    };
    struct vt_buf text = VT_BUF_INIT(INI_MAX);
    char path[PATH_MAX];
    vt_status status;

    (void)snprintf(listen, sizeof listen, "127.0.0.1:%u", node->port);
    status = vt_devnet_ini(vt_template_node, changes,
                           sizeof changes / sizeof changes[0], drop, &text);
    (void)vt_buf_printf(&text, "\n[peers]\n");
    for (uint32_t i = 0; i < net->node_count; i++) {
        if (i != index) {
            (void)vt_buf_printf(&text, "%s = 127.0.0.1:%u\n",
                                net->nodes[i].name, net->nodes[i].port);
        }
    }
    (void)vt_buf_printf(&text, "\n[chains]\n");
    for (uint32_t i = 0; i < net->chain_count; i++) {
        (void)vt_buf_printf(&text, "%s = ../chains/%s.ini\n",
                            net->chains[i].name, net->chains[i].name);
    }
    (void)snprintf(path, sizeof path, "%s/%s/node.ini", net->dir, node->name);
    if (status == VT_OK) {
        status = vt_devnet_write(path, &text, err);
    }
    vt_buf_fini(&text);
    return status;
}

static vt_status write_inis(const struct vt_devnet_args *args,
                            const struct vt_devnet *net, struct vt_err *err)
{
    vt_status status = make_dir(net->dir, "chains", err);

    if (status == VT_OK) {
        status = vt_devnet_write_chains(net, args->now_ms, err);
    }
    for (uint32_t i = 0; i < net->node_count && status == VT_OK; i++) {
        status = write_node_ini(net, i, err);
    }
    return status;
}

vt_status vt_devnet_make(const struct vt_devnet_args *args,
                         struct vt_devnet *net, struct vt_err *err)
{
    struct vt_ca *ca = NULL;
    vt_status status;

    memset(net, 0, sizeof *net);
    if (strlen(args->dir) >= sizeof net->dir) {
        return vt_err_set(err, VT_E_LIMIT, "%s: the path is too long",
                          args->dir);
    }
    (void)snprintf(net->dir, sizeof net->dir, "%s", args->dir);
    (void)snprintf(net->plugins, sizeof net->plugins, "%s", args->plugins);
    net->node_count = args->nodes;
    status = vt_devnet_list_chains(net, args->chains, err);
    if (status == VT_OK && args->rows != NULL) {
        status = vt_devnet_read_rows(net, args->rows, err);
    }
    if (status == VT_OK) {
        status = make_accounts(args, net, err);
    }
    if (status == VT_OK) {
        status = make_ca(net, args->now_ms, &ca, err);
    }
    for (uint32_t i = 0; i < net->node_count && status == VT_OK; i++) {
        status = make_node_keys(args, net, i, ca, err);
    }
    vt_ca_free(ca);
    if (status == VT_OK) {
        status = choose_ports(args, net, err);
    }
    return status == VT_OK ? write_inis(args, net, err) : status;
}
