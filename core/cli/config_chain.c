/* SPDX-License-Identifier: Apache-2.0
 *
 * config_chain.c - what a chain's INI says about plugins, validators and
 * genesis.
 */
#include "cli/config_file.h"

#include "ledger/ledger.h"

#include <string.h>

/* Where an option was written, the file itself for a default. */
static const char *place(const struct vt_config_file *file,
                         const struct vt_config_section *s, uint32_t index)
{
    const char *origin = vt_options_origin(s->options, index);

    return strcmp(origin, "default") == 0 ? file->path : origin;
}

/* The chain names this plugin; 0 when that was known already. */
static int want(struct vt_config_file *file, enum vt_plugin_kind kind,
                const char *stem, char name[64])
{
    (void)snprintf(name, 64, "%s.%.40s", vt_plugin_kind_name(kind), stem);
    for (size_t i = 0; i < file->wanted_count; i++) {
        if (strcmp(file->wanted[i], name) == 0) {
            return 0;
        }
    }
    if (file->wanted_count < VT_CONFIG_SECTIONS_MAX) {
        (void)snprintf(file->wanted[file->wanted_count++], 64, "%s", name);
    }
    return 1;
}

/* Load a plugin an option names and add its section. */
static void add_plugin(struct vt_config_file *file,
                       struct vt_registry *registry, enum vt_plugin_kind kind,
                       const char *stem, const char *where)
{
    const struct vt_module *module = NULL;
    struct vt_err err = VT_ERR_INIT;
    char name[64];

    if (stem[0] == '\0' || !want(file, kind, stem, name)) {
        return;
    }
    if (kind == VT_KIND_ENGINE || kind == VT_KIND_SETTLEMENT) {
        return; /* drafts of the ABI: nothing to load yet */
    }
    if (vt_registry_load(registry, stem, kind, &module, &err) != VT_OK) {
        vt_config_problem(file, "%s: %s", where, err.text);
        return;
    }
    vt_config_add_section(file, name, module->desc.keys);
}

/* All plugins in the list that an option holds: "schnorr, ed25519". */
static void add_named(struct vt_config_file *file, struct vt_registry *registry,
                      const char *section, const char *key,
                      enum vt_plugin_kind kind)
{
    const struct vt_config_section *s = vt_config_section(file, section);
    const char *list;
    uint32_t index;

    if (s == NULL) {
        return;
    }
    index = (uint32_t)vt_options_index(s->options, key);
    list = vt_options_text(s->options, index);
    while (*list != '\0') {
        size_t len = strcspn(list, ", ");
        char stem[48];

        (void)snprintf(stem, sizeof stem, "%.*s", (int)len, list);
        add_plugin(file, registry, kind, stem, place(file, s, index));
        list += len + strspn(list + len, ", ");
    }
}

static int is_wanted(const struct vt_config_file *file, const char *section)
{
    for (size_t i = 0; i < file->wanted_count; i++) {
        if (strcmp(file->wanted[i], section) == 0) {
            return 1;
        }
    }
    return 0;
}

static void type_rows(struct vt_config_file *file)
{
    const char *unused = "";

    for (const struct vt_config_row *row = file->rows; row != NULL;
         row = row->next) {
        struct vt_config_section *s = vt_config_section(file, row->section);
        struct vt_err err = VT_ERR_INIT;

        if (!vt_config_is_plugin_section(row->section)) {
            continue;
        }
        if (s != NULL && vt_options_set(s->options, row->key, row->value,
                                        row->where, &err) != VT_OK) {
            vt_config_problem(file, "%s", err.text);
        } else if (!is_wanted(file, row->section) &&
                   strcmp(unused, row->section) != 0) {
            vt_config_problem(file,
                              "%s: section [%.60s] belongs to a plugin this "
                              "chain does not use: name it in [chain] or "
                              "remove the section",
                              row->where, row->section);
            unused = row->section;
        }
    }
}

void vt_config_chain_plugins(struct vt_config_file *file,
                             struct vt_registry *registry)
{
    static const struct {
        const char *section, *key;
        enum vt_plugin_kind kind;
    } named[] = {
        {"chain", "consensus", VT_KIND_CONSENSUS},
        {"chain", "storage", VT_KIND_STORAGE},
        {"chain", "log_storage", VT_KIND_STORAGE},
        {"chain", "signatures", VT_KIND_SIGNATURE},
        {"chain", "engines", VT_KIND_ENGINE},
        {"chain", "settlements", VT_KIND_SETTLEMENT},
        {"ledger.asset", "storage", VT_KIND_STORAGE},
        {"ledger.contract", "storage", VT_KIND_STORAGE},
        {"ledger.application", "storage", VT_KIND_STORAGE},
        {"ledger.log", "storage", VT_KIND_STORAGE},
    };

    for (size_t i = 0; i < sizeof named / sizeof named[0]; i++) {
        add_named(file, registry, named[i].section, named[i].key,
                  named[i].kind);
    }
    type_rows(file);
}

static void check_validators(struct vt_config_file *file,
                             const struct vt_chain_config *config,
                             struct vt_registry *registry)
{
    const struct vt_module *module = NULL;
    const struct vt_signature *scheme;
    struct vt_err err = VT_ERR_INIT;

    if (config->scheme_count == 0 ||
        vt_registry_load(registry, config->schemes[0], VT_KIND_SIGNATURE,
                         &module, &err) != VT_OK) {
        return; /* told before */
    }
    scheme = module->signature;
    for (size_t i = 0; i < config->validator_count; i++) {
        const struct vt_validator_entry *v = &config->validators[i];
        struct vt_view pk = {v->pk, v->pk_len};
        uint32_t verdict = VT_BAD;

        if (v->pk_len != scheme->pk_len ||
            scheme->pk_check(pk, &verdict) != VT_OK || verdict != VT_GOOD) {
            vt_config_problem(file,
                              "%s: [validators] '%s' has no public key of "
                              "scheme %s: take it from `vtchain key show`",
                              file->path, v->name, config->schemes[0]);
        }
    }
}

void vt_config_chain_whole(struct vt_config_file *file,
                           struct vt_registry *registry)
{
    struct vt_chain_config *config = NULL;
    struct vt_rules *rules = NULL;
    struct vt_err err = VT_ERR_INIT;

    if (file->problem_count > 0) {
        return; /* the loader would tell the first of them again */
    }
    if (vt_chain_config_load(file->path, &config, &err) != VT_OK) {
        vt_config_problem(file, "%s", err.text);
        return;
    }
    check_validators(file, config, registry);
    if (vt_rules_new(config, &rules, &err) != VT_OK) {
        /* a row of [genesis] comes with its place, a sum does not */
        if (strncmp(err.text, file->path, strlen(file->path)) != 0) {
            (void)vt_err_wrap(&err, "%s", file->path);
        }
        vt_config_problem(file, "%s", err.text);
    }
    vt_rules_free(rules);
    vt_chain_config_free(config);
}
