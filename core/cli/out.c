/* SPDX-License-Identifier: Apache-2.0
 *
 * out.c - answers and errors: one JSON value on stdout with --json, text for
 * people otherwise, errors always on one line.
 */
#include "cli/cli.h"

#include "cli/term.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#define ANSWER_MAX (UINT32_C(256) << 20)

__attribute__((format(printf, 2, 0))) static void set_message(
    struct vt_cli *cli, const char *fmt, va_list args)
{
    char text[sizeof cli->message];

    (void)vsnprintf(text, sizeof text, fmt, args);
    (void)vt_text_clean(text, cli->message, sizeof cli->message);
}

int vt_cli_fail(struct vt_cli *cli, int exit_code, const char *code,
                const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    set_message(cli, fmt, args);
    va_end(args);
    (void)snprintf(cli->code, sizeof cli->code, "%s", code);
    cli->exit_code = exit_code;
    return exit_code;
}

int vt_cli_fail_err(struct vt_cli *cli, const struct vt_err *err)
{
    const char *text =
        err->text[0] == '\0' ? vt_status_text(err->code) : err->text;

    switch (err->code) {
    case VT_E_INVALID:
    case VT_E_CORRUPT:
    case VT_E_NOTFOUND:
    case VT_E_LIMIT:
    case VT_E_UNSUPPORTED:
        return vt_cli_fail(cli, VT_EXIT_BAD_INPUT, "bad_input", "%s", text);
    default:
        return vt_cli_fail(cli, VT_EXIT_FAILED, "failed", "%s", text);
    }
}

int vt_cli_no_memory(struct vt_cli *cli)
{
    return vt_cli_fail(cli, VT_EXIT_FAILED, "failed", "out of memory");
}

int vt_cli_emit(struct vt_cli *cli, struct vt_json *given)
{
    struct vt_buf out = VT_BUF_INIT(ANSWER_MAX);
    int code = VT_EXIT_OK;

    if (given == NULL || vt_json_print(given, 0, &out) != VT_OK) {
        code = vt_cli_no_memory(cli);
    } else {
        (void)fwrite(out.data, 1, out.len, stdout);
        (void)putchar('\n');
    }
    vt_buf_fini(&out);
    vt_json_free(given);
    return code;
}

int vt_cli_emit_made(struct vt_cli *cli, struct vt_json_maker *m)
{
    struct vt_json *made = NULL;
    vt_status status = vt_json_end(m, &made);

    if (status == VT_E_INVALID) {
        return vt_cli_fail(cli, VT_EXIT_FAILED, "failed",
                           "the answer holds text that is not UTF-8");
    }
    return vt_cli_emit(cli, made);
}

void vt_cli_note(const struct vt_cli *cli, const char *fmt, ...)
{
    va_list args;

    if (cli->quiet || cli->json) {
        return;
    }
    va_start(args, fmt);
    (void)vfprintf(stderr, fmt, args);
    va_end(args);
    (void)fputc('\n', stderr);
}

void vt_cli_trace(const struct vt_cli *cli, const char *fmt, ...)
{
    va_list args;

    if (!cli->verbose) {
        return;
    }
    va_start(args, fmt);
    (void)vfprintf(stderr, fmt, args);
    va_end(args);
    (void)fputc('\n', stderr);
}

static void print_error_json(struct vt_cli *cli)
{
    struct vt_json_maker m;
    const char *key = NULL;

    vt_json_begin(&m);
    vt_json_open_object(&m, "error");
    vt_json_put_text(&m, "code", cli->code);
    vt_json_put_text(&m, "message", cli->message);
    for (size_t i = 0; i < vt_json_count(cli->details); i++) {
        const struct vt_json *value = vt_json_member(cli->details, i, &key);

        vt_json_put(&m, key, value);
    }
    vt_json_close(&m);
    if (vt_cli_emit_made(cli, &m) != VT_EXIT_OK) {
        (void)puts("{\"error\":{\"code\":\"failed\",\"message\":\"out of "
                   "memory\"}}");
    }
}

int vt_cli_finish(struct vt_cli *cli)
{
    int code = cli->exit_code;

    if (code != VT_EXIT_OK && cli->json) {
        print_error_json(cli);
    } else if (code != VT_EXIT_OK) {
        (void)fflush(stdout);
        (void)fprintf(stderr, "%svtchain:%s %s\n",
                      vt_term_style(stderr, VT_TERM_RED), vt_term_plain(stderr),
                      cli->message);
    }
    if (fflush(stdout) != 0 || ferror(stdout) != 0) {
        (void)fprintf(stderr, "vtchain: output cannot be written: %s\n",
                      strerror(errno));
        return code == VT_EXIT_OK ? VT_EXIT_FAILED : code;
    }
    return code;
}
