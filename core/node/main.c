/* SPDX-License-Identifier: Apache-2.0
 *
 * main.c - the daemon vtchaind: arguments and exit codes, nothing else.
 */
#include "config.h"

#include "node/node.h"

#include "base/status.h"
#include "plugin/registry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXIT_USAGE 2
#define EXIT_BAD_INPUT 4

static int usage(FILE *to)
{
    (void)fprintf(to, "usage: vtchaind [--check] CONFIG\n"
                      "       vtchaind --version\n\n"
                      "Runs the node that CONFIG describes until SIGTERM.\n"
                      "--check opens everything it names, then stops.\n\n"
                      "example: vtchaind /etc/vtchain/node.ini\n");
    return to == stdout ? EXIT_SUCCESS : EXIT_USAGE;
}

/* A sanitizer or coverage build needs the destructors it brought; a vendor's
 * plugin may have brought some that must not run (R57). */
static _Noreturn void leave(int code)
{
    (void)fflush(NULL);
#if defined(VT_SANITIZER) || defined(VT_COVERAGE)
    exit(code);
#else
    _exit(code);
#endif
}

int main(int argc, char **argv)
{
    struct vt_node_run run = {.host_name = "vtchaind", .plugin_path = ""};
    struct vt_err err = VT_ERR_INIT;

    vt_registry_set_builtins(vt_builtin_plugins);
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            return usage(stdout);
        }
        if (strcmp(argv[i], "--version") == 0) {
            (void)printf("vtchaind %s, plugin ABI %d.%d\n", PACKAGE_VERSION,
                         VT_ABI_MAJOR, VT_ABI_MINOR);
            return EXIT_SUCCESS;
        }
        if (strcmp(argv[i], "--check") == 0) {
            run.check_only = 1;
        } else if (argv[i][0] == '-' || run.config_path != NULL) {
            return usage(stderr);
        } else {
            run.config_path = argv[i];
        }
    }
    if (run.config_path == NULL) {
        return usage(stderr);
    }
    if (vt_node_main(&run, &err) != VT_OK) {
        (void)fprintf(stderr, "vtchaind: %s\n", err.text);
        leave(err.code == VT_E_INVALID || err.code == VT_E_CORRUPT
                  ? EXIT_BAD_INPUT
                  : EXIT_FAILURE);
    }
    leave(EXIT_SUCCESS);
}
