/* SPDX-License-Identifier: Apache-2.0
 *
 * node.c - order of making: configuration, key, plugins, loop, links, API,
 * chains; order of unmaking: API and links first, so that nobody asks for what
 * is going, then the chains, then their stores.
 */
#include "node/node.h"

#include "api/api.h"
#include "base/alloc.h"
#include "base/log.h"
#include "base/status.h"
#include "identity/keyfile.h"
#include "identity/password.h"
#include "node/anchors.h"
#include "node/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define POOL_JOBS_MAX 65536u
#define PATH_LEN 4096u

struct node {
    struct vt_node_run run;
    struct vt_node_config *config;
    struct vt_registry *registry;
    struct vt_secret *secret;
    struct vt_keyfile *keyfile;
    struct vt_node_key key;
    int has_key;
    int lock_fd;
    struct vt_pool *pool;
    struct vt_loop *loop;
    struct vt_links *links;
    struct vt_api *api;
    struct vt_unit *units[VT_CHAINS_MAX];
    size_t unit_count;
};

/* ---- what the node stands on --------------------------------------------- */

/* Two processes on one folder would each undo what the other stored. */
static vt_status lock_data(struct node *n, struct vt_err *err)
{
    const char *dir = n->config->data_dir;
    char path[PATH_LEN];

    if (mkdir(dir, 0700) != 0 && errno != EEXIST) {
        return vt_err_set(err, VT_E_IO, "[node] data: %s: %s", dir,
                          strerror(errno));
    }
    (void)snprintf(path, sizeof path, "%.4000s/lock", dir);
    n->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (n->lock_fd < 0) {
        return vt_err_set(err, VT_E_IO, "%s: %s", path, strerror(errno));
    }
    if (flock(n->lock_fd, LOCK_EX | LOCK_NB) != 0) {
        return vt_err_set(err, VT_E_STATE,
                          "%s is used by another node: stop it or give this "
                          "one a [node] data folder of its own",
                          dir);
    }
    return VT_OK;
}

static vt_status make_registry(struct node *n, struct vt_err *err)
{
    char cache[PATH_LEN];
    struct vt_registry_policy policy = {.path = n->config->plugin_path,
                                        .cache_dir = cache,
                                        .signature =
                                            n->config->plugin_signature,
                                        .validate = n->config->plugin_validate};

    if (policy.path[0] == '\0') {
        policy.path = n->run.plugin_path;
    }
    (void)snprintf(cache, sizeof cache, "%.4000s/plugins", n->config->data_dir);
    if (n->config->plugin_cache == 0) {
        policy.cache_dir = NULL;
    } else if (mkdir(cache, 0700) != 0 && errno != EEXIST) {
        return vt_err_set(err, VT_E_IO, "%s: %s", cache, strerror(errno));
    }
    return vt_registry_new(&policy, &n->registry, err);
}

static vt_status read_password(const struct node *n, struct vt_secret **out,
                               struct vt_err *err)
{
    struct vt_password_args args = {.file = n->config->key_password_file,
                                    .prompt = "Password of the node's key"};

    return vt_password_read(&args, out, err);
}

static vt_status unlock_key(struct node *n, const struct vt_module *module,
                            struct vt_err *err)
{
    struct vt_secret *password = NULL;
    struct vt_view text = {NULL, 0};
    vt_status status = VT_OK;

    if (!n->keyfile->is_plain) {
        status = read_password(n, &password, err);
        if (status == VT_OK) {
            text = vt_secret_view(password);
        }
    }
    if (status == VT_OK) {
        status = vt_keyfile_unlock(n->keyfile, text, module->signature,
                                   &n->secret, err);
    }
    vt_secret_free(password);
    return status;
}

/* Without a key file the node observes. */
static vt_status open_key(struct node *n, struct vt_err *err)
{
    const struct vt_module *module = NULL;
    vt_status status = vt_keyfile_read(n->config->key_file, &n->keyfile, err);

    if (status == VT_E_NOTFOUND) {
        vt_log("node", VT_LOG_WARN,
               "no key file %s: this node observes and never votes",
               n->config->key_file);
        return VT_OK;
    }
    if (status == VT_OK) {
        status = vt_registry_load(n->registry, n->keyfile->scheme,
                                  VT_KIND_SIGNATURE, &module, err);
    }
    if (status == VT_OK) {
        status = unlock_key(n, module, err);
    }
    if (status == VT_OK) {
        (void)snprintf(n->key.scheme, sizeof n->key.scheme, "%s",
                       n->keyfile->scheme);
        n->key.sk = vt_secret_view(n->secret).ptr;
        n->key.pk.ptr = n->keyfile->pk;
        n->key.pk.len = n->keyfile->pk_len;
        n->has_key = 1;
    }
    return status;
}

/* ---- the parts ----------------------------------------------------------- */

static void on_chain_event(void *ctx, const struct vt_chain_event *event)
{
    const struct node *n = ctx;

    vt_anchors_event(n->units, n->unit_count, event);
    if (n->api != NULL) {
        vt_api_on_event(n->api, event);
    }
}

static vt_status make_network(struct node *n, struct vt_err *err)
{
    struct vt_links_args links = {.loop = NULL, .config = n->config};
    struct vt_api_args api = {.config = n->config};
    vt_status status = vt_loop_new(&n->loop, err);

    links.loop = n->loop;
    if (status == VT_OK &&
        (n->config->listen[0] != '\0' || n->config->peer_count > 0)) {
        status = vt_links_new(&links, &n->links, err);
    }
    api.loop = n->loop;
    api.links = n->links;
    if (status == VT_OK && n->config->api_listen[0] != '\0') {
        status = vt_api_new(&api, &n->api, err);
    }
    return status;
}

static vt_status make_unit(struct node *n, const struct vt_chain_entry *entry,
                           struct vt_err *err)
{
    struct vt_unit_args args = {.name = entry->name,
                                .config_path = entry->path,
                                .data_dir = n->config->data_dir,
                                .host_name = n->run.host_name,
                                .registry = n->registry,
                                .key = n->has_key ? &n->key : NULL,
                                .pool = n->pool,
                                .miners = n->config->miners,
                                .links = n->links,
                                .on_event = on_chain_event,
                                .ctx = n};
    struct vt_unit *unit;
    vt_status status = vt_unit_new(&args, &unit, err);

    if (status != VT_OK) {
        return status;
    }
    n->units[n->unit_count++] = unit;
    return n->api == NULL
               ? VT_OK
               : vt_api_add_chain(n->api, entry->name, vt_unit_runner(unit),
                                  vt_unit_chain(unit));
}

static vt_status make_units(struct node *n, struct vt_err *err)
{
    vt_status status = VT_OK;

    n->pool = vt_pool_new(n->config->workers, POOL_JOBS_MAX);
    if (n->pool == NULL) {
        return vt_err_set(err, VT_E_NOMEM, "no memory for worker threads");
    }
    for (size_t i = 0; i < n->config->chain_count && status == VT_OK; i++) {
        status = make_unit(n, &n->config->chains[i], err);
    }
    return status;
}

static vt_status make(struct node *n, struct vt_err *err)
{
    vt_status status = vt_node_config_load(n->run.config_path, &n->config, err);

    if (status == VT_OK) {
        status = vt_log_set_levels(n->config->log_level, err);
    }
    if (status == VT_OK) {
        status = lock_data(n, err);
    }
    if (status == VT_OK) {
        status = make_registry(n, err);
    }
    if (status == VT_OK) {
        status = open_key(n, err);
    }
    if (status == VT_OK) {
        status = make_network(n, err);
    }
    return status == VT_OK ? make_units(n, err) : status;
}

/* ---- running ------------------------------------------------------------- */

static void on_signal(void *arg)
{
    struct node *n = arg;

    vt_log("node", VT_LOG_INFO, "stopping");
    if (n->api != NULL) {
        vt_api_stop(n->api);
    }
    if (n->links != NULL) {
        vt_links_stop(n->links);
    }
    vt_loop_stop(n->loop);
}

static vt_status start(struct node *n, struct vt_err *err)
{
    vt_status status = vt_loop_on_signal(n->loop, SIGTERM, on_signal, n);

    if (status == VT_OK) {
        status = vt_loop_on_signal(n->loop, SIGINT, on_signal, n);
    }
    /* children first: a parent that runs already would be ahead of what is
     * read of it */
    for (int is_child = 1; is_child >= 0; is_child--) {
        for (size_t i = 0; i < n->unit_count && status == VT_OK; i++) {
            struct vt_unit *unit = n->units[i];

            if ((vt_unit_parent(unit)[0] != '\0') != is_child) {
                continue;
            }
            status = vt_unit_start(unit, err);
            if (status == VT_OK) {
                vt_anchors_replay(n->units, n->unit_count, unit);
            }
        }
    }
    if (status == VT_OK && n->links != NULL) {
        status = vt_links_start(n->links, err);
    }
    if (status == VT_OK && n->api != NULL) {
        status = vt_api_start(n->api, err);
    }
    return status;
}

static void unmake(struct node *n)
{
    for (size_t i = n->unit_count; i-- > 0;) {
        vt_unit_stop(n->units[i]);
    }
    vt_api_free(n->api);
    vt_links_free(n->links);
    vt_pool_free(n->pool);
    for (size_t i = n->unit_count; i-- > 0;) {
        vt_unit_free(n->units[i]);
    }
    vt_loop_free(n->loop);
    vt_secret_free(n->secret);
    vt_keyfile_free(n->keyfile);
    vt_registry_free(n->registry);
    if (n->lock_fd >= 0) {
        (void)close(n->lock_fd);
    }
    vt_node_config_free(n->config);
}

vt_status vt_node_main(const struct vt_node_run *run, struct vt_err *err)
{
    struct node n = {.run = *run, .lock_fd = -1};
    vt_status status;

    vt_log_set_clock(vt_clock_wall_ms);
    status = make(&n, err);
    if (status == VT_OK && !run->check_only) {
        status = start(&n, err);
        if (status == VT_OK) {
            vt_log("node", VT_LOG_INFO,
                   "%s runs %zu chains, others reach it at %s, clients at %s",
                   n.config->name, n.unit_count,
                   n.config->listen[0] == '\0' ? "no address"
                                               : n.config->listen,
                   n.config->api_listen[0] == '\0' ? "no address"
                                                   : n.config->api_listen);
            vt_loop_run(n.loop);
        } else {
            on_signal(&n);
        }
    }
    unmake(&n);
    if (status == VT_OK && !run->check_only) {
        vt_log("node", VT_LOG_INFO, "stopped");
    }
    return status;
}
