/* SPDX-License-Identifier: Apache-2.0
 *
 * devnet_dir.c - where a network's files go.
 */
#include "cli/cli.h"

#include "cli/devnet.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int vt_cli_devnet_dir(struct vt_cli *cli, const char *stem, char out[PATH_MAX])
{
    const char *keep = vt_cli_text(cli, "keep");
    const char *tmp = getenv("TMPDIR");

    if (keep[0] != '\0') {
        if (mkdir(keep, 0700) != 0 && errno != EEXIST) {
            return vt_cli_fail(cli, VT_EXIT_BAD_INPUT, "bad_input",
                               "--keep %s: %s", keep, strerror(errno));
        }
        if (realpath(keep, out) == NULL) {
            return vt_cli_fail(cli, VT_EXIT_BAD_INPUT, "bad_input",
                               "--keep %s: %s", keep, strerror(errno));
        }
        return 0;
    }
    (void)snprintf(out, PATH_MAX, "%.200s/%s-XXXXXX",
                   tmp == NULL || tmp[0] != '/' ? "/tmp" : tmp, stem);
    if (mkdtemp(out) == NULL) {
        return vt_cli_fail(cli, VT_EXIT_FAILED, "failed", "%s: %s", out,
                           strerror(errno));
    }
    return 0;
}
