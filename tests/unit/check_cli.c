/* SPDX-License-Identifier: Apache-2.0
 *
 * check_cli.c - the table of commands, parsing, columns, the progress line and
 * names for nodes. What whole commands do is in tests/system.
 */
#include "unit/suite.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "cli/cli.h"
#include "cli/contexts.h"
#include "cli/paths.h"
#include "cli/progress.h"
#include "cli/table.h"
#include "cli/term.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define NS_PER_S UINT64_C(1000000000)

/* ---- the table ----------------------------------------------------------- */

/* The row's own path as a command line, with an argument for each it wants. */
static int parse_row(struct vt_cli *cli, const struct vt_cli_command *c)
{
    static char words[128];
    char *argv[48] = {(char[]){"vtchain"}};
    static char value[] = "1";
    static char names[16][VT_CLI_WORD_SIZE];
    int argc = 1;
    char *rest = words;
    char *word;

    (void)snprintf(words, sizeof words, "%s", c->path);
    while ((word = strsep(&rest, " ")) != NULL) {
        argv[argc++] = word;
    }
    for (size_t i = 0; c->args[i].name != NULL; i++) {
        argv[argc++] = value;
    }
    for (size_t i = 0; c->options[i].key.name != NULL; i++) {
        if ((c->options[i].key.flags & VT_KF_REQUIRED) != 0) {
            (void)vt_cli_option_name(&c->options[i], names[i]);
            argv[argc++] = names[i];
            argv[argc++] = value;
        }
    }
    return vt_cli_parse(cli, argc, argv);
}

START_TEST(every_row_is_sound)
{
    for (const struct vt_cli_command *c = vt_cli_commands; c->path != NULL;
         c++) {
        struct vt_cli cli;
        char start[128];

        ck_assert_msg(parse_row(&cli, c) == 0, "%s: %s", c->path, cli.message);
        ck_assert_ptr_eq(cli.command, c);
        (void)snprintf(start, sizeof start, "vtchain %s", c->path);
        ck_assert_msg(strncmp(c->example, start, strlen(start)) == 0,
                      "example of %s: %s", c->path, c->example);
        ck_assert_msg(c->summary[strlen(c->summary) - 1] != '.', "%s", c->path);
        for (size_t i = 0; c->options[i].key.name != NULL; i++) {
            const struct vt_key *key = &c->options[i].key;

            ck_assert_uint_lt(i, VT_CLI_ROW_OPTIONS_MAX);
            ck_assert_msg(
                (key->type == VT_T_BOOL) == (c->options[i].value == NULL),
                "%s %s: a flag has no value, all else has", c->path, key->name);
        }
        vt_cli_fini(&cli);
    }
}
END_TEST

START_TEST(no_path_begins_another)
{
    for (const struct vt_cli_command *a = vt_cli_commands; a->path != NULL;
         a++) {
        for (const struct vt_cli_command *b = vt_cli_commands; b->path != NULL;
             b++) {
            size_t len = strlen(a->path);

            ck_assert_msg(a == b || strncmp(b->path, a->path, len) != 0 ||
                              (b->path[len] != ' ' && b->path[len] != '\0'),
                          "'%s' begins '%s'", a->path, b->path);
        }
    }
}
END_TEST

START_TEST(the_nearest_word_is_at_most_three_edits_away)
{
    struct vt_cli_words words = {.count = 3,
                                 .word = {"status", "send", "show"}};

    ck_assert_str_eq(vt_cli_nearest("statsu", &words), "status");
    ck_assert_str_eq(vt_cli_nearest("shwo", &words), "show");
    ck_assert_ptr_null(vt_cli_nearest("xyz", &words));
    ck_assert_ptr_null(vt_cli_nearest("", &words));
}
END_TEST

static int parse(struct vt_cli *cli, const char *line)
{
    static char copy[256];
    char *argv[32] = {(char[]){"vtchain"}};
    int argc = 1;
    char *rest = copy;
    char *word;

    (void)snprintf(copy, sizeof copy, "%s", line);
    while ((word = strsep(&rest, " ")) != NULL) {
        argv[argc++] = word;
    }
    return vt_cli_parse(cli, argc, argv);
}

START_TEST(options_may_stand_anywhere)
{
    struct vt_cli cli;

    ck_assert_int_eq(parse(&cli, "--quiet key --json new --scheme=ed25519 bob "
                                 "--no-password"),
                     0);
    ck_assert_int_eq(cli.quiet, 1);
    ck_assert_int_eq(cli.json, 1);
    ck_assert_str_eq(vt_cli_text(&cli, "scheme"), "ed25519");
    ck_assert_int_eq(vt_cli_given(&cli, "scheme"), 1);
    ck_assert_int_eq(vt_cli_given(&cli, "keys"), 0);
    ck_assert_int_eq(vt_cli_flag(&cli, "no_password"), 1);
    ck_assert_str_eq(vt_cli_arg(&cli, 0), "bob");
    ck_assert_ptr_null(vt_cli_arg(&cli, 1));
    vt_cli_fini(&cli);
    ck_assert_int_eq(parse(&cli, "key new -- --json"), 0);
    ck_assert_str_eq(vt_cli_arg(&cli, 0), "--json");
    ck_assert_int_eq(cli.json, 0);
    vt_cli_fini(&cli);
}
END_TEST

START_TEST(every_failed_allocation_while_parsing_is_told)
{
    uint64_t n = 1;

    for (;; n++) {
        struct vt_cli cli;
        int code;

        vt_alloc_fail_at(n);
        code = parse(&cli, "key new bob --scheme ed25519 --keys x");
        vt_alloc_fail_at(0);
        vt_cli_fini(&cli);
        if (code == 0) {
            break;
        }
        ck_assert_int_ne(cli.message[0], '\0');
    }
    ck_assert_uint_gt(n, 10);
}
END_TEST

/* ---- columns ------------------------------------------------------------- */

static void set_up_text(void)
{
    vt_term_init(1);
}

START_TEST(text_for_a_terminal_is_measured_and_cleaned)
{
    char out[32];

    ck_assert_uint_eq(vt_text_width("abc"), 3);
    ck_assert_uint_eq(vt_text_width("n\xc3\xb6rd"), 4);
    ck_assert_uint_eq(vt_text_width("\xe9\x93\xbe"), 2); /* wide */
    ck_assert_uint_eq(vt_text_width("\xff\xfe"), 2);
    ck_assert_str_eq(vt_text_clean("a\x1b[31mb\n\xff", out, sizeof out),
                     "a?[31mb??");
    ck_assert_str_eq(vt_text_clean("\xc2\x9b"
                                   "31m",
                                   out, sizeof out),
                     "?31m"); /* the one-character CSI */
    ck_assert_str_eq(vt_text_clean("\xe9\x93\xbe\xe9\x93\xbe", out, 6),
                     "\xe9\x93\xbe");
    ck_assert_str_eq(vt_text_clean("", out, 1), "");
}
END_TEST

static void print_table(const char *json, int titles, char *out, size_t size)
{
    static const struct vt_column columns[] = {
        {"NAME", "name", 0}, {"N", "n", 1}, {"UP", "up", 0}};
    struct vt_json *rows = NULL;
    struct vt_table table;
    FILE *f = fmemopen(out, size, "w");

    ck_assert_int_eq(vt_json_parse(vt_view_str(json), 4096, &rows, NULL),
                     VT_OK);
    vt_table_init(&table, columns, 3);
    for (size_t i = 0; i < vt_json_count(rows); i++) {
        vt_table_row(&table, vt_json_item(rows, i));
    }
    ck_assert_int_eq(vt_table_print(&table, titles, f), VT_OK);
    (void)fclose(f);
    vt_table_fini(&table);
    vt_json_free(rows);
}

START_TEST(columns_are_aligned_also_with_wide_characters)
{
    char out[512];

    print_table("[{\"name\":\"main\",\"n\":1234,\"up\":true},"
                "{\"name\":\"\xe9\x93\xbe\",\"n\":7,\"up\":false},"
                "{\"name\":\"n\xc3\xb6rdlich\",\"up\":null}]",
                1, out, sizeof out);
    ck_assert_str_eq(out, "NAME         N  UP\n"
                          "main      1234  yes\n"
                          "\xe9\x93\xbe           7  no\n"
                          "n\xc3\xb6rdlich     -  -\n");
}
END_TEST

/* ---- the progress line --------------------------------------------------- */

static const char *line(uint64_t total, uint64_t done, uint64_t seconds,
                        unsigned width)
{
    static char out[256];
    struct vt_progress p = {.label = "sync", .unit = "blocks", .total = total};

    vt_progress_line(&p, done, seconds * NS_PER_S, width, out, sizeof out);
    return out;
}

START_TEST(a_progress_line_has_rate_and_time_left)
{
    ck_assert_str_eq(line(1000, 250, 5, 60),
                     "sync  [##--------]  25 %  250 blocks  50/s  ETA 0:15");
    ck_assert_str_eq(
        line(2000000, 2000000, 4000, 100),
        "sync  [##############################] 100 %  2.0 M blocks  500/s  "
        "ETA 0:00");
    ck_assert_str_eq(line(10, 0, 2, 60),
                     "sync  [----------]   0 %  0 blocks  0/s  ETA -");
    ck_assert_str_eq(line(40000, 1, 2, 60),
                     "sync  [----------]   0 %  1 blocks  0/s  ETA 22:13:18");
    ck_assert_str_eq(line(0, 12345, 61, 60),
                     "sync  12.3 k blocks  202/s  1:01");
    ck_assert_str_eq(line(10, 99, 2, 20), "sync  [##########] 1");
}
END_TEST

START_TEST(progress_is_silent_without_a_terminal)
{
    struct vt_cli cli;
    struct vt_progress p;

    memset(&cli, 0, sizeof cli);
    ck_assert_ptr_nonnull(freopen("/dev/null", "w", stderr));
    vt_progress_begin(&p, &cli, "work", 10, "steps");
    ck_assert_int_eq(p.on, 0);
    vt_progress_update(&p, 5);
    ck_assert_int_eq(p.drawn, 0);
    vt_progress_end(&p);
}
END_TEST

/* ---- names for nodes ----------------------------------------------------- */

static char dir[64];

static void set_up_dir(void)
{
    (void)snprintf(dir, sizeof dir, "/tmp/vt-check-cli-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(dir));
    ck_assert_int_eq(setenv("XDG_CONFIG_HOME", dir, 1), 0);
}

static void tear_down_dir(void)
{
    char command[128];

    (void)snprintf(command, sizeof command, "rm -rf '%s'", dir);
    ck_assert_int_eq(system(command), 0);
}

static void save(const char *name, const char *node, const char *keys)
{
    struct vt_context context;
    struct vt_err err = VT_ERR_INIT;

    (void)snprintf(context.name, sizeof context.name, "%s", name);
    (void)snprintf(context.node, sizeof context.node, "%s", node);
    (void)snprintf(context.keys, sizeof context.keys, "%s", keys);
    ck_assert_msg(vt_context_save(&context, &err) == VT_OK, "%s", err.text);
}

static void expect_current(const char *name, const char *node)
{
    struct vt_context context;
    struct vt_err err = VT_ERR_INIT;

    ck_assert_msg(vt_context_load(NULL, &context, &err) == VT_OK, "%s",
                  err.text);
    ck_assert_str_eq(context.name, name);
    ck_assert_str_eq(context.node, node);
}

START_TEST(the_last_saved_context_is_current)
{
    struct vt_context context;
    struct vt_err err = VT_ERR_INIT;

    ck_assert_int_eq(vt_context_load(NULL, &context, &err), VT_E_NOTFOUND);
    save("dev", "127.0.0.1:7201", "/tmp/keys");
    save("test", "unix:/run/vt.sock", "");
    expect_current("test", "unix:/run/vt.sock");
    ck_assert_int_eq(vt_context_load("dev", &context, &err), VT_OK);
    ck_assert_str_eq(context.keys, "/tmp/keys");
    save("dev", "127.0.0.1:9", "");
    expect_current("dev", "127.0.0.1:9");
    ck_assert_int_eq(vt_context_remove("dev", &err), VT_OK);
    expect_current("test", "unix:/run/vt.sock");
    ck_assert_int_eq(vt_context_remove("dev", &err), VT_OK);
    ck_assert_int_eq(vt_context_remove("test", &err), VT_OK);
    ck_assert_int_eq(vt_context_load(NULL, &context, &err), VT_E_NOTFOUND);
}
END_TEST

START_TEST(bad_contexts_are_refused)
{
    static const char *const names[] = {"", "Dev", "a b", "current",
                                        "0123456789012345678901234567890123"};
    struct vt_context context = {.node = "127.0.0.1:1"};
    struct vt_err err = VT_ERR_INIT;

    for (size_t i = 0; i < 4; i++) {
        (void)snprintf(context.name, sizeof context.name, "%s", names[i]);
        ck_assert_int_eq(vt_context_save(&context, &err), VT_E_INVALID);
    }
    ck_assert_int_eq(vt_context_load(names[4], &context, &err), VT_E_NOTFOUND);
    (void)snprintf(context.name, sizeof context.name, "dev");
    memset(context.keys, 'k', 300);
    context.keys[300] = '\0';
    ck_assert_int_eq(vt_context_save(&context, &err), VT_E_LIMIT);
}
END_TEST

START_TEST(a_users_folders_follow_xdg_or_home)
{
    struct vt_err err = VT_ERR_INIT;
    char path[PATH_MAX];

    ck_assert_int_eq(vt_contexts_path(path, &err), VT_OK);
    ck_assert_ptr_nonnull(strstr(path, dir));
    ck_assert_int_eq(setenv("XDG_CONFIG_HOME", "relative", 1), 0);
    ck_assert_int_eq(setenv("HOME", "/somewhere", 1), 0);
    ck_assert_int_eq(vt_contexts_path(path, &err), VT_OK);
    ck_assert_str_eq(path, "/somewhere/.config/vtchain/contexts.ini");
    ck_assert_int_eq(unsetenv("HOME"), 0);
    ck_assert_int_eq(vt_contexts_path(path, &err), VT_E_NOTFOUND);
    ck_assert_ptr_nonnull(strstr(err.text, "neither XDG_CONFIG_HOME nor HOME"));
}
END_TEST

int main(void)
{
    const TTest *const rows[] = {every_row_is_sound, no_path_begins_another,
                                 the_nearest_word_is_at_most_three_edits_away,
                                 options_may_stand_anywhere,
                                 every_failed_allocation_while_parsing_is_told};
    const TTest *const text[] = {text_for_a_terminal_is_measured_and_cleaned,
                                 columns_are_aligned_also_with_wide_characters,
                                 a_progress_line_has_rate_and_time_left,
                                 progress_is_silent_without_a_terminal};
    const TTest *const contexts[] = {the_last_saved_context_is_current,
                                     bad_contexts_are_refused,
                                     a_users_folders_follow_xdg_or_home};
    Suite *suite = suite_create("cli");
    TCase *tcase = tcase_create("text");

    VT_SUITE_ADD(suite, "rows", rows);
    tcase_add_checked_fixture(tcase, set_up_text, NULL);
    for (size_t i = 0; i < sizeof text / sizeof text[0]; i++) {
        tcase_add_test(tcase, text[i]);
    }
    suite_add_tcase(suite, tcase);
    tcase = tcase_create("contexts");
    tcase_add_checked_fixture(tcase, set_up_dir, tear_down_dir);
    for (size_t i = 0; i < sizeof contexts / sizeof contexts[0]; i++) {
        tcase_add_test(tcase, contexts[i]);
    }
    suite_add_tcase(suite, tcase);
    return vt_suite_run(suite);
}
