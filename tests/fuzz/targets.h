/* SPDX-License-Identifier: Apache-2.0
 *
 * targets.h - the fuzz targets: each takes any bytes and aborts when a law of
 * its decoder is broken. The same functions run over the committed corpora in
 * check_fuzz and without end in libfuzzer.c.
 */
#ifndef VT_TESTS_FUZZ_TARGETS_H
#define VT_TESTS_FUZZ_TARGETS_H

#include "base/buf.h"

struct vt_fuzz_target {
    const char *name; /* folder in tests/fuzz/corpus */
    void (*run)(const struct vt_fuzz_target *self, struct vt_view bytes);
};

extern const struct vt_fuzz_target vt_fuzz_targets[];
extern const size_t vt_fuzz_target_count;

/* By name; NULL when there is none. */
const struct vt_fuzz_target *vt_fuzz_find(const char *name);

/* Abort with the law's text when it does not hold. */
void vt_fuzz_must(int holds, const char *law);

/* Bytes as text: cut at the first NUL and ended by one; vt_free it. */
char *vt_fuzz_text(struct vt_view bytes);

/* text.c, http.c, proof.c */
void vt_fuzz_address(const struct vt_fuzz_target *self, struct vt_view bytes);
void vt_fuzz_amount(const struct vt_fuzz_target *self, struct vt_view bytes);
void vt_fuzz_hex(const struct vt_fuzz_target *self, struct vt_view bytes);
void vt_fuzz_log_quote(const struct vt_fuzz_target *self, struct vt_view bytes);
void vt_fuzz_json(const struct vt_fuzz_target *self, struct vt_view bytes);
void vt_fuzz_http_head(const struct vt_fuzz_target *self, struct vt_view bytes);
void vt_fuzz_ini(const struct vt_fuzz_target *self, struct vt_view bytes);
void vt_fuzz_chain_config(const struct vt_fuzz_target *self,
                          struct vt_view bytes);
void vt_fuzz_option(const struct vt_fuzz_target *self, struct vt_view bytes);
void vt_fuzz_block_body(const struct vt_fuzz_target *self,
                        struct vt_view bytes);
void vt_fuzz_state_proof(const struct vt_fuzz_target *self,
                         struct vt_view bytes);

#endif
