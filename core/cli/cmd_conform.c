/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_conform.c - plugin check --conformance: the suites of core/conform, as a
 * table while they run, as JSON or as TAP.
 */
#include "base/bytes.h"
#include "cli/commands.h"
#include "cli/progress.h"
#include "cli/term.h"
#include "conform/conform.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CASE_MAX 8192u

struct show {
    struct vt_cli *cli;
    const struct vt_conform_args *args;
    struct vt_json_maker m;
    int tap;
    int is_beside; /* the options lie beside the file: nobody needs to say them
                    */
    uint32_t shown, failed;
    char first[80]; /* the first test that failed */
};

static const char *outcome_word(enum vt_conform_outcome outcome)
{
    return outcome == VT_CONFORM_PASS   ? "pass"
           : outcome == VT_CONFORM_FAIL ? "FAIL"
                                        : "skip";
}

static void shell_quoted(const char *text, struct vt_buf *out)
{
    (void)vt_buf_put_u8(out, '\'');
    for (; *text != '\0'; text++) {
        if (*text == '\'') {
            (void)vt_buf_printf(out, "'\\''");
        } else {
            (void)vt_buf_put_u8(out, (uint8_t)*text);
        }
    }
    (void)vt_buf_put_u8(out, '\'');
}

/* The command that runs this failure again. */
static void again_line(const struct show *s, const struct vt_conform_result *r,
                       struct vt_buf *out)
{
    (void)vt_buf_printf(out, "vtchain plugin check --conformance ");
    shell_quoted(s->args->file, out);
    (void)vt_buf_printf(out, " --test %s --seed %" PRIu64 " --level %u",
                        r->name, r->seed, s->args->level);
    if (!s->is_beside && s->args->options[0] != '\0') {
        (void)vt_buf_printf(out, " --options ");
        shell_quoted(s->args->options, out);
    }
}

/* ---- one result ---------------------------------------------------------- */

static void show_row(const struct show *s, const struct vt_conform_result *r)
{
    enum vt_term_style style = r->outcome == VT_CONFORM_PASS   ? VT_TERM_GREEN
                               : r->outcome == VT_CONFORM_FAIL ? VT_TERM_RED
                                                               : VT_TERM_DIM;

    if (s->shown == 1) {
        (void)printf("%-40s %5s  %-6s %-16s %9s\n", "TEST", "LEVEL", "RESULT",
                     "RULE", "TIME");
    }
    (void)printf("%-40s %5u  %s%-6s%s %-16s %6" PRIu64 " ms\n", r->name,
                 r->level, vt_term_style(stdout, style),
                 outcome_word(r->outcome), vt_term_plain(stdout), r->rule,
                 r->took_ms);
}

static void show_why(const struct show *s, const struct vt_conform_result *r,
                     const char *again, const char *prefix)
{
    char clean[1024];

    if (r->text[0] != '\0') {
        (void)printf("%s%s%s%s\n", prefix,
                     r->outcome == VT_CONFORM_FAIL ? r->rule : "",
                     r->outcome == VT_CONFORM_FAIL ? ": " : "",
                     vt_text_clean(r->text, clean, sizeof clean));
    }
    if (r->outcome == VT_CONFORM_FAIL) {
        (void)printf("%sseed %" PRIu64 "\n%sagain: %s\n", prefix, r->seed,
                     prefix, again);
    }
    (void)s;
}

static void show_tap(const struct show *s, const struct vt_conform_result *r,
                     const char *again)
{
    char clean[1024];

    if (r->outcome == VT_CONFORM_SKIP) {
        (void)printf("ok %u - %s # SKIP %s\n", s->shown, r->name,
                     vt_text_clean(r->text, clean, sizeof clean));
        return;
    }
    (void)printf("%sok %u - %s (%s)\n",
                 r->outcome == VT_CONFORM_PASS ? "" : "not ", s->shown, r->name,
                 r->rule);
    if (r->outcome == VT_CONFORM_FAIL) {
        show_why(s, r, again, "# ");
    }
}

static void put_result(struct show *s, const struct vt_conform_result *r,
                       const char *again)
{
    vt_json_open_object(&s->m, NULL);
    vt_json_put_text(&s->m, "test", r->name);
    vt_json_put_text(&s->m, "rule", r->rule);
    vt_json_put_u64(&s->m, "level", r->level);
    vt_json_put_text(&s->m, "result",
                     r->outcome == VT_CONFORM_FAIL ? "fail"
                                                   : outcome_word(r->outcome));
    vt_json_put_u64(&s->m, "seed", r->seed);
    vt_json_put_u64(&s->m, "ms", r->took_ms);
    if (r->text[0] != '\0') {
        vt_json_put_text(&s->m, "why", r->text);
    }
    if (r->outcome == VT_CONFORM_FAIL) {
        vt_json_put_text(&s->m, "again", again);
    }
    vt_json_close(&s->m);
}

static void keep_case(const struct show *s, const struct vt_conform_result *r)
{
    struct vt_conform_case c = {.seed = r->seed, .level = s->args->level};
    struct vt_buf text = VT_BUF_INIT(CASE_MAX);
    char path[PATH_MAX];
    FILE *f;

    if (realpath(s->args->file, path) == NULL) {
        return;
    }
    (void)snprintf(c.file, sizeof c.file, "%.1023s", path);
    (void)snprintf(c.test, sizeof c.test, "%.63s", r->name);
    (void)snprintf(c.options, sizeof c.options, "%s", s->args->options);
    (void)snprintf(path, sizeof path, "%s/conform-%s.ini",
                   vt_cli_text(s->cli, "keep"), r->name);
    f = vt_conform_case_print(&c, &text) == VT_OK ? fopen(path, "we") : NULL;
    if (f == NULL || fwrite(text.data, 1, text.len, f) != text.len) {
        vt_cli_note(s->cli, "%s: %s", path, strerror(errno));
    }
    if (f != NULL) {
        (void)fclose(f);
    }
    vt_buf_fini(&text);
}

static void on_result(void *ctx, const struct vt_conform_result *r)
{
    struct vt_buf again = VT_BUF_INIT(CASE_MAX);
    struct show *s = ctx;

    s->shown++;
    if (r->outcome == VT_CONFORM_FAIL) {
        again_line(s, r, &again);
        if (s->failed++ == 0) {
            (void)snprintf(s->first, sizeof s->first, "%s", r->name);
        }
        if (vt_cli_text(s->cli, "keep")[0] != '\0') {
            keep_case(s, r);
        }
    }
    if (s->cli->json) {
        put_result(s, r, vt_buf_text(&again));
    } else if (s->tap) {
        show_tap(s, r, vt_buf_text(&again));
    } else {
        show_row(s, r);
        show_why(s, r, vt_buf_text(&again), "    ");
    }
    (void)fflush(stdout);
    vt_buf_fini(&again);
}

/* ---- one file ------------------------------------------------------------ */

static int end_of(struct show *s, const struct vt_conform_total *total)
{
    if (s->tap) {
        (void)printf("1..%u\n", s->shown);
    } else if (!s->cli->json) {
        (void)printf("%s: %u passed, %u failed, %u skipped at level %u\n",
                     s->args->file, total->passed, total->failed,
                     total->skipped, s->args->level);
    }
    if (total->failed > 0) {
        return vt_cli_fail(s->cli, VT_EXIT_FAILED, "contract",
                           "%s: %u of %u tests failed, %s first", s->args->file,
                           total->failed, s->shown, s->first);
    }
    if (total->passed == 0) {
        return vt_cli_fail(s->cli, VT_EXIT_FAILED, "contract",
                           "%s: no test applies", s->args->file);
    }
    return VT_EXIT_OK;
}

/* With which options the plugin is tried, when it brings some. */
static void show_options(struct show *s)
{
    const char *row = s->args->options;

    if (s->cli->json) {
        vt_json_put_text(&s->m, "options", row);
        return;
    }
    while (s->is_beside && *row != '\0') {
        size_t len = strcspn(row, "\n");

        (void)printf("%s%.*s\n", s->tap ? "# with " : "with ", (int)len, row);
        row += len + (row[len] == '\n');
    }
}

static int try_file(struct show *s)
{
    struct vt_conform_total total;
    struct vt_err err = VT_ERR_INIT;
    int code;

    vt_json_open_object(&s->m, NULL);
    vt_json_put_text(&s->m, "file", s->args->file);
    vt_json_put_u64(&s->m, "level", s->args->level);
    show_options(s);
    vt_json_open_array(&s->m, "tests");
    code = vt_conform_run(s->args, &total, &err) == VT_OK
               ? end_of(s, &total)
               : vt_cli_fail_err(s->cli, &err);
    vt_json_close(&s->m);
    vt_json_put_bool(&s->m, "ok", code == VT_EXIT_OK);
    vt_json_close(&s->m);
    return code;
}

/* args without options: those beside the file. */
static int run(struct vt_cli *cli, struct vt_conform_args *args,
               struct vt_json_maker *m)
{
    struct show s = {.cli = cli,
                     .args = args,
                     .tap = vt_cli_flag(cli, "tap") && !cli->json,
                     .is_beside = args->options == NULL};
    struct vt_buf beside = VT_BUF_INIT(VT_CONFORM_OPTIONS_MAX);
    struct vt_err err = VT_ERR_INIT;
    int code;

    if (s.is_beside && vt_conform_options(args->file, &beside, &err) != VT_OK) {
        vt_buf_fini(&beside);
        return vt_cli_fail_err(cli, &err);
    }
    if (s.is_beside) {
        args->options = vt_buf_text(&beside);
    }
    args->on_result = on_result;
    args->ctx = &s;
    s.m = *m;
    code = try_file(&s);
    *m = s.m;
    vt_buf_fini(&beside);
    return code;
}

static int run_files(struct vt_cli *cli, struct vt_json_maker *m)
{
    const char *test = vt_cli_text(cli, "test");
    int worst = VT_EXIT_OK;

    for (size_t i = 0; i < cli->arg_count; i++) {
        struct vt_conform_args args = {
            .file = cli->args[i],
            .options = vt_cli_given(cli, "options")
                           ? vt_cli_text(cli, "options")
                           : NULL,
            .level = (uint32_t)vt_cli_u64(cli, "level"),
            .seed = vt_cli_u64(cli, "seed"),
            .only = test[0] == '\0' ? NULL : test};
        int code = run(cli, &args, m);

        worst = code == VT_EXIT_OK ? worst : code;
    }
    return worst;
}

static int run_case(struct vt_cli *cli, struct vt_json_maker *m)
{
    struct vt_err err = VT_ERR_INIT;
    struct vt_conform_args args;
    struct vt_conform_case c;

    if (vt_conform_case_read(vt_cli_text(cli, "reproduce"), &c, &err) !=
        VT_OK) {
        return vt_cli_fail_err(cli, &err);
    }
    args = (struct vt_conform_args){.file = c.file,
                                    .options = c.options,
                                    .level = c.level,
                                    .seed = c.seed,
                                    .only = c.test};
    return run(cli, &args, m);
}

int vt_cmd_conform(struct vt_cli *cli)
{
    int is_case = vt_cli_text(cli, "reproduce")[0] != '\0';
    struct vt_json_maker m;
    int code;

    if (is_case == (cli->arg_count > 0)) {
        return vt_cli_fail(cli, VT_EXIT_USAGE, "usage",
                           is_case
                               ? "plugin check: --reproduce names the file, "
                                 "leave FILE out"
                               : "plugin check: FILE is missing");
    }
    vt_json_begin(&m);
    vt_json_open_array(&m, "files");
    code = is_case ? run_case(cli, &m) : run_files(cli, &m);
    vt_json_close(&m);
    if (code == VT_EXIT_OK && cli->json) {
        return vt_cli_emit_made(cli, &m);
    }
    (void)vt_json_end(&m, &cli->details);
    return code;
}
