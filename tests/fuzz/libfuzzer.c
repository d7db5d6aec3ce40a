/* SPDX-License-Identifier: Apache-2.0
 *
 * libfuzzer.c - the targets without end, under --enable-fuzzing. The target is
 * named by VT_FUZZ_TARGET, so that one program serves all.
 */
#include "base/bytes.h"
#include "fuzz/targets.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct vt_fuzz_target *target;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    const char *name = getenv("VT_FUZZ_TARGET");

    (void)argc;
    (void)argv;
    target = name == NULL ? NULL : vt_fuzz_find(name);
    if (target == NULL) {
        (void)fprintf(stderr, "VT_FUZZ_TARGET must name one of:");
        for (size_t i = 0; i < vt_fuzz_target_count; i++) {
            (void)fprintf(stderr, " %s", vt_fuzz_targets[i].name);
        }
        (void)fprintf(stderr, "\n");
        exit(2);
    }
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    target->run(target, vt_view_of(data, size));
    return 0;
}
