/* SPDX-License-Identifier: Apache-2.0
 *
 * crc.c - CRC-32C with the processor's instruction where there is one, by
 * tables of eight bytes a step elsewhere.
 */
#include "crc.h"

#include <pthread.h>
#include <string.h>

#define POLYNOMIAL 0x82f63b78u

static uint32_t table[8][256];
static uint32_t (*chosen)(uint32_t crc, const uint8_t *p, size_t len);
static pthread_once_t once = PTHREAD_ONCE_INIT;

static uint32_t by_table(uint32_t crc, const uint8_t *p, size_t len)
{
    crc = ~crc;
    for (; len >= 8; p += 8, len -= 8) {
        uint32_t lo = crc ^ ((uint32_t)p[0] | (uint32_t)p[1] << 8 |
                             (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24);

        crc = table[7][lo & 0xff] ^ table[6][lo >> 8 & 0xff] ^
              table[5][lo >> 16 & 0xff] ^ table[4][lo >> 24] ^ table[3][p[4]] ^
              table[2][p[5]] ^ table[1][p[6]] ^ table[0][p[7]];
    }
    for (; len > 0; p++, len--) {
        crc = crc >> 8 ^ table[0][(crc ^ *p) & 0xff];
    }
    return ~crc;
}

#if defined(__x86_64__)
#include <cpuid.h>
#include <nmmintrin.h>

/* Asked here, since the compiler's own way of asking is a constructor. */
static int has_instruction(void)
{
    unsigned eax;
    unsigned ebx;
    unsigned ecx;
    unsigned edx;

    return __get_cpuid(1, &eax, &ebx, &ecx, &edx) && (ecx & bit_SSE4_2) != 0;
}

__attribute__((target("sse4.2"))) static uint32_t by_instruction(
    uint32_t crc, const uint8_t *p, size_t len)
{
    uint64_t sum = ~crc;

    for (; len >= 8; p += 8, len -= 8) {
        uint64_t word;

        memcpy(&word, p, sizeof word);
        sum = _mm_crc32_u64(sum, word);
    }
    for (; len > 0; p++, len--) {
        sum = _mm_crc32_u8((uint32_t)sum, *p);
    }
    return ~(uint32_t)sum;
}
#endif

static void init(void)
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t crc = i;

        for (int bit = 0; bit < 8; bit++) {
            crc = crc >> 1 ^ (crc & 1 ? POLYNOMIAL : 0);
        }
        table[0][i] = crc;
    }
    for (uint32_t i = 0; i < 256; i++) {
        for (int k = 1; k < 8; k++) {
            uint32_t last = table[k - 1][i];

            table[k][i] = last >> 8 ^ table[0][last & 0xff];
        }
    }
    chosen = by_table;
#if defined(__x86_64__)
    if (has_instruction()) {
        chosen = by_instruction;
    }
#endif
}

void seg_crc_init(void)
{
    (void)pthread_once(&once, init);
}

uint32_t seg_crc(uint32_t crc, const void *bytes, size_t len)
{
    return chosen(crc, bytes, len);
}

uint32_t seg_crc_portable(uint32_t crc, const void *bytes, size_t len)
{
    return by_table(crc, bytes, len);
}
