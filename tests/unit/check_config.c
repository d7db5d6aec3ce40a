/* SPDX-License-Identifier: Apache-2.0
 *
 * check_config.c - chain files that are right, and a table of ways to be
 * wrong: each must be refused at its line with its key in the text.
 */
#include "unit/suite.h"

#include "base/bytes.h"
#include "base/status.h"
#include "config/chain_config.h"
#include "config/node_config.h"

#include <stdio.h>
#include <string.h>

#define HEAD                                                                   \
    "[chain]\nname = trade\nconsensus = pbft\ngenesis_time = 1767225600000\n"
#define PK "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static vt_status load(const char *text, struct vt_chain_config **out,
                      struct vt_err *err)
{
    return vt_chain_config_load_text("x.ini", text, strlen(text), out, err);
}

START_TEST(values_arrive_with_their_units)
{
    struct vt_chain_config *c;
    struct vt_err err = VT_ERR_INIT;

    ck_assert_int_eq(load(HEAD "block_interval = 2s\nblock_max = 1MiB\n"
                               "signatures = schnorr, ed25519\n"
                               "[validators]\nn0 = " PK ", 7\n"
                               "[genesis]\nvt1abc = 12.5 BVC\n"
                               "[ledger.log]\nstorage = segment\n",
                          &c, &err),
                     VT_OK);
    ck_assert_uint_eq(c->block_interval_ns, 2000000000u);
    ck_assert_uint_eq(c->block_max_bytes, 1048576);
    ck_assert_uint_eq(c->scheme_count, 2);
    ck_assert_str_eq(c->schemes[1], "ed25519");
    ck_assert_uint_eq(c->validators[0].weight, 7);
    ck_assert_uint_eq(c->validators[0].pk_len, 32);
    ck_assert_str_eq(c->genesis[0].amount, "12.5");
    ck_assert_str_eq(c->genesis[0].asset, "BVC");
    ck_assert_str_eq(c->ledger_storage[VT_LEDGER_LOG], "segment");
    ck_assert_str_eq(c->log_storage, "segment");
    ck_assert_str_eq(c->channel, "trade");
    vt_chain_config_free(c);
}
END_TEST

static const struct {
    const char *text; /* appended to HEAD, which has four lines */
    const char *want[2];
} broken[] = {
    {"blok_max = 1MiB\n", {"x.ini:5", "did you mean 'block_max'"}},
    {"block_max = 1MB\n", {"x.ini:5", "512KiB"}},
    {"block_max = 99GiB\n", {"x.ini:5", "32MiB"}},
    {"block_max = 1\n", {"x.ini:5", "below 16KiB"}},
    {"block_interval = 250\n", {"x.ini:5", "with its unit"}},
    {"block_interval = -1s\n", {"x.ini:5", "with its unit"}},
    {"block_interval = 1ms\n", {"x.ini:5", "10ms..1h"}},
    {"fee_min = x\n", {"x.ini:5", "whole number"}},
    {"fee_min = 99999999999999999999\n", {"x.ini:5", "whole number"}},
    {"name = other\n", {"x.ini:5", "set already at x.ini:2"}},
    {"nonsense\n", {"x.ini:5", "key = value"}},
    {"[chian]\n a = b\n", {"x.ini:6", "unknown section [chian]"}},
    {"[economy]\nburn_rate = 10000001\n", {"x.ini:6", "0..10000000"}},
    {"[economy]\ntoken_decimals = 19\n", {"x.ini:6", "above 18"}},
    {"[validators]\nn0 = zz\n", {"x.ini:6", "hexadecimal"}},
    {"[validators]\nn0 = " PK ", 0\n", {"x.ini:6", "1..1000000000"}},
    {"[validators]\nn0 = " PK "\nn0 = " PK "\n", {"x.ini:7", "twice"}},
    {"[genesis]\nvt1x = 5\n", {"x.ini:6", "amount asset"}},
    {"[ledger.log]\nstorag = a\n", {"x.ini:6", "'storage'"}},
    {"time_drift = 5 parsecs\n", {"x.ini:5", "with its unit"}},
};

START_TEST(a_mistake_is_named_with_its_line)
{
    char text[1024];
    struct vt_chain_config *c;
    struct vt_err err = VT_ERR_INIT;
    size_t i = (size_t)_i;

    (void)snprintf(text, sizeof text, "%s%s", HEAD, broken[i].text);
    ck_assert_int_ne(load(text, &c, &err), VT_OK);
    ck_assert_ptr_null(c);
    for (size_t k = 0; k < 2; k++) {
        ck_assert_msg(strstr(err.text, broken[i].want[k]) != NULL,
                      "'%s' lacks '%s'", err.text, broken[i].want[k]);
    }
}
END_TEST

START_TEST(a_long_line_is_refused_not_cut)
{
    char text[1024];
    char value[300];
    struct vt_chain_config *c;
    struct vt_err err = VT_ERR_INIT;

    memset(value, 'a', sizeof value);
    value[sizeof value - 1] = '\0';
    (void)snprintf(text, sizeof text, "%schannel = %s\n", HEAD, value);
    ck_assert_int_eq(load(text, &c, &err), VT_E_INVALID);
    ck_assert_ptr_nonnull(strstr(err.text, "x.ini:5"));
    ck_assert_ptr_nonnull(strstr(err.text, "longer than 199 bytes"));
}
END_TEST

START_TEST(bytes_that_are_no_text_are_refused)
{
    struct vt_chain_config *c;
    struct vt_err err = VT_ERR_INIT;
    static const char nul[] = HEAD "a\0b = 1\n";

    ck_assert_int_eq(
        vt_chain_config_load_text("x.ini", nul, sizeof nul - 1, &c, &err),
        VT_E_INVALID);
    ck_assert_ptr_nonnull(strstr(err.text, "x.ini:5: line holds a NUL"));
    ck_assert_int_eq(load(HEAD "channel = \xff\n", &c, &err), VT_E_INVALID);
    ck_assert_ptr_nonnull(strstr(err.text, "UTF-8"));
    ck_assert_int_eq(load("name = x\n", &c, &err), VT_E_INVALID);
    ck_assert_ptr_nonnull(strstr(err.text, "before any [section]"));
}
END_TEST

START_TEST(a_missing_required_option_is_named)
{
    struct vt_chain_config *c;
    struct vt_err err = VT_ERR_INIT;

    ck_assert_int_eq(load("[chain]\nname = a\nconsensus = b\n", &c, &err),
                     VT_E_INVALID);
    ck_assert_ptr_nonnull(strstr(err.text, "genesis_time"));
}
END_TEST

START_TEST(rows_of_plugins_wait_for_their_table)
{
    static const struct vt_key keys[] = {
        {"round", VT_T_DURATION_NS, VT_KF_CONSENSUS, "1s", "1ms..1m",
         "A round.", "1"},
    };
    static const struct vt_tab table = VT_TAB(keys);
    struct vt_chain_config *c;
    struct vt_options *o;
    struct vt_err err = VT_ERR_INIT;

    ck_assert_int_eq(load(HEAD "[consensus.pbft]\nround = 5ms\n", &c, &err),
                     VT_OK);
    ck_assert_int_eq(vt_chain_config_finish(c, &err), VT_E_INVALID);
    ck_assert_ptr_nonnull(strstr(err.text, "x.ini:6"));
    ck_assert_int_eq(
        vt_chain_config_options(c, "consensus.pbft", table, &o, &err), VT_OK);
    ck_assert_uint_eq(vt_options_u64(o, 0), 5000000);
    ck_assert_str_eq(vt_options_origin(o, 0), "x.ini:6");
    ck_assert_int_eq(vt_chain_config_finish(c, &err), VT_OK);
    vt_options_free(o);
    vt_chain_config_free(c);
}
END_TEST

START_TEST(a_different_parameter_is_named_with_both_values)
{
    struct vt_chain_config *a;
    struct vt_chain_config *b;
    struct vt_buf x = VT_BUF_INIT(65536);
    struct vt_buf y = VT_BUF_INIT(65536);
    char diff[200];

    ck_assert_int_eq(load(HEAD, &a, NULL), VT_OK);
    ck_assert_int_eq(load(HEAD "tx_max = 1KiB\nmempool_count = 50\n", &b, NULL),
                     VT_OK);
    ck_assert_int_eq(vt_chain_config_canonical(a, vt_view_str(""), &x), VT_OK);
    ck_assert_int_eq(vt_chain_config_canonical(b, vt_view_str(""), &y), VT_OK);
    vt_chain_config_diff(vt_buf_view(&x), vt_buf_view(&y), diff, sizeof diff);
    ck_assert_str_eq(diff, "chain.tx_max: ours 65536, chain 1024");
    vt_chain_config_diff(vt_buf_view(&x), vt_buf_view(&x), diff, sizeof diff);
    ck_assert_str_eq(diff, "");
    vt_buf_fini(&x);
    vt_buf_fini(&y);
    vt_chain_config_free(a);
    vt_chain_config_free(b);
}
END_TEST

START_TEST(printed_defaults_load_as_they_are)
{
    struct vt_tab table;

    /* from 1: [chain] has required options and those have no default */
    for (uint32_t i = 1; vt_chain_config_table(i, &table) != NULL; i++) {
        struct vt_buf text = VT_BUF_INIT(65536);
        const char *name = vt_chain_config_table(i, &table);
        struct vt_chain_config *c;
        struct vt_err err = VT_ERR_INIT;

        (void)vt_buf_printf(&text, "%s", HEAD);
        ck_assert_int_eq(vt_options_print(name, table, &text), VT_OK);
        ck_assert_msg(load(vt_buf_text(&text), &c, &err) == VT_OK, "%s",
                      err.text);
        vt_chain_config_free(c);
        vt_buf_fini(&text);
    }
}
END_TEST

int main(void)
{
    static const TTest *tests[7];
    Suite *suite = suite_create("core/config");
    TCase *mistakes = tcase_create("mistakes");

    tests[0] = values_arrive_with_their_units;
    tests[1] = a_long_line_is_refused_not_cut;
    tests[2] = bytes_that_are_no_text_are_refused;
    tests[3] = a_missing_required_option_is_named;
    tests[4] = rows_of_plugins_wait_for_their_table;
    tests[5] = a_different_parameter_is_named_with_both_values;
    tests[6] = printed_defaults_load_as_they_are;
    VT_SUITE_ADD(suite, "config", tests);
    tcase_add_loop_test(mistakes, a_mistake_is_named_with_its_line, 0,
                        (int)(sizeof broken / sizeof broken[0]));
    suite_add_tcase(suite, mistakes);
    return vt_suite_run(suite);
}
