/* SPDX-License-Identifier: Apache-2.0
 *
 * main.c - the command vtchain: picks the subcommand, nothing else.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        (void)printf("vtchain %s\n", PACKAGE_VERSION);
        return 0;
    }
    (void)fprintf(stderr, "usage: vtchain --version\n");
    return 2;
}
