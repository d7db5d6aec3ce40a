/* SPDX-License-Identifier: Apache-2.0
 *
 * parse.c - from argv to a row of the table and its values. Types, ranges and
 * defaults are those of core/config: an option here is a key there.
 */
#include "cli/cli.h"

#include "api/client.h"

#include <assert.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#define PATH_WORDS_MAX 4u

struct parsing {
    struct vt_cli *cli;
    const char *words[PATH_WORDS_MAX]; /* of the command */
    size_t word_count;
    int argc, at;
    char **argv;
    int only_args; /* "--" was seen */
};

static size_t option_count(const struct vt_cli_option *options)
{
    size_t count = 0;

    while (options[count].key.name != NULL) {
        count++;
    }
    return count;
}

/* The options as the table of keys core/config works on: both rows begin with
 * the key, the stride steps over the rest. */
static vt_status new_values(const char *section,
                            const struct vt_cli_option *options,
                            struct vt_options **out, struct vt_err *err)
{
    struct vt_tab table = {options, (uint32_t)option_count(options),
                           (uint32_t)sizeof options[0]};
    char here[PATH_MAX];

    if (getcwd(here, sizeof here) == NULL) {
        here[0] = '/'; /* the folder is gone: relative paths fail later */
        here[1] = '\0';
    }
    return vt_options_new(section, table, here, out, err);
}

/* ---- options ------------------------------------------------------------- */

static const struct vt_cli_option *find_option(
    const struct vt_cli_option *options, const char *name, size_t len)
{
    char known[VT_CLI_WORD_SIZE];

    for (; options->key.name != NULL; options++) {
        (void)vt_cli_option_name(options, known);
        if (strlen(known) == len && strncmp(known, name, len) == 0) {
            return options;
        }
    }
    return NULL;
}

static int unknown_option(struct parsing *p, const char *name)
{
    struct vt_cli *cli = p->cli;
    struct vt_cli_words among;
    const char *nearest;
    int len = (int)strcspn(name, "=");
    char bare[VT_CLI_WORD_SIZE] = "";

    vt_cli_option_words(cli->command, &among);
    memcpy(bare, name, (size_t)(len < 47 ? len : 47));
    nearest = vt_cli_nearest(bare, &among);
    if (nearest != NULL) {
        return vt_cli_fail(cli, VT_EXIT_USAGE, "usage",
                           "unknown option '%.*s', did you mean '%s'?", len,
                           name, nearest);
    }
    if (cli->command == NULL) {
        return vt_cli_fail(cli, VT_EXIT_USAGE, "usage",
                           "unknown option '%.*s' before a command; `vtchain "
                           "help` lists both",
                           len, name);
    }
    return vt_cli_fail(cli, VT_EXIT_USAGE, "usage",
                       "unknown option '%.*s'; `vtchain %s --help` lists them",
                       len, name, cli->command->path);
}

/* What core/config says about a value, without its own words for where. */
static int bad_value(struct parsing *p, const char *name,
                     const struct vt_err *err)
{
    const char *why = strstr(err->text, "': ");

    if (strstr(err->text, "is set already") != NULL) {
        return vt_cli_fail(p->cli, VT_EXIT_USAGE, "usage",
                           "%s is given twice: once is enough", name);
    }
    return vt_cli_fail(p->cli, VT_EXIT_USAGE, "usage", "%s: %s", name,
                       why == NULL ? err->text : why + 3);
}

static int set_option(struct parsing *p, const char *text)
{
    struct vt_cli *cli = p->cli;
    size_t len = strcspn(text, "=");
    struct vt_options *values = cli->globals;
    const struct vt_cli_option *option = find_option(vt_cli_globals, text, len);
    const char *value = text[len] == '=' ? text + len + 1 : NULL;
    char name[VT_CLI_WORD_SIZE];
    struct vt_err err = VT_ERR_INIT;

    if (option == NULL && cli->command != NULL) {
        option = find_option(cli->command->options, text, len);
        values = cli->options;
    }
    if (option == NULL) {
        return unknown_option(p, text);
    }
    (void)vt_cli_option_name(option, name);
    if (option->value == NULL) {
        value = value == NULL ? "yes" : value;
    } else if (value == NULL) {
        if (p->at >= p->argc) {
            return vt_cli_fail(cli, VT_EXIT_USAGE, "usage",
                               "%s needs a value: %s %s", name, name,
                               option->value);
        }
        value = p->argv[p->at++];
    }
    return vt_options_set(values, option->key.name, value, name, &err) == VT_OK
               ? 0
               : bad_value(p, name, &err);
}

static int set_short(struct parsing *p, const char *text)
{
    static const char *const longs[][2] = {{"-h", "--help"},
                                           {"-q", "--quiet"},
                                           {"-v", "--verbose"},
                                           {"-V", "--version"}};

    for (size_t i = 0; i < sizeof longs / sizeof longs[0]; i++) {
        if (strcmp(text, longs[i][0]) == 0) {
            return set_option(p, longs[i][1]);
        }
    }
    return unknown_option(p, text);
}

/* ---- words --------------------------------------------------------------- */

/* " key new", "" for none. */
static void join_words(const struct parsing *p, char *out, size_t size)
{
    size_t used = 0;

    memset(out, 0, size);
    for (size_t i = 0; i < p->word_count && used < size; i++) {
        used += (size_t)snprintf(out + used, size - used, " %s", p->words[i]);
    }
}

static int unknown_command(struct parsing *p, const char *word)
{
    struct vt_cli_words among;
    const char *nearest;
    char before[128];

    join_words(p, before, sizeof before);
    vt_cli_next_words(p->words, p->word_count, &among);
    nearest = vt_cli_nearest(word, &among);
    if (nearest != NULL) {
        return vt_cli_fail(p->cli, VT_EXIT_USAGE, "usage",
                           "unknown command '%.60s', did you mean `vtchain%s "
                           "%s`?",
                           word, before, nearest);
    }
    return vt_cli_fail(p->cli, VT_EXIT_USAGE, "usage",
                       "unknown command '%.60s'; `vtchain help%s` lists them",
                       word, before);
}

static int add_word(struct parsing *p, const char *word)
{
    struct vt_cli *cli = p->cli;
    struct vt_err err = VT_ERR_INIT;

    if (p->word_count == PATH_WORDS_MAX) {
        return unknown_command(p, word);
    }
    p->words[p->word_count++] = word;
    cli->command = vt_cli_find(p->words, p->word_count);
    if (cli->command != NULL) {
        return new_values(cli->command->path, cli->command->options,
                          &cli->options, &err) == VT_OK
                   ? 0
                   : vt_cli_fail_err(cli, &err);
    }
    if (!vt_cli_is_group(p->words, p->word_count)) {
        p->word_count--;
        return unknown_command(p, word);
    }
    return 0;
}

static int add_arg(struct parsing *p, const char *arg)
{
    struct vt_cli *cli = p->cli;

    if (cli->arg_count == VT_CLI_ARGS_MAX) {
        return vt_cli_fail(cli, VT_EXIT_USAGE, "usage",
                           "more than %u arguments", VT_CLI_ARGS_MAX);
    }
    cli->args[cli->arg_count++] = arg;
    return 0;
}

static int parse_one(struct parsing *p)
{
    const char *text = p->argv[p->at++];

    if (p->only_args || text[0] != '-' || text[1] == '\0') {
        return p->cli->command == NULL ? add_word(p, text) : add_arg(p, text);
    }
    if (strcmp(text, "--") == 0) {
        p->only_args = 1;
        return 0;
    }
    return text[1] == '-' ? set_option(p, text) : set_short(p, text);
}

/* ---- the whole ----------------------------------------------------------- */

static int check_args(struct vt_cli *cli)
{
    const struct vt_cli_command *c = cli->command;
    size_t i = 0;

    for (; c->args[i].name != NULL; i++) {
        if (i >= cli->arg_count && (c->args[i].flags & VT_ARG_OPTIONAL) == 0) {
            return vt_cli_fail(cli, VT_EXIT_USAGE, "usage",
                               "%s: %s is missing (%s); as in `%s`", c->path,
                               c->args[i].name, c->args[i].help, c->example);
        }
    }
    if (cli->arg_count > i &&
        (i == 0 || (c->args[i - 1].flags & VT_ARG_MANY) == 0)) {
        return vt_cli_fail(cli, VT_EXIT_USAGE, "usage",
                           "%s: unexpected argument '%.60s'; as in `%s`",
                           c->path, cli->args[i], c->example);
    }
    return 0;
}

static int check_options(struct vt_cli *cli)
{
    const struct vt_cli_option *o = cli->command->options;
    char name[VT_CLI_WORD_SIZE];

    for (; o->key.name != NULL; o++) {
        if ((o->key.flags & VT_KF_REQUIRED) != 0 &&
            !vt_cli_given(cli, o->key.name)) {
            return vt_cli_fail(cli, VT_EXIT_USAGE, "usage",
                               "%s: %s %s is missing (%s); as in `%s`",
                               cli->command->path, vt_cli_option_name(o, name),
                               o->value, o->key.doc, cli->command->example);
        }
    }
    return 0;
}

static int check_command(struct parsing *p)
{
    struct vt_cli *cli = p->cli;
    struct vt_cli_words next;
    char list[512] = "";
    char before[128];
    int code;

    if (cli->command != NULL) {
        code = check_args(cli);
        return code != 0 ? code : check_options(cli);
    }
    join_words(p, before, sizeof before);
    vt_cli_next_words(p->words, p->word_count, &next);
    for (size_t i = 0; i < next.count; i++) {
        size_t used = strlen(list);

        (void)snprintf(list + used, sizeof list - used, "%s%s",
                       i == 0 ? "" : ", ", next.word[i]);
    }
    return vt_cli_fail(cli, VT_EXIT_USAGE, "usage",
                       "%s%sa command is missing: one of %s", before + 1,
                       before[0] == '\0' ? "" : ": ", list);
}

/* --json must hold for errors in what stands before it, too. */
static int wants_json(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--json") == 0) {
            return 1;
        }
    }
    return 0;
}

static int global_flag(const struct vt_cli *cli, const char *name)
{
    int i = vt_options_index(cli->globals, name);

    assert(i >= 0);
    return vt_options_i64(cli->globals, (uint32_t)i) != 0;
}

/* `--help` and `--version` are the commands of that name. */
static int run_help(struct parsing *p, int version)
{
    static const char *const names[2] = {"help", "version"};
    struct vt_cli *cli = p->cli;
    struct vt_err err = VT_ERR_INIT;

    cli->arg_count = 0;
    for (size_t i = 0; i < p->word_count && !version; i++) {
        cli->args[cli->arg_count++] = p->words[i];
    }
    cli->command = vt_cli_find(&names[version], 1);
    vt_options_free(cli->options);
    cli->options = NULL;
    return new_values(names[version], cli->command->options, &cli->options,
                      &err) == VT_OK
               ? 0
               : vt_cli_fail_err(cli, &err);
}

int vt_cli_parse(struct vt_cli *cli, int argc, char **argv)
{
    struct parsing p = {.cli = cli, .argc = argc, .at = 1, .argv = argv};
    struct vt_err err = VT_ERR_INIT;
    int code = 0;

    memset(cli, 0, sizeof *cli);
    cli->json = wants_json(argc, argv);
    if (new_values("vtchain", vt_cli_globals, &cli->globals, &err) != VT_OK) {
        return vt_cli_fail_err(cli, &err);
    }
    while (p.at < argc && code == 0) {
        code = parse_one(&p);
    }
    if (code != 0) {
        return code;
    }
    cli->json = global_flag(cli, "json");
    cli->quiet = global_flag(cli, "quiet");
    cli->verbose = global_flag(cli, "verbose");
    if (global_flag(cli, "version") || global_flag(cli, "help")) {
        return run_help(&p, global_flag(cli, "version"));
    }
    return check_command(&p);
}

void vt_cli_fini(struct vt_cli *cli)
{
    vt_options_free(cli->options);
    vt_options_free(cli->globals);
    vt_json_free(cli->details);
    vt_client_free(cli->client);
    cli->client = NULL;
    cli->options = cli->globals = NULL;
    cli->details = NULL;
}

/* ---- values -------------------------------------------------------------- */

/* Which set has this option: the command's own, else the global ones. */
static const struct vt_options *values_of(const struct vt_cli *cli,
                                          const char *name, uint32_t *index)
{
    const struct vt_options *values = cli->options;
    int i = vt_options_index(values, name);

    if (i < 0) {
        values = cli->globals;
        i = vt_options_index(values, name);
    }
    assert(i >= 0);
    *index = (uint32_t)i;
    return values;
}

const char *vt_cli_text(const struct vt_cli *cli, const char *name)
{
    uint32_t index;
    const struct vt_options *values = values_of(cli, name, &index);

    return vt_options_text(values, index);
}

uint64_t vt_cli_u64(const struct vt_cli *cli, const char *name)
{
    uint32_t index;
    const struct vt_options *values = values_of(cli, name, &index);

    return vt_options_u64(values, index);
}

int vt_cli_flag(const struct vt_cli *cli, const char *name)
{
    return vt_cli_u64(cli, name) != 0;
}

int vt_cli_given(const struct vt_cli *cli, const char *name)
{
    uint32_t index;
    const struct vt_options *values = values_of(cli, name, &index);

    return strcmp(vt_options_origin(values, index), "default") != 0;
}

const char *vt_cli_arg(const struct vt_cli *cli, size_t index)
{
    return index < cli->arg_count ? cli->args[index] : NULL;
}
