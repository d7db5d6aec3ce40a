/* SPDX-License-Identifier: Apache-2.0
 *
 * abi.h - version, growth macros and thread domains of the plugin ABI.
 *
 * History, one line per minor version:
 *   1.0  first release: consensus/1, storage/1, signature/1; drafts
 *        x.engine/1 and x.settlement/1.
 *
 * Growth rules every struct of this ABI follows:
 *  - the first member is `uint32_t size`, written by the side that fills the
 *    struct as VT_UPTO(struct T, last_member_it_knows);
 *  - members are only appended, never moved, retyped or removed;
 *  - a reader asks VT_HAS() before it touches a member added after 1.0;
 *  - numbers (status codes, event and effect types, flags) are never reused;
 *  - reserved members are written 0, and the reader checks that.
 */
#ifndef VT_ABI_H
#define VT_ABI_H

#include <stddef.h>
#include <stdint.h>

#define VT_ABI_MAJOR 1
#define VT_ABI_MINOR 0

/* What a plugin is compiled for. Members newer than this stay out of sight. */
#ifndef VT_ABI_MINOR_WANTED
#define VT_ABI_MINOR_WANTED 0
#endif

#if defined(__cplusplus)
#define VT_STATIC_ASSERT(cond, text) static_assert(cond, text)
#define VT_BEGIN_DECLS extern "C" {
#define VT_END_DECLS }
#else
#define VT_STATIC_ASSERT(cond, text) _Static_assert(cond, text)
#define VT_BEGIN_DECLS
#define VT_END_DECLS
#endif

/* Bytes of struct T up to and including `member`: what `size` is set to and
 * what a plugin asks a service for. Never sizeof: tail padding lies. */
#define VT_UPTO(T, member)                                                     \
    ((uint32_t)(offsetof(T, member) + sizeof(((T *)0)->member)))

/* True when whoever filled *p knew `member`. */
#define VT_HAS(T, p, member) ((p)->size >= VT_UPTO(T, member))

/*
 * Thread domains. Every function pointer of the ABI names exactly one; the
 * validating host checks them at run time, a clang annotation check at build
 * time.
 *
 *   VT_INIT   the loader's thread, the plugin is otherwise idle; may block
 *   VT_CHAIN  serialized per instance, the OS thread may change; must not
 *             block (budget 1 ms, the host warns at 10 ms)
 *   VT_POOL   worker threads, several at once on one instance; short I/O
 *   VT_ANY    any thread at any time: pure, or internally locked; must not
 *             block
 */
#if defined(__clang__)
#define VT_DOMAIN(d) __attribute__((annotate("vt:" #d)))
#else
#define VT_DOMAIN(d)
#endif
#define VT_INIT VT_DOMAIN(init)
#define VT_CHAIN VT_DOMAIN(chain)
#define VT_POOL VT_DOMAIN(pool)
#define VT_ANY VT_DOMAIN(any)

#if defined(__GNUC__)
#define VT_MUST_USE __attribute__((warn_unused_result))
#define VT_EXPORT __attribute__((visibility("default")))
#else
#define VT_MUST_USE
#define VT_EXPORT
#endif

#endif
