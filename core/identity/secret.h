/* SPDX-License-Identifier: Apache-2.0
 *
 * secret.h - memory for keys and passwords: whole pages that are kept out of
 * swap and core dumps where the system allows it, and wiped before they go.
 */
#ifndef VT_IDENTITY_SECRET_H
#define VT_IDENTITY_SECRET_H

#include <vt/types.h>

struct vt_secret {
    uint8_t *bytes;
    size_t len;  /* in use */
    size_t size; /* there is room for; a zero byte follows */
};

/* Zeroed, len = size. NULL when out of memory. A process that may not lock
 * memory (ulimit -l) gets pages that are only kept out of dumps. */
VT_MUST_USE struct vt_secret *vt_secret_new(size_t size);
/* Wipes all of it; NULL is fine. */
void vt_secret_free(struct vt_secret *secret);
struct vt_view vt_secret_view(const struct vt_secret *secret);

#endif
