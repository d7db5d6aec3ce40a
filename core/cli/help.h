/* SPDX-License-Identifier: Apache-2.0
 *
 * help.h - pieces of help that text, JSON and the manual page share. Private
 * to core/cli.
 */
#ifndef VT_CLI_HELP_H
#define VT_CLI_HELP_H

#include "cli/cli.h"

/* "--keys DIR". */
void vt_help_option_left(const struct vt_cli_option *option, char out[80]);
/* What it does, its range, its default. */
void vt_help_option_right(const struct vt_cli_option *option, char *out,
                          size_t size);
/* "vtchain key new NAME [options]", appended. */
void vt_help_usage(const struct vt_cli_command *command, struct vt_buf *out);

/* Pairs of word and meaning, ended by NULL. */
extern const char *const vt_help_exit_codes[][2];
extern const char *const vt_help_environment[][2];

#endif
