/* SPDX-License-Identifier: Apache-2.0
 *
 * crc.h - CRC-32C (Castagnoli).
 */
#ifndef SEGMENT_CRC_H
#define SEGMENT_CRC_H

#include <stddef.h>
#include <stdint.h>

/* Once before the first seg_crc. Thread: any. */
void seg_crc_init(void);
/* Goes on from crc: seg_crc(seg_crc(0, a), b) is the sum of a and b in a row.
 * Returns the checksum. Thread: any. */
uint32_t seg_crc(uint32_t crc, const void *bytes, size_t len);
/* The same without the processor's own instruction, for the self test. */
uint32_t seg_crc_portable(uint32_t crc, const void *bytes, size_t len);

#endif
