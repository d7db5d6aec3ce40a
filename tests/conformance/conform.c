/* SPDX-License-Identifier: Apache-2.0
 *
 * conform.c - conform FILE.ini runs the suite of the plugin the file's one
 * section names, [<kind>.<stem>], with the options in it.
 */
#include "conformance/conform.h"

#include "base/bytes.h"
#include "base/status.h"
#include "support/plugin_ini.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define INI_MAX ((size_t)64 << 10)

struct conform conform;

static int refuse(const struct vt_err *err)
{
    (void)fprintf(stderr, "conform: %s\n", err->text);
    return 2;
}

/* ---- loading ------------------------------------------------------------ */

static uint64_t mono_ns(void *ctx)
{
    struct timespec now;

    (void)ctx;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

static int64_t wall_ms(void *ctx)
{
    return (int64_t)(mono_ns(ctx) / 1000000);
}

static vt_status make_hosts(struct vt_err *err)
{
    struct vt_host_args args = {.kind = conform.kind,
                                .host_name = "conform",
                                .chain_name = "conform",
                                .mono_ns = mono_ns,
                                .wall_ms = wall_ms};

    conform.validated = *conform.module;
    if (conform.module->storage != NULL) {
        conform.validated.storage =
            vt_validate_storage(conform.module->storage, conform.stem);
    }
    args.module = conform.module;
    conform.host = vt_host_new(&args);
    args.module = &conform.validated;
    conform.validated_host = vt_host_new(&args);
    return conform.host != NULL && conform.validated_host != NULL
               ? VT_OK
               : vt_err_set(err, VT_E_NOMEM, "no memory for a host");
}

static vt_status load(struct vt_err *err)
{
    static struct plugin_ini plugin;
    vt_status status = plugin_ini_load(conform.ini, &plugin, err);

    conform.options = plugin.options;
    if (status != VT_OK) {
        return status;
    }
    (void)snprintf(conform.section, sizeof conform.section, "%s",
                   plugin.section);
    conform.stem = plugin.stem;
    conform.kind = plugin.kind;
    conform.module = plugin.module;
    conform.cfg = plugin.cfg;
    return make_hosts(err);
}

/* ---- what every kind must do -------------------------------------------- */

static int is_shipped_file(void)
{
    char name[64];
    size_t len = (size_t)snprintf(name, sizeof name, "/%s.ini", conform.stem);
    size_t path_len = strlen(conform.ini);

    return path_len > len && strcmp(conform.ini + path_len - len, name) == 0;
}

START_TEST(the_shipped_options_are_those_of_the_table)
{
    struct vt_buf want = VT_BUF_INIT(INI_MAX);
    static char have[INI_MAX];
    FILE *f = fopen(conform.ini, "r");
    size_t len;

    ck_assert_ptr_nonnull(f);
    len = fread(have, 1, sizeof have - 1, f);
    (void)fclose(f);
    have[len] = '\0';
    if (is_shipped_file()) {
        ck_assert_int_eq(
            vt_options_print(conform.section, conform.module->desc.keys, &want),
            VT_OK);
        ck_assert_str_eq(have, vt_buf_text(&want));
    }
    vt_buf_fini(&want);
}
END_TEST

static int run_suites(void)
{
    Suite *common = suite_create("plugin");
    TCase *tcase = tcase_create("descriptor");
    SRunner *runner = srunner_create(common);
    int failed;

    tcase_add_test(tcase, the_shipped_options_are_those_of_the_table);
    suite_add_tcase(common, tcase);
    if (conform.kind == VT_KIND_STORAGE) {
        srunner_add_suite(runner, conform_storage_suite());
    }
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static void forget(void)
{
    vt_options_free(conform.options);
    vt_host_free(conform.host);
    vt_host_free(conform.validated_host);
}

int main(int argc, char **argv)
{
    struct vt_err err = VT_ERR_INIT;
    int rc;

    if (argc != 2) {
        (void)fprintf(stderr, "usage: conform FILE.ini\n");
        return 2;
    }
    conform.ini = argv[1];
    if (load(&err) != VT_OK) {
        return refuse(&err);
    }
    rc = run_suites();
    forget();
    return rc;
}
