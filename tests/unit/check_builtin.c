/* SPDX-License-Identifier: Apache-2.0
 *
 * check_builtin.c - plugins compiled in with --with-builtin-plugins are found
 * by the same stems, before any file, and are the same objects.
 */
#include "unit/suite.h"

#include "base/status.h"
#include "plugin/registry.h"

#include <string.h>

static struct vt_registry *registry;

static void make(void)
{
    /* a folder without plugins: what is found comes from the program */
    struct vt_registry_policy policy = {.path = "/nonexistent",
                                        .trust_any_owner = 1};
    struct vt_err err = VT_ERR_INIT;

    vt_registry_set_builtins(vt_builtin_plugins);
    ck_assert_msg(vt_registry_new(&policy, &registry, &err) == VT_OK, "%s",
                  err.text);
}

static void drop(void)
{
    vt_registry_free(registry);
    vt_registry_set_builtins(NULL);
}

static enum vt_plugin_kind kind_of(const struct vt_plugin *plugin)
{
    const struct vt_iface *iface = VT_AT(struct vt_iface, plugin->ifaces, 0);

    for (int kind = 0; kind < VT_KIND_COUNT; kind++) {
        const char *name = vt_plugin_kind_name((enum vt_plugin_kind)kind);

        if (strstr(iface->id, name) != NULL) {
            return (enum vt_plugin_kind)kind;
        }
    }
    ck_abort_msg("%s is of no known kind", iface->id);
}

START_TEST(each_is_found_by_its_stem)
{
    for (const struct vt_builtin *b = vt_builtin_plugins; b->name != NULL;
         b++) {
        const struct vt_plugin *plugin = b->address;
        const struct vt_module *module = NULL;
        const struct vt_module *again = NULL;
        struct vt_err err = VT_ERR_INIT;

        ck_assert_msg(strncmp(b->name, plugin->name, strlen(plugin->name)) == 0,
                      "%s", b->name);
        ck_assert_msg(vt_registry_load(registry, plugin->name, kind_of(plugin),
                                       &module, &err) == VT_OK,
                      "%s", err.text);
        ck_assert(module->is_builtin);
        ck_assert_str_eq(module->file, "built in");
        ck_assert_int_eq(vt_registry_load(registry, plugin->name,
                                          kind_of(plugin), &again, &err),
                         VT_OK);
        ck_assert_ptr_eq(module, again);
    }
}
END_TEST

static int count_builtin(void *ctx, const char *file,
                         const struct vt_module *module,
                         const struct vt_err *why)
{
    size_t *count = ctx;

    ck_assert_msg(module != NULL || strcmp(file, "built in") != 0, "%s",
                  why->text);
    *count += strcmp(file, "built in") == 0;
    return 0;
}

START_TEST(all_are_listed)
{
    struct vt_err err = VT_ERR_INIT;
    size_t want = 0;
    size_t have = 0;

    while (vt_builtin_plugins[want].name != NULL) {
        want++;
    }
    ck_assert_int_eq(vt_registry_list(registry, count_builtin, &have, &err),
                     VT_OK);
    ck_assert_uint_eq(have, want);
}
END_TEST

START_TEST(one_that_was_not_compiled_in_is_not_found)
{
    const struct vt_module *module = NULL;
    struct vt_err err = VT_ERR_INIT;

    ck_assert_int_ne(vt_registry_load(registry, "no_such_plugin",
                                      VT_KIND_SIGNATURE, &module, &err),
                     VT_OK);
    ck_assert_ptr_nonnull(strstr(err.text, "no_such_plugin"));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {each_is_found_by_its_stem, all_are_listed,
                                  one_that_was_not_compiled_in_is_not_found};
    Suite *suite = suite_create("built-in plugins");
    TCase *tcase = tcase_create("registry");

    tcase_add_checked_fixture(tcase, make, drop);
    for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++) {
        tcase_add_test(tcase, tests[i]);
    }
    suite_add_tcase(suite, tcase);
    return vt_suite_run(suite);
}
