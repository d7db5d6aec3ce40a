/* SPDX-License-Identifier: Apache-2.0
 *
 * libc.c - the few functions of the C library that lanes use, on a machine
 * that has no system.
 */
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ARENA (4u << 20)

void *memcpy(void *restrict to, const void *restrict from, size_t n)
{
    uint8_t *t = to;
    const uint8_t *f = from;

    for (size_t i = 0; i < n; i++) {
        t[i] = f[i];
    }
    return to;
}

void *memmove(void *to, const void *from, size_t n)
{
    uint8_t *t = to;
    const uint8_t *f = from;

    if ((uintptr_t)t < (uintptr_t)f) {
        return memcpy(to, from, n);
    }
    while (n-- > 0) {
        t[n] = f[n];
    }
    return to;
}

void *memset(void *to, int byte, size_t n)
{
    uint8_t *t = to;

    for (size_t i = 0; i < n; i++) {
        t[i] = (uint8_t)byte;
    }
    return to;
}

int memcmp(const void *a, const void *b, size_t n)
{
    const uint8_t *x = a;
    const uint8_t *y = b;

    for (size_t i = 0; i < n; i++) {
        if (x[i] != y[i]) {
            return x[i] < y[i] ? -1 : 1;
        }
    }
    return 0;
}

/* Lanes hold one block at a time. */
void *aligned_alloc(size_t alignment, size_t size)
{
    static _Alignas(4096) uint8_t arena[ARENA];

    return alignment <= 4096 && size <= sizeof arena ? arena : NULL;
}

void free(void *block)
{
    (void)block;
}

int pthread_once(pthread_once_t *once, void (*init)(void))
{
    if (*once == PTHREAD_ONCE_INIT) {
        *once = PTHREAD_ONCE_INIT + 1;
        init();
    }
    return 0;
}
