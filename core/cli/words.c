/* SPDX-License-Identifier: Apache-2.0
 *
 * words.c - the words of the table: what may stand where, and which is meant.
 */
#include "cli/cli.h"

#include "config/value.h"

#include <string.h>

/* Word `index` of a path into out; 0 when it has none. */
static int path_word(const char *path, size_t index, char out[VT_CLI_WORD_SIZE])
{
    size_t len;

    for (; index > 0; index--) {
        path += strcspn(path, " ");
        path += strspn(path, " ");
    }
    len = strcspn(path, " ");
    if (len == 0 || len >= VT_CLI_WORD_SIZE) {
        return 0;
    }
    memcpy(out, path, len);
    out[len] = '\0';
    return 1;
}

static int path_begins(const char *path, const char *const *words, size_t count)
{
    char word[VT_CLI_WORD_SIZE];

    for (size_t i = 0; i < count; i++) {
        if (!path_word(path, i, word) || strcmp(word, words[i]) != 0) {
            return 0;
        }
    }
    return 1;
}

const struct vt_cli_command *vt_cli_find(const char *const *words, size_t count)
{
    char more[VT_CLI_WORD_SIZE];

    for (const struct vt_cli_command *c = vt_cli_commands; c->path != NULL;
         c++) {
        if (count > 0 && path_begins(c->path, words, count) &&
            !path_word(c->path, count, more)) {
            return c;
        }
    }
    return NULL;
}

int vt_cli_is_group(const char *const *words, size_t count)
{
    struct vt_cli_words next;

    vt_cli_next_words(words, count, &next);
    return next.count > 0;
}

static void add_word(struct vt_cli_words *out, const char *word)
{
    size_t len = strlen(word);

    for (size_t i = 0; i < out->count; i++) {
        if (strcmp(out->word[i], word) == 0) {
            return;
        }
    }
    if (out->count < sizeof out->word / sizeof out->word[0] &&
        len < VT_CLI_WORD_SIZE) {
        memcpy(out->word[out->count++], word, len + 1);
    }
}

void vt_cli_next_words(const char *const *words, size_t count,
                       struct vt_cli_words *out)
{
    char word[VT_CLI_WORD_SIZE];

    out->count = 0;
    for (const struct vt_cli_command *c = vt_cli_commands; c->path != NULL;
         c++) {
        if ((c->flags & VT_CLI_HIDDEN) == 0 &&
            path_begins(c->path, words, count) &&
            path_word(c->path, count, word)) {
            add_word(out, word);
        }
    }
}

const char *vt_cli_option_name(const struct vt_cli_option *option,
                               char out[VT_CLI_WORD_SIZE])
{
    size_t len = strnlen(option->key.name, VT_CLI_WORD_SIZE - 3);

    memcpy(out, "--", 2);
    for (size_t i = 0; i < len; i++) {
        out[2 + i] = option->key.name[i] == '_' ? '-' : option->key.name[i];
    }
    out[2 + len] = '\0';
    return out;
}

void vt_cli_option_words(const struct vt_cli_command *command,
                         struct vt_cli_words *out)
{
    char name[VT_CLI_WORD_SIZE];

    out->count = 0;
    for (size_t i = 0; command != NULL && command->options[i].key.name != NULL;
         i++) {
        add_word(out, vt_cli_option_name(&command->options[i], name));
    }
    for (size_t i = 0; vt_cli_globals[i].key.name != NULL; i++) {
        add_word(out, vt_cli_option_name(&vt_cli_globals[i], name));
    }
}

const char *vt_cli_nearest(const char *word, const struct vt_cli_words *among)
{
    const char *best = NULL;
    size_t least = 4; /* farther than three edits is no help */

    for (size_t i = 0; i < among->count; i++) {
        size_t distance = vt_value_distance(word, among->word[i]);

        if (distance < least && distance < strlen(word)) {
            least = distance;
            best = among->word[i];
        }
    }
    return best;
}
