/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_completion.c - what Tab offers. The shell's script is a few lines that
 * ask `vtchain complete`; all knowledge stays in the table.
 */
#include "cli/commands.h"

#include "cli/node.h"
#include "cli/paths.h"
#include "cli/plugins.h"
#include "config/chain_config.h"
#include "config/node_config.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#define CHAIN_TIMEOUT_MS 500u /* Tab must not hang on a sleeping node */

static const char bash_script[] =
    "# bash completion for vtchain, made by `vtchain completion bash`\n"
    "_vtchain()\n"
    "{\n"
    "    local cur=${COMP_WORDS[COMP_CWORD]} word\n"
    "    [ \"$cur\" != = ] || cur=\n"
    "    COMPREPLY=()\n"
    "    while IFS= read -r word; do\n"
    "        case $word in\n"
    "        :file) compopt -o filenames\n"
    "            mapfile -t -O ${#COMPREPLY[@]} COMPREPLY \\\n"
    "                < <(compgen -f -- \"$cur\") ;;\n"
    "        :dir) compopt -o filenames\n"
    "            mapfile -t -O ${#COMPREPLY[@]} COMPREPLY \\\n"
    "                < <(compgen -d -- \"$cur\") ;;\n"
    "        *) COMPREPLY+=(\"$word\") ;;\n"
    "        esac\n"
    "    done < <(\"${COMP_WORDS[0]}\" complete -- \"$COMP_CWORD\" \\\n"
    "        \"${COMP_WORDS[@]}\" 2>/dev/null)\n"
    "}\n"
    "complete -F _vtchain vtchain\n";

int vt_cmd_completion(struct vt_cli *cli)
{
    const char *shell = vt_cli_arg(cli, 0);
    struct vt_json_maker m;

    if (strcmp(shell, "bash") != 0) {
        return vt_cli_fail(cli, VT_EXIT_BAD_INPUT, "bad_input",
                           "no completion for '%.40s': bash is known", shell);
    }
    if (cli->json) {
        vt_json_begin(&m);
        vt_json_put_text(&m, "script", bash_script);
        return vt_cli_emit_made(cli, &m);
    }
    (void)fputs(bash_script, stdout);
    return VT_EXIT_OK;
}

/* What the words before the cursor say. */
struct place {
    struct vt_cli *cli;
    const struct vt_cli_command *command;
    const char *words[VT_CLI_ARGS_MAX]; /* of the path */
    size_t word_count, arg_count;
    const struct vt_cli_option *option; /* whose value the cursor is at */
    const char *prefix;
};

static void offer(const struct place *at, const char *word)
{
    if (strncmp(word, at->prefix, strlen(at->prefix)) == 0) {
        (void)puts(word);
    }
}

static void offer_words(const struct place *at,
                        const struct vt_cli_words *words)
{
    for (size_t i = 0; i < words->count; i++) {
        offer(at, words->word[i]);
    }
}

static int offer_stem(void *ctx, const char *file,
                      const struct vt_module *module, const struct vt_err *why)
{
    (void)file;
    (void)why;
    if (module != NULL) {
        offer(ctx, module->stem);
    }
    return 0;
}

static int offer_scheme(void *ctx, const char *file,
                        const struct vt_module *module,
                        const struct vt_err *why)
{
    return module != NULL && module->signature != NULL
               ? offer_stem(ctx, file, module, why)
               : 0;
}

static void offer_plugins(struct place *at, vt_registry_list_fn offer_one)
{
    struct vt_registry *registry = NULL;
    struct vt_err err = VT_ERR_INIT;

    if (vt_cli_registry(at->cli, &registry) == 0) {
        (void)vt_registry_list(registry, offer_one, at, &err);
        vt_registry_free(registry);
    }
}

static void offer_keys(const struct place *at)
{
    char dir[PATH_MAX];
    struct dirent *entry;
    DIR *d;

    if (vt_path_keys(at->cli, dir, NULL) != VT_OK ||
        (d = opendir(dir)) == NULL) {
        return;
    }
    while ((entry = readdir(d)) != NULL) {
        char *dot = strrchr(entry->d_name, '.');

        if (dot != NULL && strcmp(dot, ".key") == 0) {
            *dot = '\0';
            offer(at, entry->d_name);
        }
    }
    (void)closedir(d);
}

static void offer_chains(const struct place *at)
{
    char endpoint[VT_ENDPOINT_MAX];
    struct vt_client_args args = {.endpoint = endpoint,
                                  .connect_timeout_ms = CHAIN_TIMEOUT_MS,
                                  .total_timeout_ms = CHAIN_TIMEOUT_MS};
    struct vt_client *client = NULL;
    struct vt_json *chains = NULL;

    if (vt_cli_endpoint(at->cli, endpoint) != 0 ||
        vt_client_new(&args, &client, NULL) != VT_OK) {
        return;
    }
    if (vt_client_call(client, "chain.list", NULL, 0, &chains, NULL) == VT_OK) {
        for (size_t i = 0; i < vt_json_count(chains); i++) {
            offer(at, vt_json_text_or(vt_json_item(chains, i), "name", ""));
        }
    }
    vt_json_free(chains);
    vt_client_free(client);
}

static void offer_sections(struct place *at)
{
    struct vt_tab table;
    const char *name;

    for (uint32_t i = 0; (name = vt_node_config_table(i, &table)) != NULL;
         i++) {
        offer(at, name);
    }
    for (uint32_t i = 0; (name = vt_chain_config_table(i, &table)) != NULL;
         i++) {
        offer(at, name);
    }
    offer_plugins(at, offer_stem);
}

static void offer_kind(struct place *at, enum vt_cli_complete kind)
{
    struct vt_cli_words next;

    switch (kind) {
    case VT_COMPLETE_NONE:
        break;
    case VT_COMPLETE_FILE:
        (void)puts(":file");
        break;
    case VT_COMPLETE_DIR:
        (void)puts(":dir");
        break;
    case VT_COMPLETE_STEM:
        offer_plugins(at, offer_stem);
        break;
    case VT_COMPLETE_SCHEME:
        offer_plugins(at, offer_scheme);
        break;
    case VT_COMPLETE_KEY:
        offer_keys(at);
        break;
    case VT_COMPLETE_CHAIN:
        offer_chains(at);
        break;
    case VT_COMPLETE_SECTION:
        offer_sections(at);
        break;
    case VT_COMPLETE_COMMAND:
        vt_cli_next_words(at->words + 1, at->word_count - 1 + at->arg_count,
                          &next);
        offer_words(at, &next);
        break;
    case VT_COMPLETE_SHELL:
        offer(at, "bash");
        break;
    }
}

/* The words of an enum, "received|final". */
static void offer_range(const struct place *at, const char *range)
{
    while (*range != '\0') {
        char word[VT_CLI_WORD_SIZE];
        size_t len = strcspn(range, "|");

        (void)snprintf(word, sizeof word, "%.*s", (int)len, range);
        offer(at, word);
        range += len + (range[len] == '|');
    }
}

static const struct vt_cli_option *option_of(const struct place *at,
                                             const char *word)
{
    const struct vt_cli_option *lists[2] = {
        vt_cli_globals, at->command == NULL ? NULL : at->command->options};
    char name[VT_CLI_WORD_SIZE];

    for (size_t i = 0; i < 2; i++) {
        for (const struct vt_cli_option *o = lists[i];
             o != NULL && o->key.name != NULL; o++) {
            if (strcmp(vt_cli_option_name(o, name), word) == 0) {
                return o;
            }
        }
    }
    return NULL;
}

static void step(struct place *at, const char *word)
{
    if (strcmp(word, "=") == 0) {
        return; /* bash splits --name=value at it */
    }
    if (at->option != NULL) {
        at->option = NULL; /* its value */
    } else if (word[0] == '-') {
        at->option = option_of(at, word);
        if (at->option != NULL && at->option->value == NULL) {
            at->option = NULL; /* a flag has none */
        }
    } else if (at->command != NULL) {
        at->words[at->word_count + at->arg_count++] = word;
    } else {
        at->words[at->word_count++] = word;
        at->command = vt_cli_find(at->words, at->word_count);
    }
}

static void offer_here(struct place *at)
{
    const struct vt_cli_command *c = at->command;
    struct vt_cli_words words;
    size_t last = 0;

    if (at->option != NULL && at->option->key.type == VT_T_ENUM) {
        offer_range(at, at->option->key.range);
    } else if (at->option != NULL) {
        offer_kind(at, at->option->complete);
    } else if (at->prefix[0] == '-') {
        vt_cli_option_words(c, &words);
        offer_words(at, &words);
    } else if (c == NULL) {
        vt_cli_next_words(at->words, at->word_count, &words);
        offer_words(at, &words);
    } else {
        while (c->args[last].name != NULL && last < at->arg_count) {
            last++;
        }
        if (c->args[last].name == NULL && last > 0 &&
            (c->args[last - 1].flags & VT_ARG_MANY) != 0) {
            last--;
        }
        if (c->args[last].name != NULL) {
            offer_kind(at, c->args[last].complete);
        }
    }
}

/* Arguments: index of the word at the cursor, then all words, the program's
 * name first. Prints one candidate a line; ":file" and ":dir" ask the shell. */
int vt_cmd_complete(struct vt_cli *cli)
{
    struct place at = {.cli = cli};
    unsigned long cursor = strtoul(vt_cli_arg(cli, 0), NULL, 10);

    if (cursor == 0 || cursor >= cli->arg_count) {
        return VT_EXIT_OK;
    }
    for (size_t i = 2; i <= cursor; i++) {
        step(&at, cli->args[i]);
    }
    at.prefix = cursor + 1 < cli->arg_count ? cli->args[cursor + 1] : "";
    at.prefix = strcmp(at.prefix, "=") == 0 ? "" : at.prefix;
    offer_here(&at);
    return VT_EXIT_OK;
}
