/* SPDX-License-Identifier: Apache-2.0
 *
 * check_plugin.c - the loader takes good plugins and refuses planted bad ones,
 * each with one line that names file, step, reason and cure.
 */
#include "base/bytes.h"
#include "base/status.h"
#include "plugin/host.h"
#include "sim/cheap_sig.h"
#include "unit/suite.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[128];
static char cache[160];

static const char *env(const char *name)
{
    const char *value = getenv(name);

    ck_assert_msg(value != NULL, "run me with `make check`: %s is not set",
                  name);
    return value;
}

static void make_dir(void)
{
    (void)snprintf(dir, sizeof dir, "/tmp/vt-plugin-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(dir));
    (void)snprintf(cache, sizeof cache, "%s/cache", dir);
}

static void drop_dir(void)
{
    char command[200];

    (void)snprintf(command, sizeof command, "rm -rf '%s'", dir);
    ck_assert_int_eq(system(command), 0);
}

/* Compile the planted plugin with `flags` to dir/<name>.so. */
static const char *plant(const char *name, const char *flags)
{
    static char path[PATH_MAX];
    char command[4096];

    (void)snprintf(path, sizeof path, "%s/%s.so", dir, name);
    (void)snprintf(
        command, sizeof command,
        "%s -std=c11 -shared -fPIC -fvisibility=hidden -w -I'%s/abi' "
        "%s '%s/tests/unit/planted_plugin.c' -o '%s' && chmod 755 "
        "'%s'",
        env("VT_TEST_CC"), env("VT_TEST_SRC_DIR"), flags,
        env("VT_TEST_SRC_DIR"), path, path);
    ck_assert_int_eq(system(command), 0);
    return path;
}

static struct vt_registry *new_registry(int validate)
{
    struct vt_registry_policy policy = {
        .path = dir, .cache_dir = cache, .validate = (uint32_t)validate};
    struct vt_err err = VT_ERR_INIT;
    struct vt_registry *registry;

    ck_assert_int_eq(vt_registry_new(&policy, &registry, &err), VT_OK);
    return registry;
}

static void expect_refusal(const char *path, const char *step,
                           const char *reason)
{
    struct vt_registry *registry = new_registry(0);
    struct vt_err err = VT_ERR_INIT;
    const struct vt_module *module;

    ck_assert_msg(vt_registry_load_file(registry, path, &module, &err) != VT_OK,
                  "loaded, should be refused: %s %s", step, reason);
    ck_assert_ptr_null(module);
    ck_assert_msg(strstr(err.text, path) != NULL, "no file: %s", err.text);
    ck_assert_msg(strstr(err.text, step) != NULL, "no step: %s", err.text);
    ck_assert_msg(strstr(err.text, reason) != NULL, "no reason: %s", err.text);
    ck_assert_ptr_null(strchr(err.text, '\n'));
    vt_registry_free(registry);
}

START_TEST(a_good_plugin_loads_by_stem)
{
    struct vt_registry *registry = new_registry(0);
    struct vt_err err = VT_ERR_INIT;
    const struct vt_module *module;
    const struct vt_module *again;
    struct vt_buf text = VT_BUF_INIT(65536);

    (void)plant("planted", "");
    ck_assert_msg(vt_registry_load(registry, "planted", VT_KIND_SIGNATURE,
                                   &module, &err) == VT_OK,
                  "%s", err.text);
    ck_assert_str_eq(module->desc.id, "org.vtchain.test.planted");
    ck_assert_ptr_nonnull(module->signature);
    ck_assert_int_eq(
        vt_registry_load(registry, "planted", VT_KIND_SIGNATURE, &again, &err),
        VT_OK);
    ck_assert_ptr_eq(module, again);
    ck_assert_int_eq(
        vt_registry_load(registry, "planted", VT_KIND_CONSENSUS, &again, &err),
        VT_E_UNSUPPORTED);
    ck_assert_int_eq(vt_module_print(module, &text), VT_OK);
    ck_assert_ptr_nonnull(strstr(vt_buf_text(&text), "needs vt.log/1"));
    vt_buf_fini(&text);
    vt_registry_free(registry);
}
END_TEST

START_TEST(names_that_are_no_stems_are_refused)
{
    static const char *const names[] = {"../planted", "planted.so", "", "Big",
                                        "/tmp/x",     "with-hyphen"};
    struct vt_registry *registry = new_registry(0);
    const struct vt_module *module;

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct vt_err err = VT_ERR_INIT;

        ck_assert_int_eq(vt_registry_load(registry, names[i], VT_KIND_SIGNATURE,
                                          &module, &err),
                         VT_E_INVALID);
    }
    vt_registry_free(registry);
}
END_TEST

START_TEST(an_absent_plugin_names_the_folders)
{
    struct vt_registry *registry = new_registry(0);
    struct vt_err err = VT_ERR_INIT;
    const struct vt_module *module;

    ck_assert_int_eq(
        vt_registry_load(registry, "nowhere", VT_KIND_SIGNATURE, &module, &err),
        VT_E_NOTFOUND);
    ck_assert_ptr_nonnull(strstr(err.text, dir));
    vt_registry_free(registry);
}
END_TEST

START_TEST(wrong_symbols_are_refused)
{
    expect_refusal(plant("planted", "-DNO_SYMBOL"), "symbol",
                   "exports no planted_LTX_vt_plugin_v1");
    expect_refusal(plant("renamed", ""), "symbol",
                   "exports no renamed_LTX_vt_plugin_v1");
    expect_refusal(plant("future",
                         "-DNAME='\"future\"' -DPREFIX=future "
                         "-Dfuture_LTX_vt_plugin_v1=future_LTX_vt_plugin_v2"),
                   "symbol", "made for plugin ABI 2");
}
END_TEST

START_TEST(wrong_descriptors_are_refused)
{
    expect_refusal(plant("planted", "-DMAJOR=2"), "descriptor",
                   "needs plugin ABI 2.0");
    expect_refusal(plant("planted", "-DMINOR=7"), "descriptor",
                   "needs plugin ABI 1.7");
    expect_refusal(plant("planted", "-DMAGIC='\"VTCPLUX\"'"), "descriptor",
                   "magic");
    expect_refusal(plant("planted", "-DSIZE=8"), "descriptor", "size");
    expect_refusal(plant("planted", "-DSIZE=70000"), "descriptor", "size");
    expect_refusal(plant("planted", "-DNAME='\"other\"'"), "descriptor",
                   "stem");
    expect_refusal(plant("planted", "-DVENDOR=0"), "descriptor", "text");
    expect_refusal(plant("planted", "-DVENDOR='\"a\\xff\"'"), "descriptor",
                   "text");
    expect_refusal(plant("planted", "-DVENDOR='(const char*)8'"), "descriptor",
                   "text");
    expect_refusal(plant("planted", "-DTABLE_SIZE=16"), "descriptor",
                   "signature table");
    expect_refusal(plant("planted", "-DNEED='\"vt.eff/teleport\"'"), "needs",
                   "vt.eff/teleport");
    expect_refusal(plant("planted", "-DBAD_KEY"), "options", "wide");
    expect_refusal(plant("planted", "-DRESULT=VT_E_INTERNAL"), "self test", "");
}
END_TEST

START_TEST(what_the_dynamic_linker_says_is_passed_on)
{
    char command[2048];

    expect_refusal(plant("planted", "-DMISSING_SYMBOL"), "open",
                   "undefined symbol: somewhere_else");
    (void)snprintf(command, sizeof command,
                   "cd '%s' && echo 'int gone_fn(void){return 1;}' >g.c && "
                   "%s -shared -fPIC -o libgone.so g.c -Wl,-soname,libgone.so",
                   dir, env("VT_TEST_CC"));
    ck_assert_int_eq(system(command), 0);
    (void)snprintf(command, sizeof command,
                   "-Wl,--no-as-needed '%s/libgone.so'", dir);
    {
        const char *path = plant("planted", command);
        char gone[200];

        (void)snprintf(gone, sizeof gone, "%s/libgone.so", dir);
        ck_assert_int_eq(unlink(gone), 0);
        expect_refusal(path, "open", "libgone.so");
    }
}
END_TEST

START_TEST(files_others_may_write_are_refused)
{
    const char *path = plant("planted", "");

    ck_assert_int_eq(chmod(path, 0757), 0);
    expect_refusal(path, "mode", "chmod go-w");
    ck_assert_int_eq(chmod(path, 0755), 0);
    ck_assert_int_eq(chmod(dir, 0777), 0);
    {
        struct vt_registry *registry = new_registry(0);
        struct vt_err err = VT_ERR_INIT;
        const struct vt_module *module;

        ck_assert_int_eq(vt_registry_load_file(registry, path, &module, &err),
                         VT_E_DENIED);
        ck_assert_ptr_nonnull(strstr(err.text, dir));
        vt_registry_free(registry);
    }
    ck_assert_int_eq(chmod(dir, 0700), 0);
}
END_TEST

START_TEST(a_long_path_leaves_room_for_reason_and_cure)
{
    char folder[400];
    char path[420];
    struct vt_registry *registry = new_registry(0);
    struct vt_err err = VT_ERR_INIT;
    const struct vt_module *module;
    FILE *f;

    (void)snprintf(folder, sizeof folder, "%s/%0240d", dir, 0);
    ck_assert_int_eq(mkdir(folder, 0755), 0);
    (void)snprintf(path, sizeof path, "%s/planted.so", folder);
    f = fopen(path, "w");
    ck_assert_ptr_nonnull(f);
    (void)fclose(f);
    ck_assert_int_ne(vt_registry_load_file(registry, path, &module, &err),
                     VT_OK);
    ck_assert_int_eq(strncmp(err.text, "...0", 4), 0);
    ck_assert_ptr_nonnull(strstr(err.text, "0/planted.so: read: not a shared"));
    ck_assert_ptr_nonnull(strstr(err.text, "rebuild it"));
    vt_registry_free(registry);
}
END_TEST

START_TEST(truncated_and_foreign_files_are_refused)
{
    const char *path = plant("planted", "");
    FILE *f;

    ck_assert_int_eq(truncate(path, 5000), 0);
    expect_refusal(path, "read", "cut short");
    f = fopen(path, "w");
    ck_assert_ptr_nonnull(f);
    (void)fprintf(f, "not a library\n");
    (void)fclose(f);
    expect_refusal(path, "read", "invalid ELF header");
}
END_TEST

START_TEST(the_private_copy_is_what_was_checked)
{
    struct vt_registry *registry = new_registry(0);
    struct vt_err err = VT_ERR_INIT;
    const struct vt_module *module;
    const char *path = plant("planted", "");
    uint8_t sk, pk, seed = 7;

    ck_assert_int_eq(vt_registry_load_file(registry, path, &module, &err),
                     VT_OK);
    ck_assert_int_eq(truncate(path, 0), 0); /* overwritten while in use */
    ck_assert_int_eq(module->signature->keypair(&seed, &sk, &pk), VT_OK);
    ck_assert_uint_eq(sk, 7);
    vt_registry_free(registry);
}
END_TEST

static int count_listed(void *ctx, const char *file,
                        const struct vt_module *module,
                        const struct vt_err *why)
{
    int *seen = ctx;

    (void)file;
    seen[module != NULL ? 0 : 1]++;
    ck_assert(module != NULL || why->text[0] != '\0');
    return 0;
}

START_TEST(list_shows_refused_files_with_the_reason)
{
    struct vt_registry *registry;
    struct vt_err err = VT_ERR_INIT;
    int seen[2] = {0, 0};

    (void)plant("planted", "");
    (void)plant("broken", "-DMAJOR=2");
    registry = new_registry(0);
    ck_assert_int_eq(vt_registry_list(registry, count_listed, seen, &err),
                     VT_OK);
    ck_assert_int_ge(seen[0], 1);
    ck_assert_int_ge(seen[1], 1);
    vt_registry_free(registry);
}
END_TEST

START_TEST(the_validating_host_compares_batch_with_single)
{
    struct vt_registry *registry = new_registry(1);
    struct vt_err err = VT_ERR_INIT;
    const struct vt_module *module;
    uint8_t pk = 1, msg[32] = {2}, sig = 0, verdict;
    struct vt_sig_item item = {{&pk, 1}, msg, {&sig, 1}};
    struct vt_tab tab = {&item, 1, sizeof item};
    uint64_t before = vt_validate_violations();

    (void)plant("planted", "");
    ck_assert_int_eq(
        vt_registry_load(registry, "planted", VT_KIND_SIGNATURE, &module, &err),
        VT_OK);
    ck_assert_int_eq(module->signature->verify_many(tab, &verdict), VT_OK);
    ck_assert_uint_eq(vt_validate_violations(), before + 1);
    vt_registry_free(registry);
}
END_TEST

START_TEST(random_values_are_there_where_the_scheme_has_them)
{
    struct vt_signature old = vt_sim_cheap_sig;
    struct vt_schemes schemes = {{&vt_sim_cheap_sig, &old}, 2};
    struct vt_host_args args = {.kind = VT_KIND_CONSENSUS,
                                .host_name = "t",
                                .chain_name = "c",
                                .schemes = &schemes};
    const struct vt_host *host = vt_host_new(&args);
    const struct vt_svc_crypto *crypto = host->service(
        host, VT_SVC_CRYPTO, VT_UPTO(struct vt_svc_crypto, vrf_verify));
    static const uint8_t seed[32] = {5};
    uint8_t sk[32], pk[32], proof[64], value[32], out[32];
    struct vt_view alpha = vt_view_str("what comes up");
    struct vt_view shown = {proof, vt_sim_cheap_sig.vrf_len};
    uint32_t verdict = VT_BAD;

    old.size = VT_UPTO(struct vt_signature, pk_check); /* made before */
    old.scheme = "old";
    ck_assert_ptr_nonnull(crypto);
    ck_assert_int_eq(vt_scheme_has_vrf(&old), 0);
    (void)vt_sim_cheap_sig.keypair(seed, sk, pk);
    (void)vt_sim_cheap_sig.vrf_prove(sk, alpha, proof, value);
    ck_assert_int_eq(crypto->vrf_verify(host, vt_sim_cheap_sig.scheme,
                                        vt_view_of(pk, 32), alpha, shown, out,
                                        &verdict),
                     VT_OK);
    ck_assert_uint_eq(verdict, VT_GOOD);
    ck_assert_mem_eq(out, value, 32);
    ck_assert_int_eq(crypto->vrf_verify(host, "old", vt_view_of(pk, 32), alpha,
                                        shown, out, &verdict),
                     VT_E_UNSUPPORTED);
    ck_assert_int_eq(crypto->vrf_verify(host, "none", vt_view_of(pk, 32), alpha,
                                        shown, out, &verdict),
                     VT_E_UNSUPPORTED);
    vt_host_free(host);
}
END_TEST

START_TEST(services_are_granted_by_kind)
{
    struct vt_host_args args = {
        .kind = VT_KIND_CONSENSUS, .host_name = "t", .chain_name = "c"};
    const struct vt_host *host = vt_host_new(&args);
    const struct vt_svc_crypto *crypto = host->service(
        host, VT_SVC_CRYPTO, VT_UPTO(struct vt_svc_crypto, verify));
    uint8_t out[32];

    ck_assert_ptr_nonnull(host->service(host, VT_SVC_LOG, 8));
    ck_assert_ptr_nonnull(crypto);
    ck_assert_ptr_null(host->service(host, VT_SVC_CLOCK, 8));
    ck_assert_ptr_null(host->service(host, VT_SVC_LOG, 4096));
    ck_assert_ptr_null(host->service(host, "vt.net/1", 8));
    ck_assert_int_eq(crypto->hash(host, "VTC/test/1", NULL, 0, out), VT_OK);
    vt_host_free(host);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_good_plugin_loads_by_stem,
        names_that_are_no_stems_are_refused,
        an_absent_plugin_names_the_folders,
        wrong_symbols_are_refused,
        wrong_descriptors_are_refused,
        what_the_dynamic_linker_says_is_passed_on,
        files_others_may_write_are_refused,
        a_long_path_leaves_room_for_reason_and_cure,
        truncated_and_foreign_files_are_refused,
        the_private_copy_is_what_was_checked,
        list_shows_refused_files_with_the_reason,
        the_validating_host_compares_batch_with_single,
        random_values_are_there_where_the_scheme_has_them,
        services_are_granted_by_kind};
    Suite *suite = suite_create("plugin");
    TCase *tcase = tcase_create("loader");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, make_dir, drop_dir);
    for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++) {
        tcase_add_test(tcase, tests[i]);
    }
    suite_add_tcase(suite, tcase);
    return vt_suite_run(suite);
}
