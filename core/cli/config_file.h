/* SPDX-License-Identifier: Apache-2.0
 *
 * config_file.h - one INI, node's or chain's, read for a person: every problem
 * it has is collected, where the loaders of core/config stop at the first.
 */
#ifndef VT_CLI_CONFIG_FILE_H
#define VT_CLI_CONFIG_FILE_H

#include "cli/cli.h"
#include "config/chain_config.h"
#include "plugin/registry.h"

#define VT_CONFIG_PROBLEMS_MAX 200u
#define VT_CONFIG_SECTIONS_MAX 32u

/* A section whose keys are in a table. */
struct vt_config_section {
    char name[64];
    struct vt_tab table;
    struct vt_options *options;
};

struct vt_config_file {
    char *path;
    char *dir;    /* absolute: relative paths in it start there */
    int is_chain; /* else a node's */
    struct vt_config_row *rows;
    struct vt_config_section sections[VT_CONFIG_SECTIONS_MAX];
    size_t section_count;
    /* sections of plugins the chain names, loaded or not */
    char wanted[VT_CONFIG_SECTIONS_MAX][64];
    size_t wanted_count;
    char *problems[VT_CONFIG_PROBLEMS_MAX];
    size_t problem_count;
    int out_of_memory;
};

/* Reads and checks; problems are in the result, never in a status. registry
 * types the plugins' sections. NULL when out of memory. */
struct vt_config_file *vt_config_file_read(struct vt_registry *registry,
                                           const char *path);
void vt_config_file_free(struct vt_config_file *file);

/* "file:line: what is wrong", once more. */
void vt_config_problem(struct vt_config_file *file, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* The section of that name, NULL when it has no table here. */
struct vt_config_section *vt_config_section(struct vt_config_file *file,
                                            const char *name);
/* Add a section with its table; a bad table is a problem. */
void vt_config_add_section(struct vt_config_file *file, const char *name,
                           struct vt_tab table);

/* "consensus.pbft" and its like, in a chain's INI. */
int vt_config_is_plugin_section(const char *name);

/* config_chain.c: the plugins a chain names, their sections, and what only the
 * whole file shows (validators, genesis, sums). */
void vt_config_chain_plugins(struct vt_config_file *file,
                             struct vt_registry *registry);
void vt_config_chain_whole(struct vt_config_file *file,
                           struct vt_registry *registry);

#endif
