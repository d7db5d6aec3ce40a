/* SPDX-License-Identifier: Apache-2.0
 *
 * types.h - the few shapes every interface of the ABI is built from.
 *
 * Allowed in anything that crosses: fixed-width integers, pointers, function
 * pointers, char arrays, size_t inside struct vt_view. Everything else (bool,
 * enum members, bit-fields, long, unions, flexible arrays) has broken an ABI
 * somewhere and stays out.
 */
#ifndef VT_TYPES_H
#define VT_TYPES_H

#include <vt/abi.h>
#include <vt/status.h>

VT_BEGIN_DECLS

#define VT_HASH_LEN 32u

/* Bytes borrowed for the duration of the call unless the function says
 * otherwise. ptr may be NULL only when len is 0. Frozen for ever. */
struct vt_view {
    const uint8_t *ptr;
    size_t len;
};

/* An array of structs that may grow: step by stride, never by sizeof. Frozen
 * for ever. */
struct vt_tab {
    const void *ptr;
    uint32_t count;
    uint32_t stride; /* bytes from one element to the next */
};

/* A static C array as a vt_tab. */
#define VT_TAB(array)                                                          \
    {                                                                          \
        (array), (uint32_t)(sizeof(array) / sizeof((array)[0])),               \
            (uint32_t)sizeof((array)[0])                                       \
    }
#define VT_TAB_NONE                                                            \
    {                                                                          \
        NULL, 0, 0                                                             \
    }

/* Element i of a vt_tab as `const T *`. */
#define VT_AT(T, tab, i)                                                       \
    ((const T *)(const void *)((const uint8_t *)(tab).ptr +                    \
                               (size_t)(i) * (tab).stride))

/*
 * A place to push bytes of any length. Host owned; the host copies.
 *
 * write   append n bytes; Returns VT_OK, VT_E_LIMIT when the sink's declared
 *         limit would be passed, VT_E_NOMEM. Thread: the caller's.
 */
struct vt_sink {
    uint32_t size;
    uint32_t reserved;
    void *ctx;
    vt_status (*write)(struct vt_sink *self, const void *bytes,
                       size_t len) VT_ANY;
};

VT_END_DECLS
#endif
