/* SPDX-License-Identifier: Apache-2.0
 *
 * cli.h - what a command of `vtchain` sees: its row in the table, its parsed
 * arguments, and how it answers.
 *
 * A command is one row in commands.c and one function. It prints its result
 * with vt_cli_emit (--json) or as text, and says why it failed with
 * vt_cli_fail; it never prints errors itself. Thread: main.
 */
#ifndef VT_CLI_CLI_H
#define VT_CLI_CLI_H

#include "api/json.h"
#include "base/status.h"
#include "config/option.h"

#include <stdio.h>

#define VT_CLI_ARGS_MAX 64u    /* given on one command line */
#define VT_CLI_ROW_ARGS_MAX 4u /* declared by one row */
#define VT_CLI_ROW_OPTIONS_MAX 32u

/* Exit codes, stable. */
enum vt_cli_exit {
    VT_EXIT_OK = 0,
    VT_EXIT_FAILED = 1,      /* refused by the chain, or did not work */
    VT_EXIT_USAGE = 2,       /* the command line itself is wrong */
    VT_EXIT_UNREACHABLE = 3, /* no node answered */
    VT_EXIT_BAD_INPUT = 4    /* a file, address, amount ... is wrong */
};

/* What Tab offers for a value. */
enum vt_cli_complete {
    VT_COMPLETE_NONE = 0,
    VT_COMPLETE_FILE,
    VT_COMPLETE_DIR,
    VT_COMPLETE_STEM,    /* plugins */
    VT_COMPLETE_SCHEME,  /* signature plugins */
    VT_COMPLETE_KEY,     /* names in the keys folder */
    VT_COMPLETE_CHAIN,   /* asks the node */
    VT_COMPLETE_SECTION, /* INI sections and stems */
    VT_COMPLETE_COMMAND,
    VT_COMPLETE_SHELL
};

/* key has name, type, default, range and help, as an INI option has; '_' in
 * the name is '-' on the command line. value is what help calls the value,
 * NULL for a flag (VT_T_BOOL). */
struct vt_cli_option {
    struct vt_key key;
    const char *value;
    enum vt_cli_complete complete;
};

#define VT_ARG_OPTIONAL 1u
#define VT_ARG_MANY 2u /* the last one, may be repeated */
struct vt_cli_arg {
    const char *name; /* "FILE"; NULL ends the list */
    const char *help;
    unsigned flags;
    enum vt_cli_complete complete;
};

struct vt_cli;

#define VT_CLI_NEEDS_NODE 1u /* asks a node */
#define VT_CLI_HIDDEN 2u     /* for scripts of ours: not in help */
struct vt_cli_command {
    const char *path;    /* "key new"; no path begins another; NULL = end */
    const char *summary; /* one line, no full stop */
    const char *details; /* NULL or a paragraph */
    struct vt_cli_arg args[VT_CLI_ROW_ARGS_MAX + 1];
    struct vt_cli_option options[VT_CLI_ROW_OPTIONS_MAX + 1];
    const char *example; /* runs as it stands */
    int (*run)(struct vt_cli *cli);
    unsigned flags;
};

/* The one table, in the order of help; and options every command has. */
extern const struct vt_cli_command vt_cli_commands[];
extern const struct vt_cli_option vt_cli_globals[];

struct vt_cli {
    const struct vt_cli_command *command; /* NULL until parsed */
    struct vt_options *options, *globals;
    const char *chain; /* name, where it is an argument; NULL: --chain */
    const char *args[VT_CLI_ARGS_MAX];
    size_t arg_count;
    int json, quiet, verbose;
    /* how it ended */
    int exit_code;
    char code[32];
    char message[1024];
    struct vt_json *details; /* more about the error, an object or NULL */
    struct vt_client *client;
};

/* ---- parsing (parse.c) --------------------------------------------------- */

/* Fills cli from the command line. Returns 0, or an exit code with the
 * message set. */
int vt_cli_parse(struct vt_cli *cli, int argc, char **argv);
void vt_cli_fini(struct vt_cli *cli);
/* Row of exactly this path of count words; NULL when there is none. */
const struct vt_cli_command *vt_cli_find(const char *const *words,
                                         size_t count);
/* Do these words begin the path of a visible row? 1 or 0. */
int vt_cli_is_group(const char *const *words, size_t count);
/* A few words: what may stand at one place of the command line. */
#define VT_CLI_WORD_SIZE 48u
struct vt_cli_words {
    size_t count;
    char word[64][VT_CLI_WORD_SIZE];
};
/* The option's name as it is typed: "--no-password". */
const char *vt_cli_option_name(const struct vt_cli_option *option,
                               char out[VT_CLI_WORD_SIZE]);
/* Words that may follow these in the path of a visible row. */
void vt_cli_next_words(const char *const *words, size_t count,
                       struct vt_cli_words *out);
/* "--name" of the row's options (NULL: none) and the global ones. */
void vt_cli_option_words(const struct vt_cli_command *command,
                         struct vt_cli_words *out);
/* The one at most three edits away, NULL when none is. */
const char *vt_cli_nearest(const char *word, const struct vt_cli_words *among);

/* Values of this command's options; name as in the row, which must have it. */
const char *vt_cli_text(const struct vt_cli *cli, const char *name);
uint64_t vt_cli_u64(const struct vt_cli *cli, const char *name);
int vt_cli_flag(const struct vt_cli *cli, const char *name);
/* Was it given on the command line? */
int vt_cli_given(const struct vt_cli *cli, const char *name);
/* Positional argument, NULL when it was not given. */
const char *vt_cli_arg(const struct vt_cli *cli, size_t index);

/* ---- answering (out.c) --------------------------------------------------- */

/* Remember why the command fails; the last layer to know calls it. Returns
 * exit_code. */
int vt_cli_fail(struct vt_cli *cli, int exit_code, const char *code,
                const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* The same from an error of the rooms below: what is wrong with foreign input
 * is VT_EXIT_BAD_INPUT, all else VT_EXIT_FAILED. */
int vt_cli_fail_err(struct vt_cli *cli, const struct vt_err *err);
int vt_cli_no_memory(struct vt_cli *cli);

/* Print the JSON value (given, also when NULL: out of memory) as the answer.
 * Returns the exit code. */
int vt_cli_emit(struct vt_cli *cli, struct vt_json *given);
/* m's value, ended, as the answer. */
int vt_cli_emit_made(struct vt_cli *cli, struct vt_json_maker *m);
/* A line for people on stderr, not with --quiet or --json. */
void vt_cli_note(const struct vt_cli *cli, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Only with --verbose. */
void vt_cli_trace(const struct vt_cli *cli, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* The error, if any, as text on stderr or JSON on stdout; flushes stdout.
 * Returns the exit code. */
int vt_cli_finish(struct vt_cli *cli);

/* ---- the table as text --------------------------------------------------- */

/* Help of the row or group these words name; count 0: everything. Returns 0
 * or -1 when there is none. */
int vt_help_print(const char *const *words, size_t count, int colour,
                  struct vt_buf *out);
/* The table as JSON. */
vt_status vt_help_json(const char *const *words, size_t count,
                       struct vt_json **out);
/* The manual page, roff. */
vt_status vt_help_man(struct vt_buf *out);

#endif
