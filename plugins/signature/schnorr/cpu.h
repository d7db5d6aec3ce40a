/* SPDX-License-Identifier: Apache-2.0
 *
 * cpu.h - what this processor, and the system that saves its registers, can
 * do. Asked of the processor itself: the compiler's own question would bring a
 * constructor, and a plugin runs no code before the host's verdict.
 */
#ifndef VT_SCHNORR_CPU_H
#define VT_SCHNORR_CPU_H

/* 1 or 0; 0 on anything but x86-64. */
int cpu_has_avx2(void); /* and FMA */
int cpu_has_ifma(void); /* AVX-512 F, DQ and IFMA */
int cpu_has_sha(void);  /* and SSE 4.1 */

#endif
