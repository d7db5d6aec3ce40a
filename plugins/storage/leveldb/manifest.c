/* SPDX-License-Identifier: Apache-2.0
 *
 * manifest.c - LevelDB's VersionEdit: fields of a varint tag and what follows
 * it. All are walked over, two are kept.
 */
#include "manifest.h"

enum {
    TAG_COMPARATOR = 1,
    TAG_LOG = 2,
    TAG_NEXT_FILE = 3,
    TAG_LAST_SEQUENCE = 4,
    TAG_COMPACT_POINTER = 5,
    TAG_DELETED_FILE = 6,
    TAG_NEW_FILE = 7,
    TAG_PREV_LOG = 9
};

struct input {
    const uint8_t *ptr;
    size_t len;
    int good;
};

static uint64_t take_number(struct input *in)
{
    uint64_t value = 0;

    for (unsigned shift = 0; in->len > 0 && shift < 64; shift += 7) {
        uint8_t byte = *in->ptr++;

        in->len--;
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            return value;
        }
    }
    in->good = 0;
    return 0;
}

static void skip_text(struct input *in)
{
    uint64_t len = take_number(in);

    if (!in->good || len > in->len) {
        in->good = 0;
        return;
    }
    in->ptr += len;
    in->len -= (size_t)len;
}

static void take_field(struct input *in, struct ldb_manifest *m)
{
    switch (take_number(in)) {
    case TAG_COMPARATOR:
        skip_text(in);
        break;
    case TAG_LOG:
        m->oldest_log = take_number(in);
        break;
    case TAG_PREV_LOG:
        m->prev_log = take_number(in);
        break;
    case TAG_NEXT_FILE:
    case TAG_LAST_SEQUENCE:
        (void)take_number(in);
        break;
    case TAG_COMPACT_POINTER: /* level, key */
        (void)take_number(in);
        skip_text(in);
        break;
    case TAG_DELETED_FILE: /* level, file */
        (void)take_number(in);
        (void)take_number(in);
        break;
    case TAG_NEW_FILE: /* level, file, size, first key, last key */
        (void)take_number(in);
        (void)take_number(in);
        (void)take_number(in);
        skip_text(in);
        skip_text(in);
        break;
    default:
        in->good = 0;
    }
}

int ldb_manifest_apply(struct ldb_manifest *m, const uint8_t *bytes, size_t len)
{
    struct input in = {bytes, len, 1};
    struct ldb_manifest next = *m;

    while (in.good && in.len > 0) {
        take_field(&in, &next);
    }
    if (in.good) {
        *m = next;
    }
    return in.good;
}
