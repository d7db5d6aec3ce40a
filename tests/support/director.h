/* SPDX-License-Identifier: Apache-2.0
 *
 * director.h - one engine under test; the test speaks for all other members.
 */
#ifndef VT_TESTS_SUPPORT_DIRECTOR_H
#define VT_TESTS_SUPPORT_DIRECTOR_H

#include "support/enginebox.h"

#define DIRECTOR_HEARD 2048u

struct heard {
    uint32_t to, proto, block;
    size_t len;
    uint8_t bytes[1536];
};

struct director {
    struct box_attack attack;
    struct box *box;
    uint32_t n, real;                   /* the replica under test */
    struct heard heard[DIRECTOR_HEARD]; /* what it sent, a copy per member */
    uint32_t heard_count;
};

/* Member `real` of n; settings as for the box. */
void director_open(struct director *d, const struct vt_plugin *plugin,
                   uint32_t n, uint32_t real, const char *settings);
/* The same with blocks whose time is the clock's. */
void director_open_clocked(struct director *d, const struct vt_plugin *plugin,
                           uint32_t n, uint32_t real, const char *settings);
void director_stop(struct director *d);
/* Forget what was heard. */
void director_forget(struct director *d);
void director_run_ms(struct director *d, uint64_t ms);
/* Messages of that number heard since, a broadcast once per member. */
uint32_t director_heard(const struct director *d, uint32_t proto);
/* Chain digest of a block from the epoch's start, under the engine's tag. */
void director_digest(const struct director *d, const char *tag, uint32_t block,
                     uint8_t out[32]);

#endif
