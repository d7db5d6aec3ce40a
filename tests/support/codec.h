/* SPDX-License-Identifier: Apache-2.0
 *
 * codec.h - every decoder of foreign bytes with its encoder, under one form,
 * so that unit tests and fuzz targets hold them to the same laws.
 */
#ifndef VT_TESTS_SUPPORT_CODEC_H
#define VT_TESTS_SUPPORT_CODEC_H

#include "base/buf.h"

struct vt_codec {
    const char *name;
    /* Decode strictly. VT_OK: what was understood is encoded into out.
     * Otherwise the bytes were refused and out is not looked at. */
    vt_status (*again)(struct vt_view bytes, struct vt_buf *out);
};

extern const struct vt_codec vt_codecs[];
extern const size_t vt_codec_count;

/* By name; NULL when there is none. */
const struct vt_codec *vt_codec_find(const char *name);

#endif
