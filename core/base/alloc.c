/* SPDX-License-Identifier: Apache-2.0
 *
 * alloc.c - the one place that calls malloc, with a countdown to failure for
 * tests.
 */
#include "base/alloc.h"

#include "base/bytes.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* 0: off; n: the n-th allocation from now fails. */
static _Atomic uint64_t fail_countdown;

void vt_alloc_fail_at(uint64_t n)
{
    atomic_store(&fail_countdown, n);
}

static int must_fail(void)
{
    if (atomic_load_explicit(&fail_countdown, memory_order_relaxed) == 0) {
        return 0;
    }
    return atomic_fetch_sub(&fail_countdown, 1) == 1;
}

/* The C library keeps what was freed in per-thread lists up to this size, but
 * only malloc looks into them: calloc of a small block costs several times as
 * much. Large blocks come from the kernel and are zero already. */
#define SMALL 1024u

void *vt_alloc(size_t size)
{
    void *ptr;

    if (must_fail()) {
        return NULL;
    }
    if (size > SMALL) {
        return calloc(1, size);
    }
    ptr = malloc(size == 0 ? 1 : size);
    return ptr == NULL ? NULL : memset(ptr, 0, size);
}

void *vt_alloc_array(size_t count, size_t size)
{
    if (size != 0 && count <= SMALL / size) {
        return vt_alloc(count * size);
    }
    return must_fail() ? NULL
                       : calloc(count == 0 ? 1 : count, size == 0 ? 1 : size);
}

void *vt_realloc(void *old, size_t size)
{
    return must_fail() ? NULL : realloc(old, size == 0 ? 1 : size);
}

void *vt_memdup(const void *bytes, size_t len)
{
    void *copy = vt_alloc(len);

    if (copy != NULL && len > 0) {
        memcpy(copy, bytes, len);
    }
    return copy;
}

char *vt_strdup(const char *text)
{
    return vt_memdup(text, strlen(text) + 1);
}

void vt_free(void *ptr)
{
    free(ptr);
}

void vt_free_secret(void *ptr, size_t len)
{
    if (ptr != NULL) {
        vt_wipe(ptr, len);
        free(ptr);
    }
}
