/* SPDX-License-Identifier: Apache-2.0
 *
 * check_validate.c - an engine that breaks the contract is found out.
 */
#include "unit/suite.h"

#include "base/status.h"
#include "plugin/host.h"

#include <signal.h>
#include <string.h>

enum { KEEP_VIEW = 1, BAD_FLAGS, NOT_IN_NEEDS, HONEST };

static int mood;
static const uint8_t *kept;

struct vt_cs {
    int unused;
};

static struct vt_cs the_one;

static vt_status e_create(const struct vt_host *host, const struct vt_cfg *cfg,
                          const struct vt_cs_start *start, struct vt_cs **out,
                          struct vt_err *err)
{
    (void)host;
    (void)cfg;
    (void)start;
    (void)err;
    *out = &the_one;
    return VT_OK;
}

static void e_destroy(struct vt_cs *self)
{
    (void)self;
}

static vt_status e_step(struct vt_cs *self, const struct vt_ev *ev,
                        struct vt_out *out)
{
    struct vt_eff_timer timer = {
        .h = {.size = VT_UPTO(struct vt_eff_timer, delay_ns),
              .type = VT_EFF_TIMER}};

    (void)self;
    if ((ev->type & ~VT_EV_CRITICAL) == VT_EV_RECV) {
        const struct vt_ev_recv *recv =
            (const struct vt_ev_recv *)(const void *)ev;

        if (mood == KEEP_VIEW && kept != NULL) {
            return kept[0] == 0 ? VT_OK : VT_E_INTERNAL;
        }
        kept = recv->msg.ptr;
    }
    if (mood == BAD_FLAGS) {
        timer.h.flags = 0x80;
    }
    if (mood == NOT_IN_NEEDS) {
        timer.h.type = VT_EFF_HALT;
    }
    return out->emit(out, &timer.h) == VT_OK ? VT_OK : VT_OK;
}

static vt_status e_digest(const struct vt_cs *self, uint8_t out[32])
{
    (void)self;
    memset(out, 0, 32);
    return VT_OK;
}

static vt_status e_check(const struct vt_host *host,
                         const struct vt_cs_epoch *epoch, uint64_t height,
                         const uint8_t id[32], struct vt_view proof,
                         uint32_t *verdict, struct vt_err *err)
{
    (void)host;
    (void)epoch;
    (void)height;
    (void)id;
    (void)proof;
    (void)err;
    *verdict = 7;
    return VT_OK;
}

static const struct vt_consensus engine = {
    .size = VT_UPTO(struct vt_consensus, compare),
    .finality = VT_FIN_INSTANT,
    .members_min = 1,
    .members_max = 4,
    .create = e_create,
    .destroy = e_destroy,
    .step = e_step,
    .digest = e_digest,
    .check_proof = e_check,
};
static const struct vt_iface ifaces[] = {{VT_IF_CONSENSUS, &engine}};
static const struct vt_need needs[] = {
    {VT_NEED_TIMER, VT_UPTO(struct vt_eff_timer, delay_ns), 0}};
static const struct vt_plugin plugin = {
    .magic = VT_PLUGIN_MAGIC,
    .size = VT_UPTO(struct vt_plugin, self_test),
    .abi_major = VT_ABI_MAJOR,
    .id = "org.vtchain.test.sloppy",
    .name = "sloppy",
    .version = "1",
    .vendor = "test",
    .license = "Apache-2.0",
    .url = "-",
    .build = "",
    .ifaces = VT_TAB(ifaces),
    .needs = VT_TAB(needs),
    .keys = VT_TAB_NONE,
};

static vt_status take(struct vt_out *out, const struct vt_eff *eff)
{
    (void)out;
    (void)eff;
    return VT_OK;
}

static const struct vt_consensus *table;
static const struct vt_host *host;
static struct vt_cs *instance;
static struct vt_registry *registry;

static void start(void)
{
    struct vt_registry_policy policy = {.validate = 1};
    struct vt_err err = VT_ERR_INIT;
    const struct vt_module *module;
    struct vt_host_args args = {
        .kind = VT_KIND_CONSENSUS, .host_name = "t", .chain_name = "c"};
    struct vt_cs_start cs = {.size = VT_UPTO(struct vt_cs_start, handoff)};

    kept = NULL;
    ck_assert_int_eq(vt_registry_new(&policy, &registry, &err), VT_OK);
    ck_assert_msg(vt_registry_add(registry, &plugin, &module, &err) == VT_OK,
                  "%s", err.text);
    args.module = module;
    host = vt_host_new(&args);
    table = module->consensus;
    ck_assert_int_eq(table->create(host, NULL, &cs, &instance, &err), VT_OK);
}

static void stop(void)
{
    table->destroy(instance);
    vt_host_free(host);
    vt_registry_free(registry);
}

static void step(uint64_t now_ns)
{
    struct vt_ev_recv ev = {.h = {.size = VT_UPTO(struct vt_ev_recv, msg),
                                  .type = VT_EV_RECV,
                                  .now_ns = now_ns},
                            .msg = {(const uint8_t *)"hello", 5}};
    struct vt_out out = {
        .size = VT_UPTO(struct vt_out, emit), .room = 64, .emit = take};

    ck_assert_int_eq(table->step(instance, &ev.h, &out), VT_OK);
}

START_TEST(an_honest_engine_passes)
{
    uint64_t before = vt_validate_violations();

    mood = HONEST;
    step(1);
    step(2);
    ck_assert_uint_eq(vt_validate_violations(), before);
}
END_TEST

START_TEST(a_kept_view_faults)
{
    mood = KEEP_VIEW;
    step(1);
    ck_assert_ptr_nonnull(kept);
    (void)signal(SIGSEGV, SIG_DFL); /* a sanitizer would exit instead */
    /* the view is gone after the call: reading it here is what a sloppy
     * engine does from a thread or a later call */
    if (*(const volatile uint8_t *)kept == 'h') {
        ck_abort_msg("the view is still readable");
    }
}
END_TEST

START_TEST(malformed_effects_are_counted)
{
    uint64_t before = vt_validate_violations();

    mood = BAD_FLAGS;
    step(1);
    ck_assert_uint_eq(vt_validate_violations(), before + 1);
    mood = NOT_IN_NEEDS;
    step(2);
    ck_assert_uint_eq(vt_validate_violations(), before + 2);
}
END_TEST

START_TEST(a_clock_that_goes_back_and_a_wrong_domain_are_the_hosts_fault)
{
    uint64_t before = vt_validate_violations();

    mood = HONEST;
    step(5);
    step(4);
    ck_assert_uint_eq(vt_validate_violations(), before + 1);
    vt_validate_set_domain("pool");
    step(6);
    ck_assert_uint_eq(vt_validate_violations(), before + 2);
    vt_validate_set_domain(NULL);
}
END_TEST

START_TEST(odd_verdicts_are_counted)
{
    uint64_t before = vt_validate_violations();
    struct vt_cs_epoch epoch = {.size = VT_UPTO(struct vt_cs_epoch, members)};
    uint8_t id[32] = {0};
    uint32_t verdict = 0;
    struct vt_err err = VT_ERR_INIT;
    struct vt_view none = {NULL, 0};

    ck_assert_int_eq(
        table->check_proof(host, &epoch, 1, id, none, &verdict, &err), VT_OK);
    ck_assert_uint_eq(vt_validate_violations(), before + 1);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        an_honest_engine_passes, malformed_effects_are_counted,
        a_clock_that_goes_back_and_a_wrong_domain_are_the_hosts_fault,
        odd_verdicts_are_counted};
    Suite *suite = suite_create("validate");
    TCase *tcase = tcase_create("consensus");

    tcase_add_checked_fixture(tcase, start, stop);
    for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++) {
        tcase_add_test(tcase, tests[i]);
    }
    tcase_add_test_raise_signal(tcase, a_kept_view_faults, SIGSEGV);
    suite_add_tcase(suite, tcase);
    return vt_suite_run(suite);
}
