/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_plugin.c - which plugins there are, what they are, whether a file would
 * be taken.
 */
#include "base/bytes.h"
#include "cli/commands.h"
#include "cli/plugins.h"
#include "cli/table.h"

#include <string.h>

#define INFO_MAX 1048576u

static void put_module(struct vt_json_maker *m, const struct vt_module *module)
{
    const struct vt_plugin *d = &module->desc;

    vt_json_put_text(m, "stem", module->stem);
    vt_json_put_text(m, "kind", vt_cli_module_kind(module));
    vt_json_put_text(m, "id", d->id);
    vt_json_put_text(m, "version", d->version);
    vt_json_put_text(m, "vendor", d->vendor);
    vt_json_put_text(m, "license", d->license);
    vt_json_put_u64(m, "protocol", d->protocol);
    vt_json_open_array(m, "offers");
    for (uint32_t i = 0; i < d->ifaces.count; i++) {
        vt_json_put_text(m, NULL, VT_AT(struct vt_iface, d->ifaces, i)->id);
    }
    vt_json_close(m);
    vt_json_put_text(m, "file", module->file);
    if (!module->is_builtin) {
        vt_json_put_hex(m, "sha256", vt_view_of(module->sha256, 32));
    }
}

/* ---- list ---------------------------------------------------------------- */

struct listing {
    struct vt_json_maker m;
    int all;
    unsigned refused;
};

static int list_one(void *ctx, const char *file, const struct vt_module *module,
                    const struct vt_err *why)
{
    struct listing *list = ctx;

    list->refused += module == NULL;
    if (module == NULL && !list->all) {
        return 0;
    }
    vt_json_open_object(&list->m, NULL);
    if (module != NULL) {
        put_module(&list->m, module);
    } else {
        vt_json_put_text(&list->m, "file", file);
        vt_json_put_text(&list->m, "refused", why->text);
    }
    vt_json_close(&list->m);
    return 0;
}

static int print_list(struct vt_cli *cli, const struct vt_json *rows,
                      unsigned refused)
{
    static const struct vt_column columns[] = {
        {"STEM", "stem", 0}, {"KIND", "kind", 0}, {"VERSION", "version", 0},
        {"ID", "id", 0},     {"FILE", "file", 0},
    };
    struct vt_table table;
    size_t shown = 0;

    vt_table_init(&table, columns, sizeof columns / sizeof columns[0]);
    for (size_t i = 0; i < vt_json_count(rows); i++) {
        if (vt_json_at(vt_json_item(rows, i), "stem") != NULL) {
            vt_table_row(&table, vt_json_item(rows, i));
            shown++;
        }
    }
    if (shown > 0) {
        (void)vt_table_print(&table, 1, stdout);
    } else {
        (void)printf("no plugins; name their folder with --plugins DIR\n");
    }
    vt_table_fini(&table);
    for (size_t i = 0; i < vt_json_count(rows); i++) {
        const char *why =
            vt_json_text_or(vt_json_item(rows, i), "refused", NULL);

        if (why != NULL) {
            (void)printf("refused: %s\n", why);
        }
    }
    if (refused > 0 && !vt_cli_flag(cli, "all")) {
        vt_cli_note(cli,
                    "%u more refused; `vtchain plugin list --all` tells "
                    "why",
                    refused);
    }
    return VT_EXIT_OK;
}

int vt_cmd_plugin_list(struct vt_cli *cli)
{
    struct listing list = {.all = vt_cli_flag(cli, "all")};
    struct vt_registry *registry = NULL;
    struct vt_json *rows = NULL;
    struct vt_err err = VT_ERR_INIT;
    int code = vt_cli_registry(cli, &registry);

    if (code != 0) {
        return code;
    }
    vt_json_begin_array(&list.m);
    (void)vt_registry_list(registry, list_one, &list, &err);
    vt_registry_free(registry);
    if (cli->json) {
        return vt_cli_emit_made(cli, &list.m);
    }
    if (vt_json_end(&list.m, &rows) != VT_OK) {
        return vt_cli_no_memory(cli);
    }
    code = print_list(cli, rows, list.refused);
    vt_json_free(rows);
    return code;
}

/* ---- info ---------------------------------------------------------------- */

static void put_keys(struct vt_json_maker *m, const struct vt_plugin *d)
{
    vt_json_open_array(m, "keys");
    for (uint32_t i = 0; i < d->keys.count; i++) {
        const struct vt_key *key = VT_AT(struct vt_key, d->keys, i);

        vt_json_open_object(m, NULL);
        vt_json_put_text(m, "name", key->name);
        if (key->defval != NULL) {
            vt_json_put_text(m, "default", key->defval);
        }
        if (key->range != NULL) {
            vt_json_put_text(m, "range", key->range);
        }
        vt_json_put_bool(m, "consensus", (key->flags & VT_KF_CONSENSUS) != 0);
        vt_json_put_text(m, "help", key->doc);
        vt_json_close(m);
    }
    vt_json_close(m);
}

static void put_needs(struct vt_json_maker *m, const struct vt_plugin *d)
{
    vt_json_open_array(m, "needs");
    for (uint32_t i = 0; i < d->needs.count; i++) {
        const struct vt_need *need = VT_AT(struct vt_need, d->needs, i);

        vt_json_open_object(m, NULL);
        vt_json_put_text(m, "id", need->id);
        vt_json_put_bool(m, "optional", need->optional != 0);
        vt_json_close(m);
    }
    vt_json_close(m);
}

static int print_info(struct vt_cli *cli, const struct vt_module *module)
{
    struct vt_buf text = VT_BUF_INIT(INFO_MAX);
    struct vt_json_maker m;
    char abi[24];
    int code = VT_EXIT_OK;

    if (cli->json) {
        (void)snprintf(abi, sizeof abi, "%u.%u", module->desc.abi_major,
                       module->desc.abi_minor);
        vt_json_begin(&m);
        put_module(&m, module);
        vt_json_put_text(&m, "abi", abi);
        vt_json_put_text(&m, "url", module->desc.url);
        vt_json_put_text(&m, "build", module->desc.build);
        put_needs(&m, &module->desc);
        put_keys(&m, &module->desc);
        return vt_cli_emit_made(cli, &m);
    }
    if (vt_module_print(module, &text) == VT_OK) {
        (void)fwrite(text.data, 1, text.len, stdout);
    } else {
        code = vt_cli_no_memory(cli);
    }
    vt_buf_fini(&text);
    return code;
}

int vt_cmd_plugin_info(struct vt_cli *cli)
{
    struct vt_registry *registry = NULL;
    const struct vt_module *module = NULL;
    struct vt_err err = VT_ERR_INIT;
    int code = vt_cli_registry(cli, &registry);

    if (code != 0) {
        return code;
    }
    code = vt_cli_load_any(registry, vt_cli_arg(cli, 0), &module, &err) == VT_OK
               ? print_info(cli, module)
               : vt_cli_fail_err(cli, &err);
    vt_registry_free(registry);
    return code;
}

/* ---- check --------------------------------------------------------------- */

/* One line a file: taken on stdout, refused on stderr. */
static int check_file(struct vt_cli *cli, struct vt_registry *registry,
                      const char *path, struct vt_json_maker *m,
                      struct vt_err *err)
{
    const struct vt_module *module = NULL;
    vt_status status = vt_registry_load_file(registry, path, &module, err);

    vt_json_open_object(m, NULL);
    vt_json_put_text(m, "file", path);
    vt_json_put_bool(m, "ok", status == VT_OK);
    if (status == VT_OK) {
        put_module(m, module);
    } else {
        vt_json_put_text(m, "refused", err->text);
    }
    vt_json_close(m);
    if (status == VT_OK && !cli->json) {
        (void)printf("%s: ok, %s %s %s\n", path, vt_cli_module_kind(module),
                     module->stem, module->desc.version);
    }
    return status == VT_OK ? 0 : 1;
}

/* The exit code says whether all were taken; the error names the first one
 * refused, the others have lines of their own before it. */
static int check_all(struct vt_cli *cli, struct vt_registry *registry,
                     struct vt_json_maker *m)
{
    struct vt_err last = VT_ERR_INIT;
    unsigned refused = 0;

    for (size_t i = 0; i < cli->arg_count; i++) {
        struct vt_err err = VT_ERR_INIT;

        if (check_file(cli, registry, cli->args[i], m, &err) != 0) {
            if (refused++ > 0) {
                vt_cli_note(cli, "vtchain: %s", last.text);
            }
            last = err;
        }
    }
    if (refused == 0) {
        return VT_EXIT_OK;
    }
    return last.code == VT_E_NOTFOUND
               ? vt_cli_fail_err(cli, &last)
               : vt_cli_fail(cli, VT_EXIT_FAILED, "refused", "%s", last.text);
}

int vt_cmd_plugin_check(struct vt_cli *cli)
{
    struct vt_registry_policy policy = {.path = "", .trust_any_owner = 1};
    struct vt_registry *registry = NULL;
    struct vt_json_maker m;
    struct vt_err err = VT_ERR_INIT;
    int code;

    if (vt_cli_flag(cli, "conformance") ||
        vt_cli_text(cli, "reproduce")[0] != '\0') {
        return vt_cmd_conform(cli);
    }
    if (cli->arg_count == 0) {
        return vt_cli_fail(cli, VT_EXIT_USAGE, "usage",
                           "plugin check: FILE is missing");
    }
    if (vt_registry_new(&policy, &registry, &err) != VT_OK) {
        return vt_cli_fail_err(cli, &err);
    }
    vt_json_begin(&m);
    vt_json_open_array(&m, "files");
    code = check_all(cli, registry, &m);
    vt_json_close(&m);
    vt_registry_free(registry);
    if (code != VT_EXIT_OK) {
        (void)vt_json_end(&m, &cli->details);
        return code;
    }
    if (cli->json) {
        return vt_cli_emit_made(cli, &m);
    }
    (void)vt_json_end(&m, &cli->details);
    return VT_EXIT_OK;
}
