/* SPDX-License-Identifier: Apache-2.0
 *
 * unit.c - from a chain's INI to a running chain.
 */
#include "node/unit.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/log.h"
#include "base/status.h"
#include "chain/setup.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define STORES_MAX (VT_LEDGER_COUNT + 1u)
#define PATH_LEN 4096u

/* The log is what the chain is; the state can be made again from it. */
enum store_role { STORE_LOG, STORE_STATE };

/* A store this chain opened; ledgers with the same plugin share one. */
struct open_store {
    const struct vt_module *module;
    struct vt_options *options;
    const struct vt_host *host;
    struct vt_store store;
    char dir[PATH_LEN];
};

struct vt_unit {
    struct vt_unit_args args;
    char dir[PATH_LEN];
    struct vt_setup *setup;
    struct vt_signer signer;
    struct open_store stores[STORES_MAX];
    size_t store_count;
    struct vt_runner *runner;
    struct vt_chain *chain;
    int is_started;
};

/* ---- plugins ------------------------------------------------------------- */

static uint64_t mono_ns(void *ctx)
{
    (void)ctx;
    return vt_clock_mono_ns();
}

static int64_t wall_ms(void *ctx)
{
    (void)ctx;
    return vt_clock_wall_ms();
}

static const struct vt_host *new_host(const struct vt_unit *unit,
                                      const struct vt_module *module,
                                      enum vt_plugin_kind kind)
{
    struct vt_host_args args = {.module = module,
                                .kind = kind,
                                .host_name = unit->args.host_name,
                                .chain_name = unit->setup->config->name,
                                .schemes = &unit->setup->schemes,
                                .mono_ns = mono_ns,
                                .wall_ms = wall_ms};

    return vt_host_new(&args);
}

/* ---- stores -------------------------------------------------------------- */

static vt_status make_dir(const char *path, struct vt_err *err)
{
    if (mkdir(path, 0700) != 0 && errno != EEXIST) {
        return vt_err_set(err, VT_E_IO, "%s: %s", path, strerror(errno));
    }
    return VT_OK;
}

static int remove_one(const char *path, const struct stat *st, int type,
                      struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

/* A damaged state store is kept for whoever wants to look, in place of one that
 * was kept before. */
static vt_status set_aside(const char *dir, struct vt_err *err)
{
    char to[PATH_LEN + 16];

    (void)snprintf(to, sizeof to, "%s.damaged", dir);
    (void)nftw(to, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    if (rename(dir, to) != 0) {
        return vt_err_set(err, VT_E_IO, "%s: %s", dir, strerror(errno));
    }
    return make_dir(dir, err);
}

static vt_status open_db(const struct vt_unit *unit, struct open_store *s,
                         enum store_role role, struct vt_err *err)
{
    const struct vt_storage *table = s->module->storage;
    struct vt_cfg cfg;
    vt_status status;

    vt_options_cfg(s->options, &cfg);
    status = table->open(s->host, &cfg, s->dir, &s->store.db, err);
    if (status != VT_E_CORRUPT || role == STORE_LOG) {
        return status;
    }
    vt_log("node", VT_LOG_WARN,
           "%s: the state store is damaged and set aside as %s.damaged; it is "
           "made again from the log: %s",
           unit->setup->config->name, s->dir, err->text);
    status = set_aside(s->dir, err);
    return status == VT_OK
               ? table->open(s->host, &cfg, s->dir, &s->store.db, err)
               : status;
}

static vt_status open_store(struct vt_unit *unit, const char *stem,
                            enum store_role role, struct vt_store *out,
                            struct vt_err *err)
{
    struct open_store *s = &unit->stores[unit->store_count];
    vt_status status = vt_registry_load(unit->args.registry, stem,
                                        VT_KIND_STORAGE, &s->module, err);

    if (status != VT_OK) {
        return status;
    }
    (void)snprintf(s->dir, sizeof s->dir, "%.3900s/%s-%.60s", unit->dir,
                   role == STORE_LOG ? "log" : "state", stem);
    unit->store_count++;
    status = make_dir(s->dir, err);
    if (status == VT_OK) {
        status = vt_setup_options(unit->setup, VT_KIND_STORAGE, stem, s->module,
                                  &s->options, err);
    }
    if (status == VT_OK) {
        s->host = new_host(unit, s->module, VT_KIND_STORAGE);
        status = s->host == NULL
                     ? vt_err_set(err, VT_E_NOMEM, "no memory for a plugin")
                     : open_db(unit, s, role, err);
    }
    s->store.table = s->module->storage;
    *out = s->store;
    return status;
}

static const char *ledger_stem(const struct vt_unit *unit, int kind)
{
    const char *own = unit->setup->config->ledger_storage[kind];

    return own[0] == '\0' ? unit->setup->config->storage : own;
}

static vt_status open_stores(struct vt_unit *unit, struct vt_store *log,
                             struct vt_store ledger[VT_LEDGER_COUNT],
                             struct vt_err *err)
{
    vt_status status =
        open_store(unit, unit->setup->config->log_storage, STORE_LOG, log, err);

    if (status == VT_OK && (log->table->flags & VT_SF_VOLATILE) != 0) {
        vt_log("node", VT_LOG_WARN,
               "%s: the log is kept in memory: after a stop this node knows "
               "neither the chain nor its own votes",
               unit->setup->config->name);
    }
    for (int i = 0; i < VT_LEDGER_COUNT && status == VT_OK; i++) {
        int same = 0;

        while (same < i &&
               strcmp(ledger_stem(unit, same), ledger_stem(unit, i)) != 0) {
            same++;
        }
        if (same < i) {
            ledger[i] = ledger[same];
        } else {
            status = open_store(unit, ledger_stem(unit, i), STORE_STATE,
                                &ledger[i], err);
        }
    }
    return status;
}

/* ---- the chain ----------------------------------------------------------- */

/* A key of another scheme than the chain's first one cannot vote. */
static const struct vt_signer *choose_signer(struct vt_unit *unit)
{
    const struct vt_node_key *key = unit->args.key;

    if (key == NULL || unit->setup->config->scheme_count == 0) {
        return NULL;
    }
    if (strcmp(key->scheme, unit->setup->config->schemes[0]) != 0) {
        vt_log("node", VT_LOG_WARN,
               "%s: the node's key is of scheme %s, votes need %s: it "
               "observes only",
               unit->setup->config->name, key->scheme,
               unit->setup->config->schemes[0]);
        return NULL;
    }
    unit->signer.scheme = unit->setup->schemes.scheme[0];
    unit->signer.sk = key->sk;
    unit->signer.pk = key->pk;
    return &unit->signer;
}

/* On the chain's thread: another epoch may have other members. */
static void on_event(void *ctx, const struct vt_chain_event *event)
{
    const struct vt_unit *unit = ctx;
    struct vt_chain_status status;
    struct vt_epoch_info epoch;

    if (event->type == VT_CHAIN_EPOCH && unit->args.links != NULL) {
        vt_chain_get_status(event->chain, &status);
        if (vt_chain_epoch(event->chain, status.epoch, &epoch) == VT_OK) {
            (void)vt_links_set_members(unit->args.links, &status.chain_id,
                                       epoch.member_names, epoch.member_count);
        }
    }
    unit->args.on_event(unit->args.ctx, event);
}

static vt_status new_runner(struct vt_unit *unit, struct vt_err *err)
{
    struct vt_runner_args args = {.name = unit->setup->config->name,
                                  .pool = unit->args.pool,
                                  .links = unit->args.links,
                                  .miners = unit->args.miners,
                                  .save_dir = unit->dir,
                                  .on_event = on_event,
                                  .ctx = unit};

    return vt_runner_new(&args, &unit->runner, err);
}

static vt_status open_chain(struct vt_unit *unit, struct vt_err *err)
{
    struct vt_chain_args args = {
        .config = unit->setup->config,
        .rules = unit->setup->rules,
        .parts = unit->setup->parts,
        .maker = &unit->setup->maker,
        .schemes = &unit->setup->schemes,
        .signer = choose_signer(unit),
        .canonical = vt_buf_view(&unit->setup->canonical),
    };
    vt_status status = vt_random(args.seed, sizeof args.seed);

    if (status != VT_OK) {
        return vt_err_set(err, status, "no random numbers");
    }
    args.world = vt_runner_world(unit->runner);
    status = open_stores(unit, &args.log, args.ledger, err);
    if (status == VT_OK) {
        status = vt_chain_config_finish(unit->setup->config, err);
    }
    if (status == VT_OK) {
        status = vt_chain_new(&args, &unit->chain, err);
    }
    return status == VT_OK ? vt_chain_open(unit->chain, unit->args.progress,
                                           unit->args.ctx, err)
                           : status;
}

static vt_status load_setup(struct vt_unit *unit, struct vt_err *err)
{
    struct vt_setup_args args = {.config_path = unit->args.config_path,
                                 .host_name = unit->args.host_name,
                                 .registry = unit->args.registry,
                                 .mono_ns = mono_ns,
                                 .wall_ms = wall_ms};
    vt_status status = vt_setup_new(&args, &unit->setup, err);

    if (status == VT_OK &&
        strcmp(unit->setup->config->name, unit->args.name) != 0) {
        status = vt_err_set(err, VT_E_INVALID,
                            "%s: the chain is called '%s' there but '%s' in "
                            "[chains] of the node: use one name",
                            unit->args.config_path, unit->setup->config->name,
                            unit->args.name);
    }
    return status;
}

vt_status vt_unit_new(const struct vt_unit_args *args, struct vt_unit **out,
                      struct vt_err *err)
{
    struct vt_unit *unit = vt_alloc(sizeof *unit);
    vt_status status;

    *out = NULL;
    if (unit == NULL) {
        return vt_err_set(err, VT_E_NOMEM, "no memory for a chain");
    }
    unit->args = *args;
    (void)snprintf(unit->dir, sizeof unit->dir, "%.3800s/%.40s", args->data_dir,
                   args->name);
    status = load_setup(unit, err);
    if (status == VT_OK) {
        status = make_dir(unit->dir, err);
    }
    if (status == VT_OK) {
        status = new_runner(unit, err);
    }
    if (status == VT_OK) {
        status = open_chain(unit, err);
    }
    if (status != VT_OK) {
        vt_unit_free(unit);
        return status;
    }
    *out = unit;
    return VT_OK;
}

/* ---- running ------------------------------------------------------------- */

/* Asked before the chain's thread runs; names live as long as the chain. */
static void describe(const struct vt_unit *unit, struct vt_links_chain *out)
{
    struct vt_chain_status status;
    struct vt_epoch_info epoch;

    memset(out, 0, sizeof *out);
    vt_chain_get_status(unit->chain, &status);
    out->runner = unit->runner;
    out->chain = unit->chain;
    out->chain_id = status.chain_id;
    out->params = status.params;
    out->name = unit->setup->config->name;
    out->canonical = vt_buf_view(&unit->setup->canonical);
    if (vt_chain_epoch(unit->chain, status.epoch, &epoch) == VT_OK) {
        out->member_names = epoch.member_names;
        out->member_count = epoch.member_count;
    }
}

vt_status vt_unit_start(struct vt_unit *unit, struct vt_err *err)
{
    struct vt_links_chain link;
    vt_status status;

    describe(unit, &link);
    status = vt_runner_start(unit->runner, unit->chain, err);
    unit->is_started = 1;
    return status == VT_OK && unit->args.links != NULL
               ? vt_links_add_chain(unit->args.links, &link, err)
               : status;
}

void vt_unit_stop(struct vt_unit *unit)
{
    if (unit == NULL || !unit->is_started) {
        return;
    }
    if (unit->args.links != NULL) {
        vt_links_remove_chain(unit->args.links, vt_chain_id(unit->chain));
    }
    vt_runner_stop(unit->runner);
    unit->is_started = 0;
}

void vt_unit_free(struct vt_unit *unit)
{
    if (unit == NULL) {
        return;
    }
    vt_chain_free(unit->chain);
    vt_runner_free(unit->runner);
    for (size_t i = unit->store_count; i-- > 0;) {
        struct open_store *s = &unit->stores[i];

        if (s->store.db != NULL) {
            s->module->storage->close(s->store.db);
        }
        vt_options_free(s->options);
        vt_host_free(s->host);
    }
    vt_setup_free(unit->setup);
    vt_free(unit);
}

struct vt_chain *vt_unit_chain(const struct vt_unit *unit)
{
    return unit->chain;
}

struct vt_runner *vt_unit_runner(const struct vt_unit *unit)
{
    return unit->runner;
}

const char *vt_unit_name(const struct vt_unit *unit)
{
    return unit->setup->config->name;
}

const char *vt_unit_parent(const struct vt_unit *unit)
{
    return unit->setup->config->parent;
}
