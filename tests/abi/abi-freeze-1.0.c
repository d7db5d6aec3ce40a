/* SPDX-License-Identifier: Apache-2.0
 *
 * abi-freeze-1.0.c - ABI 1.0 as it was released, as assertions. Made by
 * tests/abi/make-freeze; compiled, never run. Until ABI 1.0 is released
 * `make abi-baseline` rewrites this file, afterwards it is never edited: when
 * it no longer compiles, the headers broke the ABI and the headers change.
 */
#include <vt/vt.h>

/* rows of a table */
/* clang-format off */

/* The values for 64 bit, 32 bit, and 32 bit with 64-bit integers on 4 bytes. */
struct vt_freeze_probe {
    char c;
    uint64_t v;
};
#define PICK(lp64, ilp32, i386)                                                \
    (sizeof(void *) == 8                               ? (lp64)                \
     : offsetof(struct vt_freeze_probe, v) == 8 ? (ilp32)               \
                                                : (i386))

#if defined(__GNUC__)
#define SAME_TYPE(have, ...) __builtin_types_compatible_p(have, __VA_ARGS__)
#define SAME_TEXT(have, want) (__builtin_strcmp(have, want) == 0)
#else
#define SAME_TYPE(have, ...) 1
#define SAME_TEXT(have, want) (sizeof(have) == sizeof(want))
#endif

/* offset and size of a member on each kind of machine, then its type */
#define MEMBER(s, m, o64, s64, o32, s32, o386, s386, ...)                      \
    _Static_assert(offsetof(struct s, m) == PICK(o64, o32, o386) &&            \
                       sizeof(((struct s *)0)->m) == PICK(s64, s32, s386) &&   \
                       SAME_TYPE(__typeof__(((struct s *)0)->m), __VA_ARGS__), \
                   #s "." #m)
/* what `size` says of version 1.0, and the least the struct takes */
#define STRUCT(s, last, u64, s64, u32, s32, u386, s386)                        \
    _Static_assert(VT_UPTO(struct s, last) == PICK(u64, u32, u386) &&          \
                       sizeof(struct s) >= PICK(s64, s32, s386),               \
                   #s)
/* passed by value, so it never grows */
#define FROZEN(s, s64, s32, s386)                                              \
    _Static_assert(sizeof(struct s) == PICK(s64, s32, s386), #s)
#define NUMBER(name, value) _Static_assert((name) == (value), #name)
#define STRING(name, text) _Static_assert(SAME_TEXT(name, text), #name)

#define STR_(x) #x
#define STR(x) STR_(x)
_Static_assert(SAME_TEXT(STR(VT_PLUGIN_SYMBOL(stem)), "stem_LTX_vt_plugin_v1"),
               "name of the exported symbol");
_Static_assert(sizeof(enum vt_status_code) == sizeof(vt_status), "status");

MEMBER(vt_member, index, 0, 4, 0, 4, 0, 4, uint32_t);
MEMBER(vt_member, reserved, 4, 4, 4, 4, 4, 4, uint32_t);
MEMBER(vt_member, weight, 8, 8, 8, 8, 8, 8, uint64_t);
MEMBER(vt_member, pk, 16, 16, 16, 8, 16, 8, struct vt_view);
STRUCT(vt_member, pk, 32, 32, 24, 24, 24, 24);

MEMBER(vt_cs_epoch, size, 0, 4, 0, 4, 0, 4, uint32_t);
MEMBER(vt_cs_epoch, reserved, 4, 4, 4, 4, 4, 4, uint32_t);
MEMBER(vt_cs_epoch, epoch, 8, 8, 8, 8, 8, 8, uint64_t);
MEMBER(vt_cs_epoch, start_height, 16, 8, 16, 8, 16, 8, uint64_t);
MEMBER(vt_cs_epoch, chain_id, 24, 32, 24, 32, 24, 32, uint8_t [32]);
MEMBER(vt_cs_epoch, parent, 56, 32, 56, 32, 56, 32, uint8_t [32]);
MEMBER(vt_cs_epoch, digest, 88, 32, 88, 32, 88, 32, uint8_t [32]);
MEMBER(vt_cs_epoch, beacon, 120, 32, 120, 32, 120, 32, uint8_t [32]);
MEMBER(vt_cs_epoch, scheme, 152, 8, 152, 4, 152, 4, const char *);
MEMBER(vt_cs_epoch, members, 160, 16, 156, 12, 156, 12, struct vt_tab);
MEMBER(vt_cs_epoch, cfg, 176, 8, 168, 4, 168, 4, const struct vt_cfg *);
MEMBER(vt_cs_epoch, end_height, 184, 8, 176, 8, 172, 8, uint64_t);
STRUCT(vt_cs_epoch, end_height, 192, 192, 184, 184, 180, 180);

MEMBER(vt_cs_header, size, 0, 4, 0, 4, 0, 4, uint32_t);
MEMBER(vt_cs_header, proposer, 4, 4, 4, 4, 4, 4, uint32_t);
MEMBER(vt_cs_header, epoch, 8, 8, 8, 8, 8, 8, uint64_t);
MEMBER(vt_cs_header, height, 16, 8, 16, 8, 16, 8, uint64_t);
MEMBER(vt_cs_header, time_ms, 24, 8, 24, 8, 24, 8, int64_t);
MEMBER(vt_cs_header, id, 32, 32, 32, 32, 32, 32, uint8_t [32]);
MEMBER(vt_cs_header, parent, 64, 32, 64, 32, 64, 32, uint8_t [32]);
MEMBER(vt_cs_header, payload, 96, 16, 96, 8, 96, 8, struct vt_view);
STRUCT(vt_cs_header, payload, 112, 112, 104, 104, 104, 104);

MEMBER(vt_ev, size, 0, 4, 0, 4, 0, 4, uint32_t);
MEMBER(vt_ev, type, 4, 4, 4, 4, 4, 4, uint32_t);
MEMBER(vt_ev, now_ns, 8, 8, 8, 8, 8, 8, uint64_t);
MEMBER(vt_ev, wall_ms, 16, 8, 16, 8, 16, 8, int64_t);
STRUCT(vt_ev, wall_ms, 24, 24, 24, 24, 24, 24);
FROZEN(vt_ev, 24, 24, 24);

MEMBER(vt_ev_timer, h, 0, 24, 0, 24, 0, 24, struct vt_ev);
MEMBER(vt_ev_timer, timer, 24, 8, 24, 8, 24, 8, uint64_t);
STRUCT(vt_ev_timer, timer, 32, 32, 32, 32, 32, 32);

MEMBER(vt_ev_recv, h, 0, 24, 0, 24, 0, 24, struct vt_ev);
MEMBER(vt_ev_recv, from, 24, 4, 24, 4, 24, 4, uint32_t);
MEMBER(vt_ev_recv, proto, 28, 4, 28, 4, 28, 4, uint32_t);
MEMBER(vt_ev_recv, has_attach, 32, 4, 32, 4, 32, 4, uint32_t);
MEMBER(vt_ev_recv, reserved, 36, 4, 36, 4, 36, 4, uint32_t);
MEMBER(vt_ev_recv, attach, 40, 32, 40, 32, 40, 32, uint8_t [32]);
MEMBER(vt_ev_recv, msg, 72, 16, 72, 8, 72, 8, struct vt_view);
STRUCT(vt_ev_recv, msg, 88, 88, 80, 80, 80, 80);

MEMBER(vt_ev_done, h, 0, 24, 0, 24, 0, 24, struct vt_ev);
MEMBER(vt_ev_done, token, 24, 8, 24, 8, 24, 8, uint64_t);
MEMBER(vt_ev_done, status, 32, 4, 32, 4, 32, 4, vt_status);
MEMBER(vt_ev_done, reserved, 36, 4, 36, 4, 36, 4, uint32_t);
MEMBER(vt_ev_done, data, 40, 16, 40, 8, 40, 8, struct vt_view);
STRUCT(vt_ev_done, data, 56, 56, 48, 48, 48, 48);

MEMBER(vt_ev_block, h, 0, 24, 0, 24, 0, 24, struct vt_ev);
MEMBER(vt_ev_block, token, 24, 8, 24, 8, 24, 8, uint64_t);
MEMBER(vt_ev_block, status, 32, 4, 32, 4, 32, 4, vt_status);
MEMBER(vt_ev_block, verdict, 36, 4, 36, 4, 36, 4, uint32_t);
MEMBER(vt_ev_block, height, 40, 8, 40, 8, 40, 8, uint64_t);
MEMBER(vt_ev_block, time_ms, 48, 8, 48, 8, 48, 8, int64_t);
MEMBER(vt_ev_block, id, 56, 32, 56, 32, 56, 32, uint8_t [32]);
MEMBER(vt_ev_block, parent, 88, 32, 88, 32, 88, 32, uint8_t [32]);
MEMBER(vt_ev_block, proposer, 120, 4, 120, 4, 120, 4, uint32_t);
MEMBER(vt_ev_block, txs, 124, 4, 124, 4, 124, 4, uint32_t);
MEMBER(vt_ev_block, size_bytes, 128, 8, 128, 8, 128, 8, uint64_t);
MEMBER(vt_ev_block, payload, 136, 16, 136, 8, 136, 8, struct vt_view);
MEMBER(vt_ev_block, flaw, 152, 16, 144, 8, 144, 8, struct vt_view);
STRUCT(vt_ev_block, flaw, 168, 168, 152, 152, 152, 152);

MEMBER(vt_ev_applied, h, 0, 24, 0, 24, 0, 24, struct vt_ev);
MEMBER(vt_ev_applied, height, 24, 8, 24, 8, 24, 8, uint64_t);
MEMBER(vt_ev_applied, id, 32, 32, 32, 32, 32, 32, uint8_t [32]);
MEMBER(vt_ev_applied, state_root, 64, 32, 64, 32, 64, 32, uint8_t [32]);
STRUCT(vt_ev_applied, state_root, 96, 96, 96, 96, 96, 96);

MEMBER(vt_ev_peer, h, 0, 24, 0, 24, 0, 24, struct vt_ev);
MEMBER(vt_ev_peer, peer, 24, 4, 24, 4, 24, 4, uint32_t);
MEMBER(vt_ev_peer, up, 28, 4, 28, 4, 28, 4, uint32_t);
STRUCT(vt_ev_peer, up, 32, 32, 32, 32, 32, 32);

MEMBER(vt_ev_txs, h, 0, 24, 0, 24, 0, 24, struct vt_ev);
MEMBER(vt_ev_txs, count, 24, 8, 24, 8, 24, 8, uint64_t);
MEMBER(vt_ev_txs, size_bytes, 32, 8, 32, 8, 32, 8, uint64_t);
STRUCT(vt_ev_txs, size_bytes, 40, 40, 40, 40, 40, 40);

MEMBER(vt_ev_seal, h, 0, 24, 0, 24, 0, 24, struct vt_ev);
MEMBER(vt_ev_seal, height, 24, 8, 24, 8, 24, 8, uint64_t);
MEMBER(vt_ev_seal, successor, 32, 32, 32, 32, 32, 32, uint8_t [32]);
STRUCT(vt_ev_seal, successor, 64, 64, 64, 64, 64, 64);

MEMBER(vt_ev_bytes, h, 0, 24, 0, 24, 0, 24, struct vt_ev);
MEMBER(vt_ev_bytes, data, 24, 16, 24, 8, 24, 8, struct vt_view);
STRUCT(vt_ev_bytes, data, 40, 40, 32, 32, 32, 32);

MEMBER(vt_ev_anchor, h, 0, 24, 0, 24, 0, 24, struct vt_ev);
MEMBER(vt_ev_anchor, height, 24, 8, 24, 8, 24, 8, uint64_t);
MEMBER(vt_ev_anchor, id, 32, 32, 32, 32, 32, 32, uint8_t [32]);
STRUCT(vt_ev_anchor, id, 64, 64, 64, 64, 64, 64);

MEMBER(vt_eff, size, 0, 4, 0, 4, 0, 4, uint32_t);
MEMBER(vt_eff, type, 4, 4, 4, 4, 4, 4, uint32_t);
MEMBER(vt_eff, token, 8, 8, 8, 8, 8, 8, uint64_t);
MEMBER(vt_eff, flags, 16, 4, 16, 4, 16, 4, uint32_t);
MEMBER(vt_eff, reserved, 20, 4, 20, 4, 20, 4, uint32_t);
STRUCT(vt_eff, reserved, 24, 24, 24, 24, 24, 24);
FROZEN(vt_eff, 24, 24, 24);

MEMBER(vt_eff_persist, h, 0, 24, 0, 24, 0, 24, struct vt_eff);
MEMBER(vt_eff_persist, slot, 24, 8, 24, 8, 24, 8, uint64_t);
MEMBER(vt_eff_persist, bytes, 32, 16, 32, 8, 32, 8, struct vt_view);
STRUCT(vt_eff_persist, bytes, 48, 48, 40, 40, 40, 40);

MEMBER(vt_eff_send, h, 0, 24, 0, 24, 0, 24, struct vt_eff);
MEMBER(vt_eff_send, to, 24, 4, 24, 4, 24, 4, uint32_t);
MEMBER(vt_eff_send, proto, 28, 4, 28, 4, 28, 4, uint32_t);
MEMBER(vt_eff_send, klass, 32, 4, 32, 4, 32, 4, uint32_t);
MEMBER(vt_eff_send, has_attach, 36, 4, 36, 4, 36, 4, uint32_t);
MEMBER(vt_eff_send, attach, 40, 32, 40, 32, 40, 32, uint8_t [32]);
MEMBER(vt_eff_send, msg, 72, 16, 72, 8, 72, 8, struct vt_view);
STRUCT(vt_eff_send, msg, 88, 88, 80, 80, 80, 80);

MEMBER(vt_eff_timer, h, 0, 24, 0, 24, 0, 24, struct vt_eff);
MEMBER(vt_eff_timer, timer, 24, 8, 24, 8, 24, 8, uint64_t);
MEMBER(vt_eff_timer, delay_ns, 32, 8, 32, 8, 32, 8, uint64_t);
STRUCT(vt_eff_timer, delay_ns, 40, 40, 40, 40, 40, 40);

MEMBER(vt_eff_build, h, 0, 24, 0, 24, 0, 24, struct vt_eff);
MEMBER(vt_eff_build, height, 24, 8, 24, 8, 24, 8, uint64_t);
MEMBER(vt_eff_build, parent, 32, 32, 32, 32, 32, 32, uint8_t [32]);
MEMBER(vt_eff_build, max_bytes, 64, 8, 64, 8, 64, 8, uint64_t);
MEMBER(vt_eff_build, view, 72, 8, 72, 8, 72, 8, uint64_t);
MEMBER(vt_eff_build, shard, 80, 4, 80, 4, 80, 4, uint32_t);
MEMBER(vt_eff_build, allow_empty, 84, 4, 84, 4, 84, 4, uint32_t);
MEMBER(vt_eff_build, payload, 88, 16, 88, 8, 88, 8, struct vt_view);
STRUCT(vt_eff_build, payload, 104, 104, 96, 96, 96, 96);

MEMBER(vt_eff_batch, h, 0, 24, 0, 24, 0, 24, struct vt_eff);
MEMBER(vt_eff_batch, height, 24, 8, 24, 8, 24, 8, uint64_t);
MEMBER(vt_eff_batch, parent, 32, 32, 32, 32, 32, 32, uint8_t [32]);
MEMBER(vt_eff_batch, max_bytes, 64, 8, 64, 8, 64, 8, uint64_t);
MEMBER(vt_eff_batch, lane_wait_ns, 72, 8, 72, 8, 72, 8, uint64_t);
MEMBER(vt_eff_batch, shard, 80, 4, 80, 4, 80, 4, uint32_t);
MEMBER(vt_eff_batch, shards, 84, 4, 84, 4, 84, 4, uint32_t);
MEMBER(vt_eff_batch, lane, 88, 4, 88, 4, 88, 4, uint32_t);
MEMBER(vt_eff_batch, lanes, 92, 4, 92, 4, 92, 4, uint32_t);
MEMBER(vt_eff_batch, payload, 96, 16, 96, 8, 96, 8, struct vt_view);
STRUCT(vt_eff_batch, payload, 112, 112, 104, 104, 104, 104);

MEMBER(vt_eff_join, h, 0, 24, 0, 24, 0, 24, struct vt_eff);
MEMBER(vt_eff_join, height, 24, 8, 24, 8, 24, 8, uint64_t);
MEMBER(vt_eff_join, parent, 32, 32, 32, 32, 32, 32, uint8_t [32]);
MEMBER(vt_eff_join, time_ms, 64, 8, 64, 8, 64, 8, int64_t);
MEMBER(vt_eff_join, proposer, 72, 4, 72, 4, 72, 4, uint32_t);
MEMBER(vt_eff_join, reserved, 76, 4, 76, 4, 76, 4, uint32_t);
MEMBER(vt_eff_join, payload, 80, 16, 80, 8, 80, 8, struct vt_view);
MEMBER(vt_eff_join, batches, 96, 16, 88, 8, 88, 8, struct vt_view);
STRUCT(vt_eff_join, batches, 112, 112, 96, 96, 96, 96);

MEMBER(vt_eff_block, h, 0, 24, 0, 24, 0, 24, struct vt_eff);
MEMBER(vt_eff_block, id, 24, 32, 24, 32, 24, 32, uint8_t [32]);
STRUCT(vt_eff_block, id, 56, 56, 56, 56, 56, 56);

MEMBER(vt_eff_sign, h, 0, 24, 0, 24, 0, 24, struct vt_eff);
MEMBER(vt_eff_sign, role, 24, 4, 24, 4, 24, 4, uint32_t);
MEMBER(vt_eff_sign, reserved, 28, 4, 28, 4, 28, 4, uint32_t);
MEMBER(vt_eff_sign, major, 32, 8, 32, 8, 32, 8, uint64_t);
MEMBER(vt_eff_sign, minor, 40, 8, 40, 8, 40, 8, uint64_t);
MEMBER(vt_eff_sign, msg, 48, 16, 48, 8, 48, 8, struct vt_view);
STRUCT(vt_eff_sign, msg, 64, 64, 56, 56, 56, 56);

MEMBER(vt_eff_prove, h, 0, 24, 0, 24, 0, 24, struct vt_eff);
MEMBER(vt_eff_prove, role, 24, 4, 24, 4, 24, 4, uint32_t);
MEMBER(vt_eff_prove, reserved, 28, 4, 28, 4, 28, 4, uint32_t);
MEMBER(vt_eff_prove, msg, 32, 16, 32, 8, 32, 8, struct vt_view);
STRUCT(vt_eff_prove, msg, 48, 48, 40, 40, 40, 40);

MEMBER(vt_verify_item, member, 0, 4, 0, 4, 0, 4, uint32_t);
MEMBER(vt_verify_item, role, 4, 4, 4, 4, 4, 4, uint32_t);
MEMBER(vt_verify_item, msg, 8, 16, 8, 8, 8, 8, struct vt_view);
MEMBER(vt_verify_item, sig, 24, 16, 16, 8, 16, 8, struct vt_view);
STRUCT(vt_verify_item, sig, 40, 40, 24, 24, 24, 24);

MEMBER(vt_eff_verify, h, 0, 24, 0, 24, 0, 24, struct vt_eff);
MEMBER(vt_eff_verify, items, 24, 16, 24, 12, 24, 12, struct vt_tab);
STRUCT(vt_eff_verify, items, 40, 40, 36, 40, 36, 36);

MEMBER(vt_eff_commit, h, 0, 24, 0, 24, 0, 24, struct vt_eff);
MEMBER(vt_eff_commit, height, 24, 8, 24, 8, 24, 8, uint64_t);
MEMBER(vt_eff_commit, id, 32, 32, 32, 32, 32, 32, uint8_t [32]);
MEMBER(vt_eff_commit, proof, 64, 16, 64, 8, 64, 8, struct vt_view);
STRUCT(vt_eff_commit, proof, 80, 80, 72, 72, 72, 72);

MEMBER(vt_eff_fetch, h, 0, 24, 0, 24, 0, 24, struct vt_eff);
MEMBER(vt_eff_fetch, id, 24, 32, 24, 32, 24, 32, uint8_t [32]);
MEMBER(vt_eff_fetch, holders, 56, 16, 56, 8, 56, 8, struct vt_view);
STRUCT(vt_eff_fetch, holders, 72, 72, 64, 64, 64, 64);

MEMBER(vt_eff_stage, h, 0, 24, 0, 24, 0, 24, struct vt_eff);
MEMBER(vt_eff_stage, stage, 24, 4, 24, 4, 24, 4, uint32_t);
MEMBER(vt_eff_stage, reserved, 28, 4, 28, 4, 28, 4, uint32_t);
MEMBER(vt_eff_stage, id, 32, 32, 32, 32, 32, 32, uint8_t [32]);
MEMBER(vt_eff_stage, proof, 64, 16, 64, 8, 64, 8, struct vt_view);
STRUCT(vt_eff_stage, proof, 80, 80, 72, 72, 72, 72);

MEMBER(vt_eff_accuse, h, 0, 24, 0, 24, 0, 24, struct vt_eff);
MEMBER(vt_eff_accuse, peer, 24, 4, 24, 4, 24, 4, uint32_t);
MEMBER(vt_eff_accuse, reserved, 28, 4, 28, 4, 28, 4, uint32_t);
MEMBER(vt_eff_accuse, reason, 32, 16, 32, 8, 32, 8, struct vt_view);
STRUCT(vt_eff_accuse, reason, 48, 48, 40, 40, 40, 40);

MEMBER(vt_eff_evidence, h, 0, 24, 0, 24, 0, 24, struct vt_eff);
MEMBER(vt_eff_evidence, kind, 24, 4, 24, 4, 24, 4, uint32_t);
MEMBER(vt_eff_evidence, member, 28, 4, 28, 4, 28, 4, uint32_t);
MEMBER(vt_eff_evidence, a, 32, 16, 32, 8, 32, 8, struct vt_view);
MEMBER(vt_eff_evidence, b, 48, 16, 40, 8, 40, 8, struct vt_view);
STRUCT(vt_eff_evidence, b, 64, 64, 48, 48, 48, 48);

MEMBER(vt_eff_head, h, 0, 24, 0, 24, 0, 24, struct vt_eff);
MEMBER(vt_eff_head, height, 24, 8, 24, 8, 24, 8, uint64_t);
MEMBER(vt_eff_head, id, 32, 32, 32, 32, 32, 32, uint8_t [32]);
STRUCT(vt_eff_head, id, 64, 64, 64, 64, 64, 64);

MEMBER(vt_eff_work, h, 0, 24, 0, 24, 0, 24, struct vt_eff);
MEMBER(vt_eff_work, target, 24, 32, 24, 32, 24, 32, uint8_t [32]);
MEMBER(vt_eff_work, header, 56, 16, 56, 8, 56, 8, struct vt_view);
STRUCT(vt_eff_work, header, 72, 72, 64, 64, 64, 64);

MEMBER(vt_eff_metric, h, 0, 24, 0, 24, 0, 24, struct vt_eff);
MEMBER(vt_eff_metric, handle, 24, 4, 24, 4, 24, 4, uint32_t);
MEMBER(vt_eff_metric, reserved, 28, 4, 28, 4, 28, 4, uint32_t);
MEMBER(vt_eff_metric, value, 32, 8, 32, 8, 32, 8, int64_t);
STRUCT(vt_eff_metric, value, 40, 40, 40, 40, 40, 40);

MEMBER(vt_eff_text, h, 0, 24, 0, 24, 0, 24, struct vt_eff);
MEMBER(vt_eff_text, text, 24, 16, 24, 8, 24, 8, struct vt_view);
STRUCT(vt_eff_text, text, 40, 40, 32, 32, 32, 32);

MEMBER(vt_out, size, 0, 4, 0, 4, 0, 4, uint32_t);
MEMBER(vt_out, room, 4, 4, 4, 4, 4, 4, uint32_t);
MEMBER(vt_out, ctx, 8, 8, 8, 4, 8, 4, void *);
MEMBER(vt_out, emit, 16, 8, 12, 4, 12, 4, vt_status (*)(struct vt_out *self, const struct vt_eff *eff));
STRUCT(vt_out, emit, 24, 24, 16, 16, 16, 16);

MEMBER(vt_slot, slot, 0, 8, 0, 8, 0, 8, uint64_t);
MEMBER(vt_slot, bytes, 8, 16, 8, 8, 8, 8, struct vt_view);
STRUCT(vt_slot, bytes, 24, 24, 16, 16, 16, 16);

MEMBER(vt_cs_start, size, 0, 4, 0, 4, 0, 4, uint32_t);
MEMBER(vt_cs_start, self, 4, 4, 4, 4, 4, 4, uint32_t);
MEMBER(vt_cs_start, epoch, 8, 8, 8, 4, 8, 4, const struct vt_cs_epoch *);
MEMBER(vt_cs_start, seed, 16, 32, 12, 32, 12, 32, uint8_t [32]);
MEMBER(vt_cs_start, slots, 48, 16, 44, 12, 44, 12, struct vt_tab);
MEMBER(vt_cs_start, final_height, 64, 8, 56, 8, 56, 8, uint64_t);
MEMBER(vt_cs_start, final_id, 72, 32, 64, 32, 64, 32, uint8_t [32]);
MEMBER(vt_cs_start, final_proof, 104, 16, 96, 8, 96, 8, struct vt_view);
MEMBER(vt_cs_start, handoff, 120, 16, 104, 8, 104, 8, struct vt_view);
STRUCT(vt_cs_start, handoff, 136, 136, 112, 112, 112, 112);

MEMBER(vt_consensus, size, 0, 4, 0, 4, 0, 4, uint32_t);
MEMBER(vt_consensus, finality, 4, 4, 4, 4, 4, 4, uint32_t);
MEMBER(vt_consensus, members_min, 8, 4, 8, 4, 8, 4, uint32_t);
MEMBER(vt_consensus, members_max, 12, 4, 12, 4, 12, 4, uint32_t);
MEMBER(vt_consensus, create, 16, 8, 16, 4, 16, 4, vt_status (*)(const struct vt_host *host, const struct vt_cfg *cfg, const struct vt_cs_start *start, struct vt_cs **out, struct vt_err *err));
MEMBER(vt_consensus, destroy, 24, 8, 20, 4, 20, 4, void (*)(struct vt_cs *self));
MEMBER(vt_consensus, step, 32, 8, 24, 4, 24, 4, vt_status (*)(struct vt_cs *self, const struct vt_ev *ev, struct vt_out *out));
MEMBER(vt_consensus, digest, 40, 8, 28, 4, 28, 4, vt_status (*)(const struct vt_cs *self, uint8_t out[32]));
MEMBER(vt_consensus, check_proof, 48, 8, 32, 4, 32, 4, vt_status (*)(const struct vt_host *host, const struct vt_cs_epoch *epoch, uint64_t height, const uint8_t id[32], struct vt_view proof, uint32_t *verdict, struct vt_err *err));
MEMBER(vt_consensus, check_header, 56, 8, 36, 4, 36, 4, vt_status (*)(const struct vt_host *host, const struct vt_cs_epoch *epoch, const struct vt_cs_header *parent, const struct vt_cs_header *header, uint32_t *verdict, struct vt_err *err));
MEMBER(vt_consensus, check_evidence, 64, 8, 40, 4, 40, 4, vt_status (*)(const struct vt_host *host, const struct vt_cs_epoch *epoch, uint32_t kind, struct vt_view a, struct vt_view b, uint32_t *member, uint32_t *verdict, struct vt_err *err));
MEMBER(vt_consensus, compare, 72, 8, 44, 4, 44, 4, vt_status (*)(const struct vt_host *host, const struct vt_cs_epoch *epoch, const struct vt_cs_header *a, const struct vt_cs_header *b, int32_t *order));
MEMBER(vt_consensus, random, 80, 8, 48, 4, 48, 4, vt_status (*)(const struct vt_host *host, const struct vt_cs_epoch *epoch, const struct vt_cs_header *header, uint8_t out[32], uint32_t *has));
MEMBER(vt_consensus, check_stage, 88, 8, 52, 4, 52, 4, vt_status (*)(const struct vt_host *host, const struct vt_cs_epoch *epoch, uint32_t stage, const struct vt_cs_header *header, struct vt_view proof, uint32_t *verdict, struct vt_err *err));
MEMBER(vt_consensus, shorten_proof, 96, 8, 56, 4, 56, 4, vt_status (*)(const struct vt_host *host, const struct vt_cs_epoch *epoch, uint64_t height, const uint8_t id[32], struct vt_view proof, struct vt_sink *out, struct vt_err *err));
MEMBER(vt_consensus, check_short, 104, 8, 60, 4, 60, 4, vt_status (*)(const struct vt_host *host, const struct vt_cs_epoch *epoch, uint64_t height, const uint8_t id[32], struct vt_view proof, uint32_t *verdict, struct vt_err *err));
STRUCT(vt_consensus, check_short, 112, 112, 64, 64, 64, 64);

MEMBER(vt_host, size, 0, 4, 0, 4, 0, 4, uint32_t);
MEMBER(vt_host, abi_major, 4, 2, 4, 2, 4, 2, uint16_t);
MEMBER(vt_host, abi_minor, 6, 2, 6, 2, 6, 2, uint16_t);
MEMBER(vt_host, name, 8, 8, 8, 4, 8, 4, const char *);
MEMBER(vt_host, version, 16, 8, 12, 4, 12, 4, const char *);
MEMBER(vt_host, ctx, 24, 8, 16, 4, 16, 4, void *);
MEMBER(vt_host, service, 32, 8, 20, 4, 20, 4, const void *(*)(const struct vt_host *self, const char *id, uint32_t min_size));
STRUCT(vt_host, service, 40, 40, 24, 24, 24, 24);

MEMBER(vt_svc_log, size, 0, 4, 0, 4, 0, 4, uint32_t);
MEMBER(vt_svc_log, reserved, 4, 4, 4, 4, 4, 4, uint32_t);
MEMBER(vt_svc_log, put, 8, 8, 8, 4, 8, 4, void (*)(const struct vt_host *host, uint32_t level, const char *line, size_t len));
MEMBER(vt_svc_log, enabled, 16, 8, 12, 4, 12, 4, uint32_t (*)(const struct vt_host *host, uint32_t level));
STRUCT(vt_svc_log, enabled, 24, 24, 16, 16, 16, 16);

MEMBER(vt_svc_metrics, size, 0, 4, 0, 4, 0, 4, uint32_t);
MEMBER(vt_svc_metrics, reserved, 4, 4, 4, 4, 4, 4, uint32_t);
MEMBER(vt_svc_metrics, counter, 8, 8, 8, 4, 8, 4, uint32_t (*)(const struct vt_host *host, const char *name, const char *unit, const char *help));
MEMBER(vt_svc_metrics, gauge, 16, 8, 12, 4, 12, 4, uint32_t (*)(const struct vt_host *host, const char *name, const char *unit, const char *help));
MEMBER(vt_svc_metrics, add, 24, 8, 16, 4, 16, 4, void (*)(const struct vt_host *host, uint32_t handle, uint64_t delta));
MEMBER(vt_svc_metrics, set, 32, 8, 20, 4, 20, 4, void (*)(const struct vt_host *host, uint32_t handle, int64_t value));
STRUCT(vt_svc_metrics, set, 40, 40, 24, 24, 24, 24);

MEMBER(vt_svc_crypto, size, 0, 4, 0, 4, 0, 4, uint32_t);
MEMBER(vt_svc_crypto, reserved, 4, 4, 4, 4, 4, 4, uint32_t);
MEMBER(vt_svc_crypto, hash, 8, 8, 8, 4, 8, 4, vt_status (*)(const struct vt_host *host, const char *tag, const struct vt_view *parts, uint32_t count, uint8_t out[32]));
MEMBER(vt_svc_crypto, verify, 16, 8, 12, 4, 12, 4, vt_status (*)(const struct vt_host *host, const char *scheme, struct vt_view pk, struct vt_view msg, struct vt_view sig, uint32_t *verdict));
MEMBER(vt_svc_crypto, vrf_verify, 24, 8, 16, 4, 16, 4, vt_status (*)(const struct vt_host *host, const char *scheme, struct vt_view pk, struct vt_view alpha, struct vt_view proof, uint8_t out[32], uint32_t *verdict));
MEMBER(vt_svc_crypto, aggregate, 32, 8, 20, 4, 20, 4, vt_status (*)(const struct vt_host *host, const char *scheme, struct vt_tab items, uint8_t *out, uint32_t out_max, uint32_t *out_len));
MEMBER(vt_svc_crypto, verify_aggregate, 40, 8, 24, 4, 24, 4, vt_status (*)(const struct vt_host *host, const char *scheme, struct vt_tab items, struct vt_view aggregate, uint32_t *verdict));
MEMBER(vt_svc_crypto, check_flaw, 48, 8, 28, 4, 28, 4, vt_status (*)(const struct vt_host *host, const uint8_t id[32], struct vt_view flaw, uint32_t *verdict));
STRUCT(vt_svc_crypto, check_flaw, 56, 56, 32, 32, 32, 32);

MEMBER(vt_svc_clock, size, 0, 4, 0, 4, 0, 4, uint32_t);
MEMBER(vt_svc_clock, reserved, 4, 4, 4, 4, 4, 4, uint32_t);
MEMBER(vt_svc_clock, mono_ns, 8, 8, 8, 4, 8, 4, uint64_t (*)(const struct vt_host *host));
MEMBER(vt_svc_clock, wall_ms, 16, 8, 12, 4, 12, 4, int64_t (*)(const struct vt_host *host));
STRUCT(vt_svc_clock, wall_ms, 24, 24, 16, 16, 16, 16);

MEMBER(vt_cfg, size, 0, 4, 0, 4, 0, 4, uint32_t);
MEMBER(vt_cfg, reserved, 4, 4, 4, 4, 4, 4, uint32_t);
MEMBER(vt_cfg, ctx, 8, 8, 8, 4, 8, 4, const void *);
MEMBER(vt_cfg, i64, 16, 8, 12, 4, 12, 4, int64_t (*)(const struct vt_cfg *self, uint32_t key_index));
MEMBER(vt_cfg, u64, 24, 8, 16, 4, 16, 4, uint64_t (*)(const struct vt_cfg *self, uint32_t key_index));
MEMBER(vt_cfg, bytes, 32, 8, 20, 4, 20, 4, struct vt_view (*)(const struct vt_cfg *self, uint32_t key_index));
STRUCT(vt_cfg, bytes, 40, 40, 24, 24, 24, 24);

MEMBER(vt_key, name, 0, 8, 0, 4, 0, 4, const char *);
MEMBER(vt_key, type, 8, 4, 4, 4, 4, 4, uint32_t);
MEMBER(vt_key, flags, 12, 4, 8, 4, 8, 4, uint32_t);
MEMBER(vt_key, defval, 16, 8, 12, 4, 12, 4, const char *);
MEMBER(vt_key, range, 24, 8, 16, 4, 16, 4, const char *);
MEMBER(vt_key, doc, 32, 8, 20, 4, 20, 4, const char *);
MEMBER(vt_key, since, 40, 8, 24, 4, 24, 4, const char *);
STRUCT(vt_key, since, 48, 48, 28, 28, 28, 28);

MEMBER(vt_iface, id, 0, 8, 0, 4, 0, 4, const char *);
MEMBER(vt_iface, table, 8, 8, 4, 4, 4, 4, const void *);
STRUCT(vt_iface, table, 16, 16, 8, 8, 8, 8);

MEMBER(vt_need, id, 0, 8, 0, 4, 0, 4, const char *);
MEMBER(vt_need, min_size, 8, 4, 4, 4, 4, 4, uint32_t);
MEMBER(vt_need, optional, 12, 4, 8, 4, 8, 4, uint32_t);
STRUCT(vt_need, optional, 16, 16, 12, 12, 12, 12);

MEMBER(vt_plugin, magic, 0, 8, 0, 8, 0, 8, char [8]);
MEMBER(vt_plugin, size, 8, 4, 8, 4, 8, 4, uint32_t);
MEMBER(vt_plugin, abi_major, 12, 2, 12, 2, 12, 2, uint16_t);
MEMBER(vt_plugin, abi_minor, 14, 2, 14, 2, 14, 2, uint16_t);
MEMBER(vt_plugin, flags, 16, 4, 16, 4, 16, 4, uint32_t);
MEMBER(vt_plugin, protocol, 20, 4, 20, 4, 20, 4, uint32_t);
MEMBER(vt_plugin, id, 24, 8, 24, 4, 24, 4, const char *);
MEMBER(vt_plugin, name, 32, 8, 28, 4, 28, 4, const char *);
MEMBER(vt_plugin, version, 40, 8, 32, 4, 32, 4, const char *);
MEMBER(vt_plugin, vendor, 48, 8, 36, 4, 36, 4, const char *);
MEMBER(vt_plugin, license, 56, 8, 40, 4, 40, 4, const char *);
MEMBER(vt_plugin, url, 64, 8, 44, 4, 44, 4, const char *);
MEMBER(vt_plugin, build, 72, 8, 48, 4, 48, 4, const char *);
MEMBER(vt_plugin, ifaces, 80, 16, 52, 12, 52, 12, struct vt_tab);
MEMBER(vt_plugin, needs, 96, 16, 64, 12, 64, 12, struct vt_tab);
MEMBER(vt_plugin, keys, 112, 16, 76, 12, 76, 12, struct vt_tab);
MEMBER(vt_plugin, self_test, 128, 8, 88, 4, 88, 4, vt_status (*)(const struct vt_host *host, struct vt_err *err));
STRUCT(vt_plugin, self_test, 136, 136, 92, 92, 92, 92);

MEMBER(vt_sig_item, pk, 0, 16, 0, 8, 0, 8, struct vt_view);
MEMBER(vt_sig_item, msg, 16, 8, 8, 4, 8, 4, const uint8_t *);
MEMBER(vt_sig_item, sig, 24, 16, 12, 8, 12, 8, struct vt_view);
STRUCT(vt_sig_item, sig, 40, 40, 20, 20, 20, 20);

MEMBER(vt_sig_group, keys, 0, 16, 0, 12, 0, 12, struct vt_tab);
MEMBER(vt_sig_group, msg, 16, 8, 12, 4, 12, 4, const uint8_t *);
MEMBER(vt_sig_group, nonce, 24, 16, 16, 8, 16, 8, struct vt_view);
STRUCT(vt_sig_group, nonce, 40, 40, 24, 24, 24, 24);

MEMBER(vt_signature, size, 0, 4, 0, 4, 0, 4, uint32_t);
MEMBER(vt_signature, flags, 4, 4, 4, 4, 4, 4, uint32_t);
MEMBER(vt_signature, scheme, 8, 8, 8, 4, 8, 4, const char *);
MEMBER(vt_signature, ruleset, 16, 8, 12, 4, 12, 4, const char *);
MEMBER(vt_signature, code, 24, 4, 16, 4, 16, 4, uint32_t);
MEMBER(vt_signature, security_bits, 28, 4, 20, 4, 20, 4, uint32_t);
MEMBER(vt_signature, seed_len, 32, 4, 24, 4, 24, 4, uint32_t);
MEMBER(vt_signature, sk_len, 36, 4, 28, 4, 28, 4, uint32_t);
MEMBER(vt_signature, pk_len, 40, 4, 32, 4, 32, 4, uint32_t);
MEMBER(vt_signature, sig_max, 44, 4, 36, 4, 36, 4, uint32_t);
MEMBER(vt_signature, keypair, 48, 8, 40, 4, 40, 4, vt_status (*)(const uint8_t *seed, uint8_t *sk, uint8_t *pk));
MEMBER(vt_signature, sign, 56, 8, 44, 4, 44, 4, vt_status (*)(const uint8_t *sk, const uint8_t msg[32], uint8_t *sig, uint32_t *sig_len));
MEMBER(vt_signature, verify, 64, 8, 48, 4, 48, 4, vt_status (*)(struct vt_view pk, const uint8_t msg[32], struct vt_view sig, uint32_t *verdict));
MEMBER(vt_signature, verify_many, 72, 8, 52, 4, 52, 4, vt_status (*)(struct vt_tab items, uint8_t *verdicts));
MEMBER(vt_signature, pk_check, 80, 8, 56, 4, 56, 4, vt_status (*)(struct vt_view pk, uint32_t *verdict));
MEMBER(vt_signature, vrf_len, 88, 4, 60, 4, 60, 4, uint32_t);
MEMBER(vt_signature, reserved, 92, 4, 64, 4, 64, 4, uint32_t);
MEMBER(vt_signature, vrf_prove, 96, 8, 68, 4, 68, 4, vt_status (*)(const uint8_t *sk, struct vt_view alpha, uint8_t *proof, uint8_t out[32]));
MEMBER(vt_signature, vrf_verify, 104, 8, 72, 4, 72, 4, vt_status (*)(struct vt_view pk, struct vt_view alpha, struct vt_view proof, uint8_t out[32], uint32_t *verdict));
MEMBER(vt_signature, aggregate_head, 112, 4, 76, 4, 76, 4, uint32_t);
MEMBER(vt_signature, aggregate_each, 116, 4, 80, 4, 80, 4, uint32_t);
MEMBER(vt_signature, aggregate, 120, 8, 84, 4, 84, 4, vt_status (*)(struct vt_tab items, uint8_t *out, uint32_t out_max, uint32_t *out_len));
MEMBER(vt_signature, verify_aggregate, 128, 8, 88, 4, 88, 4, vt_status (*)(struct vt_tab items, struct vt_view aggregate, uint32_t *verdict));
MEMBER(vt_signature, group_max, 136, 4, 92, 4, 92, 4, uint32_t);
MEMBER(vt_signature, nonce_len, 140, 4, 96, 4, 96, 4, uint32_t);
MEMBER(vt_signature, nonce_secret_len, 144, 4, 100, 4, 100, 4, uint32_t);
MEMBER(vt_signature, part_len, 148, 4, 104, 4, 104, 4, uint32_t);
MEMBER(vt_signature, group_key, 152, 8, 108, 4, 108, 4, vt_status (*)(struct vt_tab keys, uint8_t *pk, uint32_t *blame));
MEMBER(vt_signature, group_nonce, 160, 8, 112, 4, 112, 4, vt_status (*)(const uint8_t *sk, const uint8_t random[32], const struct vt_sig_item *what, uint8_t *secret, uint8_t *nonce));
MEMBER(vt_signature, group_nonces, 168, 8, 116, 4, 116, 4, vt_status (*)(struct vt_tab nonces, uint8_t *out, uint32_t *blame));
MEMBER(vt_signature, group_sign, 176, 8, 120, 4, 120, 4, vt_status (*)(const uint8_t *sk, uint8_t *secret, const struct vt_sig_group *group, uint8_t *part));
MEMBER(vt_signature, group_check, 184, 8, 124, 4, 124, 4, vt_status (*)(const struct vt_sig_group *group, uint32_t index, struct vt_view nonce, struct vt_view part, uint32_t *verdict));
MEMBER(vt_signature, group_finish, 192, 8, 128, 4, 128, 4, vt_status (*)(const struct vt_sig_group *group, struct vt_tab parts, uint8_t *sig, uint32_t *blame));
STRUCT(vt_signature, group_finish, 200, 200, 132, 132, 132, 132);

MEMBER(vt_err, size, 0, 4, 0, 4, 0, 4, uint32_t);
MEMBER(vt_err, code, 4, 4, 4, 4, 4, 4, vt_status);
MEMBER(vt_err, text, 8, 248, 8, 248, 8, 248, char [248]);
STRUCT(vt_err, text, 256, 256, 256, 256, 256, 256);
FROZEN(vt_err, 256, 256, 256);

MEMBER(vt_storage, size, 0, 4, 0, 4, 0, 4, uint32_t);
MEMBER(vt_storage, flags, 4, 4, 4, 4, 4, 4, uint32_t);
MEMBER(vt_storage, key_max, 8, 4, 8, 4, 8, 4, uint32_t);
MEMBER(vt_storage, spaces_max, 12, 4, 12, 4, 12, 4, uint32_t);
MEMBER(vt_storage, value_max, 16, 8, 16, 8, 16, 8, uint64_t);
MEMBER(vt_storage, batch_max, 24, 8, 24, 8, 24, 8, uint64_t);
MEMBER(vt_storage, open, 32, 8, 32, 4, 32, 4, vt_status (*)(const struct vt_host *host, const struct vt_cfg *cfg, const char *dir, struct vt_db **out, struct vt_err *err));
MEMBER(vt_storage, close, 40, 8, 36, 4, 36, 4, void (*)(struct vt_db *db));
MEMBER(vt_storage, begin, 48, 8, 40, 4, 40, 4, vt_status (*)(struct vt_db *db, uint32_t flags, struct vt_db_tx **out, struct vt_err *err));
MEMBER(vt_storage, get, 56, 8, 44, 4, 44, 4, vt_status (*)(struct vt_db_tx *tx, uint32_t space, struct vt_view key, struct vt_view *val));
MEMBER(vt_storage, put, 64, 8, 48, 4, 48, 4, vt_status (*)(struct vt_db_tx *tx, uint32_t space, struct vt_view key, struct vt_view val));
MEMBER(vt_storage, del, 72, 8, 52, 4, 52, 4, vt_status (*)(struct vt_db_tx *tx, uint32_t space, struct vt_view key));
MEMBER(vt_storage, cursor, 80, 8, 56, 4, 56, 4, vt_status (*)(struct vt_db_tx *tx, uint32_t space, struct vt_db_cursor **out));
MEMBER(vt_storage, seek, 88, 8, 60, 4, 60, 4, vt_status (*)(struct vt_db_cursor *cur, struct vt_view key, struct vt_view *k, struct vt_view *v));
MEMBER(vt_storage, step, 96, 8, 64, 4, 64, 4, vt_status (*)(struct vt_db_cursor *cur, int32_t dir, struct vt_view *k, struct vt_view *v));
MEMBER(vt_storage, cursor_close, 104, 8, 68, 4, 68, 4, void (*)(struct vt_db_cursor *cur));
MEMBER(vt_storage, commit, 112, 8, 72, 4, 72, 4, vt_status (*)(struct vt_db_tx *tx, uint32_t flags, struct vt_err *err));
MEMBER(vt_storage, abort, 120, 8, 76, 4, 76, 4, void (*)(struct vt_db_tx *tx));
MEMBER(vt_storage, checkpoint, 128, 8, 80, 4, 80, 4, vt_status (*)(struct vt_db *db, const char *dir, struct vt_err *err));
MEMBER(vt_storage, verify, 136, 8, 84, 4, 84, 4, vt_status (*)(struct vt_db *db, uint32_t depth, struct vt_err *err));
MEMBER(vt_storage, stats, 144, 8, 88, 4, 88, 4, vt_status (*)(struct vt_db *db, struct vt_sink *out));
STRUCT(vt_storage, stats, 152, 152, 92, 96, 92, 92);

MEMBER(vt_view, ptr, 0, 8, 0, 4, 0, 4, const uint8_t *);
MEMBER(vt_view, len, 8, 8, 4, 4, 4, 4, size_t);
STRUCT(vt_view, len, 16, 16, 8, 8, 8, 8);
FROZEN(vt_view, 16, 8, 8);

MEMBER(vt_tab, ptr, 0, 8, 0, 4, 0, 4, const void *);
MEMBER(vt_tab, count, 8, 4, 4, 4, 4, 4, uint32_t);
MEMBER(vt_tab, stride, 12, 4, 8, 4, 8, 4, uint32_t);
STRUCT(vt_tab, stride, 16, 16, 12, 12, 12, 12);
FROZEN(vt_tab, 16, 12, 12);

MEMBER(vt_sink, size, 0, 4, 0, 4, 0, 4, uint32_t);
MEMBER(vt_sink, reserved, 4, 4, 4, 4, 4, 4, uint32_t);
MEMBER(vt_sink, ctx, 8, 8, 8, 4, 8, 4, void *);
MEMBER(vt_sink, write, 16, 8, 12, 4, 12, 4, vt_status (*)(struct vt_sink *self, const void *bytes, size_t len));
STRUCT(vt_sink, write, 24, 24, 16, 16, 16, 16);

NUMBER(VT_ABI_MAJOR, 1);
STRING(VT_IF_CONSENSUS, "vt.consensus/1");
NUMBER(VT_PEER_ALL, 4294967295u);
NUMBER(VT_PEER_NONE, 4294967294u);
NUMBER(VT_EV_CRITICAL, 2147483648u);
NUMBER(VT_EV_START, 1);
NUMBER(VT_EV_TIMER, 2);
NUMBER(VT_EV_RECV, 3);
NUMBER(VT_EV_PERSISTED, 4);
NUMBER(VT_EV_SIGNED, 5);
NUMBER(VT_EV_VERIFIED, 6);
NUMBER(VT_EV_BUILT, 7);
NUMBER(VT_EV_VALIDATED, 8);
NUMBER(VT_EV_FETCHED, 9);
NUMBER(VT_EV_APPLIED, 10);
NUMBER(VT_EV_PEER, 11);
NUMBER(VT_EV_TXS, 12);
NUMBER(VT_EV_MORE, 13);
NUMBER(VT_EV_SEAL, 14);
NUMBER(VT_EV_ADMIN, 15);
NUMBER(VT_EV_WORKED, 16);
NUMBER(VT_EV_ANCHOR, 17);
NUMBER(VT_EV_PROVED, 18);
NUMBER(VT_EFF_EARLY, 1);
NUMBER(VT_EFF_PERSIST, 1);
NUMBER(VT_EFF_SEND, 2);
NUMBER(VT_EFF_TIMER, 3);
NUMBER(VT_EFF_BUILD, 4);
NUMBER(VT_EFF_VALIDATE, 5);
NUMBER(VT_EFF_SIGN, 6);
NUMBER(VT_EFF_VERIFY, 7);
NUMBER(VT_EFF_STORE, 8);
NUMBER(VT_EFF_COMMIT, 9);
NUMBER(VT_EFF_FETCH, 10);
NUMBER(VT_EFF_PENALIZE, 11);
NUMBER(VT_EFF_EVIDENCE, 12);
NUMBER(VT_EFF_SEALED, 13);
NUMBER(VT_EFF_HALT, 14);
NUMBER(VT_EFF_HEAD, 15);
NUMBER(VT_EFF_REQUEUE, 16);
NUMBER(VT_EFF_SYNC, 17);
NUMBER(VT_EFF_WORK, 18);
NUMBER(VT_EFF_METRIC, 19);
NUMBER(VT_EFF_TRACE, 20);
NUMBER(VT_EFF_PROVE, 21);
NUMBER(VT_EFF_BATCH, 22);
NUMBER(VT_EFF_JOIN, 23);
NUMBER(VT_EFF_PLACE, 24);
NUMBER(VT_EFF_STAGE, 25);
STRING(VT_NEED_PERSIST, "vt.eff/persist");
STRING(VT_NEED_SEND, "vt.eff/send");
STRING(VT_NEED_TIMER, "vt.eff/timer");
STRING(VT_NEED_BUILD, "vt.eff/build");
STRING(VT_NEED_VALIDATE, "vt.eff/validate");
STRING(VT_NEED_SIGN, "vt.eff/sign");
STRING(VT_NEED_VERIFY, "vt.eff/verify");
STRING(VT_NEED_STORE, "vt.eff/store");
STRING(VT_NEED_COMMIT, "vt.eff/commit");
STRING(VT_NEED_FETCH, "vt.eff/fetch");
STRING(VT_NEED_PENALIZE, "vt.eff/penalize");
STRING(VT_NEED_EVIDENCE, "vt.eff/evidence");
STRING(VT_NEED_SEALED, "vt.eff/sealed");
STRING(VT_NEED_HALT, "vt.eff/halt");
STRING(VT_NEED_HEAD, "vt.eff/head");
STRING(VT_NEED_REQUEUE, "vt.eff/requeue");
STRING(VT_NEED_SYNC, "vt.eff/sync");
STRING(VT_NEED_WORK, "vt.eff/work");
STRING(VT_NEED_METRIC, "vt.eff/metric");
STRING(VT_NEED_TRACE, "vt.eff/trace");
STRING(VT_NEED_PROVE, "vt.eff/prove");
STRING(VT_NEED_BATCH, "vt.eff/batch");
STRING(VT_NEED_JOIN, "vt.eff/join");
STRING(VT_NEED_PLACE, "vt.eff/place");
STRING(VT_NEED_STAGE, "vt.eff/stage");
NUMBER(VT_SEND_VOTE, 0);
NUMBER(VT_SEND_CERT, 1);
NUMBER(VT_SEND_PROP, 2);
NUMBER(VT_SEND_BULK, 3);
NUMBER(VT_CS_WITNESSED, 1);
NUMBER(VT_CS_NOTARIZED, 2);
NUMBER(VT_CS_FLAW_MAX, 65000);
NUMBER(VT_CS_MSG_MAX, 1048576);
NUMBER(VT_CS_SLOT_MAX, 1048576);
NUMBER(VT_CS_SLOTS_MAX, 67108864);
NUMBER(VT_FIN_INSTANT, 1);
NUMBER(VT_FIN_GADGET, 2);
NUMBER(VT_FIN_DEPTH, 3);
STRING(VT_VOTE_TAG, "VTC/vote/1");
STRING(VT_VRF_TAG, "VTC/vrf/1");
STRING(VT_SVC_LOG, "vt.log/1");
NUMBER(VT_LOG_TRACE, 0);
NUMBER(VT_LOG_DEBUG, 1);
NUMBER(VT_LOG_INFO, 2);
NUMBER(VT_LOG_WARN, 3);
NUMBER(VT_LOG_ERROR, 4);
NUMBER(VT_LOG_FATAL, 5);
NUMBER(VT_LOG_HOST_MISBEHAVING, 6);
NUMBER(VT_LOG_PLUGIN_MISBEHAVING, 7);
STRING(VT_SVC_METRICS, "vt.metrics/1");
STRING(VT_SVC_CRYPTO, "vt.crypto/1");
STRING(VT_SVC_CLOCK, "vt.clock/1");
NUMBER(VT_T_BOOL, 1);
NUMBER(VT_T_INT, 2);
NUMBER(VT_T_UINT, 3);
NUMBER(VT_T_BYTES, 4);
NUMBER(VT_T_DURATION_NS, 5);
NUMBER(VT_T_ENUM, 6);
NUMBER(VT_T_STRING, 7);
NUMBER(VT_T_PATH, 8);
NUMBER(VT_T_HEX, 9);
NUMBER(VT_KF_REQUIRED, 1);
NUMBER(VT_KF_RELOAD, 2);
NUMBER(VT_KF_SECRET, 4);
NUMBER(VT_KF_CONSENSUS, 8);
NUMBER(VT_KF_DEPRECATED, 16);
STRING(VT_PLUGIN_MAGIC, "VTCPLUG");
NUMBER(VT_PF_DETERMINISTIC, 1);
STRING(VT_IF_SIGNATURE, "vt.signature/1");
NUMBER(VT_SIGF_DETERMINISTIC, 1);
NUMBER(VT_SIGF_AGGREGATE, 2);
NUMBER(VT_SIGF_STATEFUL, 4);
NUMBER(VT_SIGF_GROUP, 8);
NUMBER(VT_AGGREGATE_MAX, 65535);
NUMBER(VT_SCHEME_SCHNORR, 1);
NUMBER(VT_SCHEME_ED25519, 2);
NUMBER(VT_SCHEME_LISTED, 3);
NUMBER(VT_OK, 0);
NUMBER(VT_E_INVALID, -1);
NUMBER(VT_E_NOMEM, -2);
NUMBER(VT_E_UNSUPPORTED, -3);
NUMBER(VT_E_LIMIT, -4);
NUMBER(VT_E_STATE, -5);
NUMBER(VT_E_IO, -6);
NUMBER(VT_E_CORRUPT, -7);
NUMBER(VT_E_DENIED, -8);
NUMBER(VT_E_NOTFOUND, -9);
NUMBER(VT_E_INTERNAL, -99);
NUMBER(VT_BAD, 0);
NUMBER(VT_GOOD, 1);
NUMBER(VT_LATER, 2);
STRING(VT_IF_STORAGE, "vt.storage/1");
NUMBER(VT_TX_RO, 0);
NUMBER(VT_TX_RW, 1);
NUMBER(VT_COMMIT_SYNC, 1);
NUMBER(VT_SF_ENCRYPTED, 1);
NUMBER(VT_SF_CHECKSUMMED, 2);
NUMBER(VT_SF_VOLATILE, 4);
NUMBER(VT_SF_APPEND, 8);
NUMBER(VT_HASH_LEN, 32);
