/* SPDX-License-Identifier: Apache-2.0
 *
 * host.h - what a plugin may ask of the program that loaded it.
 *
 * There is one door, struct vt_host.service. What is not granted is absent:
 * consensus and signature plugins get log, metrics and pure crypto; no clock,
 * no random numbers, no files, no network. A plugin links nothing of the host.
 */
#ifndef VT_HOST_H
#define VT_HOST_H

#include <vt/types.h>

VT_BEGIN_DECLS

/*
 * The host as one plugin instance sees it; lives until the instance is
 * destroyed.
 *
 * service   look a service up by id. min_size is VT_UPTO(service struct, last
 *           member the plugin uses). Returns the table, valid until destroy
 *           returns, or NULL when absent, too small or not granted.
 *           Thread: any.
 */
struct vt_host {
    uint32_t size;
    uint16_t abi_major, abi_minor;
    const char *name;    /* "vtchaind", "vtchain sim" ... */
    const char *version; /* release of the host */
    void *ctx;
    /* clang-format off */
    const void *(*service)(const struct vt_host *self, const char *id,
                           uint32_t min_size) VT_ANY;
    /* clang-format on */
};

/* ---- vt.log/1: granted to all ------------------------------------------ */
#define VT_SVC_LOG "vt.log/1"

enum vt_log_level {
    VT_LOG_TRACE = 0,
    VT_LOG_DEBUG = 1,
    VT_LOG_INFO = 2,
    VT_LOG_WARN = 3,
    VT_LOG_ERROR = 4,
    VT_LOG_FATAL = 5,
    VT_LOG_HOST_MISBEHAVING = 6,
    VT_LOG_PLUGIN_MISBEHAVING = 7
};

/*
 * put      one finished UTF-8 line without newline. The host adds plugin,
 *          chain and height. Returns nothing. Thread: any.
 * enabled  Returns 1 when lines of this level are kept, else 0: skip the
 *          formatting. Thread: any.
 */
struct vt_svc_log {
    uint32_t size;
    uint32_t reserved;
    void (*put)(const struct vt_host *host, uint32_t level, const char *line,
                size_t len) VT_ANY;
    uint32_t (*enabled)(const struct vt_host *host, uint32_t level) VT_ANY;
};

/* ---- vt.metrics/1: granted to all -------------------------------------- */
#define VT_SVC_METRICS "vt.metrics/1"

/*
 * Declared once in create(), touched by handle later. Names match
 * ^[a-z][a-z0-9_]*$; the host prefixes vtchain_<stem>_. unit is "", "bytes",
 * "seconds", "total" ...
 *
 * counter, gauge  Returns a handle > 0, or 0 when the table is full (using
 *                 handle 0 later does nothing). Thread: init.
 * add             counter += delta. Returns nothing. Thread: any, wait-free.
 * set             gauge = value. Returns nothing. Thread: any, wait-free.
 */
struct vt_svc_metrics {
    uint32_t size;
    uint32_t reserved;
    uint32_t (*counter)(const struct vt_host *host, const char *name,
                        const char *unit, const char *help) VT_INIT;
    uint32_t (*gauge)(const struct vt_host *host, const char *name,
                      const char *unit, const char *help) VT_INIT;
    void (*add)(const struct vt_host *host, uint32_t handle,
                uint64_t delta) VT_ANY;
    void (*set)(const struct vt_host *host, uint32_t handle,
                int64_t value) VT_ANY;
};

/* ---- vt.crypto/1: pure, same bytes on every node; granted to all -------- */
#define VT_SVC_CRYPTO "vt.crypto/1"

/*
 * hash    out = SHA-256(SHA-256(tag) || SHA-256(tag) || parts...), the tagged
 *         hash of BIP340. tag is NUL-terminated ASCII. Returns VT_OK or
 *         VT_E_INVALID. Thread: any.
 * verify  one signature of `scheme` over msg by pk, with the chain's loaded
 *         signature plugins. *verdict is VT_GOOD or VT_BAD; untouched on
 *         failure. Returns VT_OK, VT_E_UNSUPPORTED for a scheme that is not
 *         loaded. Thread: any.
 * vrf_verify  is proof the one of `scheme` (signature.h) by pk over alpha?
 *         *verdict is VT_GOOD or VT_BAD; out is the value, set when GOOD.
 *         Returns VT_OK, VT_E_UNSUPPORTED for a scheme that is not loaded or
 *         has no such function. Thread: any.
 * aggregate  one shorter value of all signatures (signature.h): items of struct
 *         vt_sig_item into out, which has out_max bytes of room; *out_len
 *         is set. Returns VT_OK, VT_E_UNSUPPORTED as above, VT_E_INVALID,
 *         VT_E_LIMIT, VT_E_NOMEM. Thread: any.
 * verify_aggregate  were all items signed? Their sig is not looked at.
 *         *verdict is VT_GOOD or VT_BAD. Returns VT_OK, VT_E_UNSUPPORTED as
 *         above, VT_E_NOMEM. Thread: any.
 * check_flaw  do these bytes, as VALIDATED brought them (consensus.h), show
 *         that the batch `id` holds a transaction that has no good signature?
 *         *verdict is VT_GOOD when they do, else VT_BAD. It takes nothing else
 *         to see it, so every node answers the same. Returns VT_OK,
 *         VT_E_UNSUPPORTED without signature plugins. Thread: any.
 */
struct vt_svc_crypto {
    uint32_t size;
    uint32_t reserved;
    vt_status (*hash)(const struct vt_host *host, const char *tag,
                      const struct vt_view *parts, uint32_t count,
                      uint8_t out[32]) VT_ANY;
    vt_status (*verify)(const struct vt_host *host, const char *scheme,
                        struct vt_view pk, struct vt_view msg,
                        struct vt_view sig, uint32_t *verdict) VT_ANY;
    vt_status (*vrf_verify)(const struct vt_host *host, const char *scheme,
                            struct vt_view pk, struct vt_view alpha,
                            struct vt_view proof, uint8_t out[32],
                            uint32_t *verdict) VT_ANY;
    vt_status (*aggregate)(const struct vt_host *host, const char *scheme,
                           struct vt_tab items, uint8_t *out, uint32_t out_max,
                           uint32_t *out_len) VT_ANY;
    vt_status (*verify_aggregate)(const struct vt_host *host,
                                  const char *scheme, struct vt_tab items,
                                  struct vt_view aggregate,
                                  uint32_t *verdict) VT_ANY;
    vt_status (*check_flaw)(const struct vt_host *host, const uint8_t id[32],
                            struct vt_view flaw, uint32_t *verdict) VT_ANY;
};

/* ---- vt.clock/1: granted to storage and settlement only ----------------- */
#define VT_SVC_CLOCK "vt.clock/1"

/*
 * mono_ns  Returns nanoseconds that never go back. Thread: any.
 * wall_ms  Returns Unix time in milliseconds, may jump. Thread: any.
 */
struct vt_svc_clock {
    uint32_t size;
    uint32_t reserved;
    uint64_t (*mono_ns)(const struct vt_host *host) VT_ANY;
    int64_t (*wall_ms)(const struct vt_host *host) VT_ANY;
};

/* ---- parsed options ------------------------------------------------------ */

/*
 * The values of the plugin's own key table (plugin.h), already parsed, range
 * checked and defaulted; asked for by index into that table. Valid during
 * create() or open() only, but for the one in a consensus epoch.
 *
 * i64    Returns a BOOL (0 or 1) or INT. Thread: the caller's.
 * u64    Returns a UINT, BYTES (bytes), DURATION_NS (nanoseconds), BOOL, or
 *        the position of an ENUM value in its range text. Thread: the
 *        caller's.
 * bytes  Returns a STRING, PATH (absolute) or HEX (decoded) value; a NUL byte
 *        follows the last one. Thread: the caller's.
 */
struct vt_cfg {
    uint32_t size;
    uint32_t reserved;
    const void *ctx;
    int64_t (*i64)(const struct vt_cfg *self, uint32_t key_index) VT_ANY;
    uint64_t (*u64)(const struct vt_cfg *self, uint32_t key_index) VT_ANY;
    struct vt_view (*bytes)(const struct vt_cfg *self,
                            uint32_t key_index) VT_ANY;
};

VT_END_DECLS
#endif
