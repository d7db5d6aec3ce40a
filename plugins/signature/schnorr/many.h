/* SPDX-License-Identifier: Apache-2.0
 *
 * many.h - many signatures at once, on the best lanes this processor has.
 */
#ifndef VT_SCHNORR_MANY_H
#define VT_SCHNORR_MANY_H

#include <vt/signature.h>

/* Chooses lanes, or those that VT_SCHNORR_IMPL in the environment names:
 * portable, avx2 or ifma. Returns VT_OK, or VT_E_UNSUPPORTED for a name that
 * is unknown or more than this processor can. Thread: init. */
vt_status many_choose(struct vt_err *err);
/* The name of what was chosen. Thread: any. */
const char *many_chosen(void);

/* As verify_many of struct vt_signature. */
void many_verify(struct vt_tab items, uint8_t *verdicts);

#endif
