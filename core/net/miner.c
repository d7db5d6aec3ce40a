/* SPDX-License-Identifier: Apache-2.0
 *
 * miner.c - each thread takes a copy of the search, tries a stretch of nonces
 * of its own, looks whether the search is still the one, and goes on. They run
 * only when nothing else wants the processor.
 */
#include "net/miner.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/hash.h"

#include <pthread.h>
#include <sched.h>
#include <string.h>

#define STRETCH 20000u

struct search {
    uint64_t number; /* counts searches; 0: none yet */
    uint64_t token;
    uint64_t
        base; /* nonces start here, so that nodes do not repeat each other */
    uint8_t target[32];
    uint8_t header[VT_WORK_HEADER_MAX];
    size_t len; /* 0: nothing to do */
};

struct vt_miner {
    void (*found)(void *ctx, uint64_t token, uint64_t nonce);
    void *ctx;
    uint32_t wanted, running;
    uint32_t next_index;
    pthread_t *threads;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct search search;
    int closing;
};

/* The search as it is now; waits while there is none. Returns 0 at the end. */
static int take(struct vt_miner *m, struct search *out)
{
    int goes_on;

    (void)pthread_mutex_lock(&m->lock);
    while (!m->closing && m->search.len == 0) {
        (void)pthread_cond_wait(&m->changed, &m->lock);
    }
    goes_on = !m->closing;
    *out = m->search;
    (void)pthread_mutex_unlock(&m->lock);
    return goes_on;
}

static int is_current(struct vt_miner *m, uint64_t number)
{
    int current;

    (void)pthread_mutex_lock(&m->lock);
    current = !m->closing && m->search.number == number && m->search.len > 0;
    (void)pthread_mutex_unlock(&m->lock);
    return current;
}

/* The first to find one ends the search for all. */
static void claim(struct vt_miner *m, const struct search *s, uint64_t nonce)
{
    int is_first;

    (void)pthread_mutex_lock(&m->lock);
    is_first = m->search.number == s->number && m->search.len > 0;
    if (is_first) {
        m->search.len = 0;
    }
    (void)pthread_mutex_unlock(&m->lock);
    if (is_first) {
        m->found(m->ctx, s->token, nonce);
    }
}

static void *mine(void *arg)
{
    struct vt_miner *m = arg;
    struct sched_param idle = {.sched_priority = 0};
    struct search s;
    uint64_t index;

    (void)pthread_setschedparam(pthread_self(), SCHED_IDLE, &idle);
    (void)pthread_mutex_lock(&m->lock);
    index = m->next_index++;
    (void)pthread_mutex_unlock(&m->lock);
    while (take(m, &s)) {
        uint64_t first = s.base + (index << 48);

        while (is_current(m, s.number)) {
            uint64_t nonce;

            if (vt_work_search(vt_view_of(s.header, s.len), s.target, first,
                               STRETCH, &nonce)) {
                claim(m, &s, nonce);
            }
            first += STRETCH;
        }
    }
    return NULL;
}

struct vt_miner *vt_miner_new(uint32_t threads,
                              void (*found)(void *ctx, uint64_t token,
                                            uint64_t nonce),
                              void *ctx)
{
    struct vt_miner *m = vt_alloc(sizeof *m);

    if (m == NULL) {
        return NULL;
    }
    m->found = found;
    m->ctx = ctx;
    m->wanted = threads;
    m->threads = vt_alloc_array(threads + 1u, sizeof *m->threads);
    (void)pthread_mutex_init(&m->lock, NULL);
    (void)pthread_cond_init(&m->changed, NULL);
    if (m->threads == NULL) {
        vt_miner_free(m);
        return NULL;
    }
    return m;
}

void vt_miner_free(struct vt_miner *m)
{
    if (m == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&m->lock);
    m->closing = 1;
    (void)pthread_cond_broadcast(&m->changed);
    (void)pthread_mutex_unlock(&m->lock);
    for (uint32_t i = 0; i < m->running; i++) {
        (void)pthread_join(m->threads[i], NULL);
    }
    (void)pthread_mutex_destroy(&m->lock);
    (void)pthread_cond_destroy(&m->changed);
    vt_free(m->threads);
    vt_free(m);
}

vt_status vt_miner_set(struct vt_miner *m, uint64_t token,
                       struct vt_view header, const uint8_t target[32])
{
    uint64_t base = 0;

    if (header.len > VT_WORK_HEADER_MAX) {
        return VT_E_LIMIT;
    }
    (void)vt_random(&base, sizeof base);
    (void)pthread_mutex_lock(&m->lock);
    m->search.number++;
    m->search.token = token;
    m->search.base = base;
    m->search.len = header.len;
    if (header.len > 0) {
        memcpy(m->search.header, header.ptr, header.len);
    }
    memcpy(m->search.target, target, 32);
    (void)pthread_cond_broadcast(&m->changed);
    (void)pthread_mutex_unlock(&m->lock);
    while (header.len > 0 && m->running < m->wanted &&
           pthread_create(&m->threads[m->running], NULL, mine, m) == 0) {
        m->running++;
    }
    return header.len > 0 && m->running == 0 ? VT_E_IO : VT_OK;
}
