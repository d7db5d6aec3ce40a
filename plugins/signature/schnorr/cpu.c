/* SPDX-License-Identifier: Apache-2.0
 *
 * cpu.c - CPUID and XGETBV.
 */
#include "cpu.h"

#if defined(__x86_64__)
#include <cpuid.h>

/* Bits of leaf 1 ECX, of leaf 7 EBX, and of XCR0. */
#define SSE41 (1u << 19)
#define FMA (1u << 12)
#define OSXSAVE (1u << 27)
#define AVX2 (1u << 5)
#define AVX512F (1u << 16)
#define AVX512DQ (1u << 17)
#define AVX512IFMA (1u << 21)
#define SHA (1u << 29)
#define SAVES_YMM 0x06u
#define SAVES_ZMM 0xe6u

static int has(unsigned want_1, unsigned want_7, unsigned saves)
{
    unsigned a, b, c, d;
    unsigned low, high;

    if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c & want_1) != want_1 ||
        __get_cpuid_count(7, 0, &a, &b, &c, &d) == 0 ||
        (b & want_7) != want_7) {
        return 0;
    }
    if (saves != 0) {
        __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
        return (low & saves) == saves;
    }
    return 1;
}

int cpu_has_avx2(void)
{
    return has(OSXSAVE | FMA, AVX2, SAVES_YMM);
}

int cpu_has_ifma(void)
{
    return has(OSXSAVE, AVX512F | AVX512DQ | AVX512IFMA, SAVES_ZMM);
}

int cpu_has_sha(void)
{
    return has(SSE41, SHA, 0);
}
#else
int cpu_has_avx2(void)
{
    return 0;
}

int cpu_has_ifma(void)
{
    return 0;
}

int cpu_has_sha(void)
{
    return 0;
}
#endif
