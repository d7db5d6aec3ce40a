/* SPDX-License-Identifier: Apache-2.0
 *
 * scan.h - read a segment file record by record, checking everything.
 */
#ifndef SEGMENT_SCAN_H
#define SEGMENT_SCAN_H

#include "record.h"

struct seg_scan {
    const struct vt_db *db; /* salt, and names for errors */
    int fd;
    uint64_t id;
    uint64_t size; /* nothing at or after this is looked at */
    uint64_t seq;  /* of the first record expected */
    void *ctx;
    /* Each entry of a record before it is known to be whole; key is borrowed.
     * Returns VT_OK, VT_E_NOMEM. */
    vt_status (*on_entry)(void *ctx, const struct seg_slot *slot,
                          struct seg_key key);
    /* The record is whole (1): its entries count; or not (0): forget them. */
    vt_status (*on_record)(void *ctx, const struct seg_record_head *head,
                           int whole);
};

struct seg_scan_end {
    uint64_t off;   /* where the next record would begin */
    uint64_t seq;   /* and its number */
    int clean;      /* the file ends here, or only zeros follow */
    uint64_t proof; /* offset of a later record which proves that the one
                       missing here was durable once; 0: none */
};

/* Stops at the first place that is no whole record with the expected number,
 * and says what follows it. Returns VT_OK; VT_E_IO, VT_E_NOMEM; what a callback
 * returned. */
vt_status seg_scan(const struct seg_scan *scan, struct seg_scan_end *out,
                   struct vt_err *err);

#endif
