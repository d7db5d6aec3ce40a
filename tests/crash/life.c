/* SPDX-License-Identifier: Apache-2.0
 *
 * life.c - the account of one life.
 */
#include "crash/life.h"

#include "base/bytes.h"

#include <stdio.h>
#include <string.h>

#define DIGEST_TAG "crash/state"

void life_init(struct life *life, uint64_t seed)
{
    memset(life, 0, sizeof *life);
    life->seed = seed;
}

void life_fini(struct life *life)
{
    vt_model_clear(&life->model);
}

uint64_t life_commit_seed(const struct life *life, uint64_t n)
{
    return life->seed * 4096 + life->term_of[n];
}

static void opened(struct life *life, uint64_t n)
{
    life->tried = n;
    life->term++;
}

static void tried(struct life *life, uint64_t n)
{
    life->tried = n;
    life->term_of[n] = (uint32_t)life->term;
}

static void durable(struct life *life, uint64_t n)
{
    while (life->durable < n) {
        life->durable++;
        vt_model_commit(&life->model, life_commit_seed(life, life->durable),
                        life->durable);
    }
}

void life_take(struct life *life, const struct note *note)
{
    switch ((enum note_kind)note->kind) {
    case NOTE_OPENED:
        opened(life, note->number);
        break;
    case NOTE_TRY:
        tried(life, note->number);
        break;
    case NOTE_DURABLE:
        durable(life, note->number);
        break;
    case NOTE_CHECKPOINT_TRY:
        life->checkpoint = CHECKPOINT_BEGUN;
        memcpy(life->digest, note->digest, sizeof life->digest);
        break;
    case NOTE_CHECKPOINT_DONE:
        life->checkpoint = CHECKPOINT_DONE;
        break;
    case NOTE_CHECKPOINT_GONE:
        life->checkpoint = CHECKPOINT_NONE;
        break;
    case NOTE_WRONG:
        (void)snprintf(life->wrong, sizeof life->wrong, "%s", note->text);
        break;
    }
}

void life_digest(const struct vt_model *m, uint8_t out[32])
{
    struct vt_hash sum = {{0}};

    for (size_t i = 0; i < m->count; i++) {
        uint8_t head[8];
        struct vt_view parts[4] = {vt_view_of(sum.b, sizeof sum.b),
                                   vt_view_of(head, sizeof head),
                                   m->rows[i].key, m->rows[i].val};

        vt_put_u32(head, m->rows[i].space);
        vt_put_u32(head + 4, (uint32_t)m->rows[i].key.len);
        vt_hash_tagged(DIGEST_TAG, parts, 4, &sum);
    }
    memcpy(out, sum.b, sizeof sum.b);
}
