/* SPDX-License-Identifier: Apache-2.0
 *
 * keys.c - a table of keys behind one lock, which lanes take twice per 32
 * signatures, and the library twice per signature.
 */
#include "keys.h"

#include <pthread.h>
#include <string.h>

#define PLACES 4096u
#define WAYS 4u

struct slot {
    struct fp x, y; /* y is 0 in an empty slot: no key has that */
};

struct place {
    struct slot slot[WAYS];
    uint32_t next; /* to be replaced */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct place places[PLACES];

static struct place *place_of(const struct fp *x)
{
    return &places[(x->w[0] ^ x->w[3] >> 17) % PLACES];
}

/* The lock is held here and in learn. */
static const struct slot *find(const struct fp *x)
{
    const struct place *place = place_of(x);

    for (unsigned i = 0; i < WAYS; i++) {
        if (fp_equal(&place->slot[i].x, x) && !fp_is_zero(&place->slot[i].y)) {
            return &place->slot[i];
        }
    }
    return NULL;
}

static void learn(const struct fp *x, const struct fp *y)
{
    struct place *place = place_of(x);

    if (find(x) == NULL) {
        place->slot[place->next] = (struct slot){*x, *y};
        place->next = (place->next + 1) % WAYS;
    }
}

int keys_get(const struct fp *x, struct fp *y)
{
    const struct slot *slot;
    int known;

    (void)pthread_mutex_lock(&lock);
    slot = find(x);
    known = slot != NULL;
    if (known) {
        *y = slot->y;
    }
    (void)pthread_mutex_unlock(&lock);
    return known;
}

void keys_put(const struct fp *x, const struct fp *y)
{
    (void)pthread_mutex_lock(&lock);
    learn(x, y);
    (void)pthread_mutex_unlock(&lock);
}

void keys_find(struct task *tasks, size_t count)
{
    (void)pthread_mutex_lock(&lock);
    for (size_t i = 0; i < count; i++) {
        const struct slot *slot = find(&tasks[i].x);

        tasks[i].has_y = slot != NULL;
        if (slot != NULL) {
            tasks[i].y = slot->y;
        }
    }
    (void)pthread_mutex_unlock(&lock);
}

void keys_learn(const struct task *tasks, const uint8_t *verdicts, size_t count)
{
    (void)pthread_mutex_lock(&lock);
    for (size_t i = 0; i < count; i++) {
        if (verdicts[i] == TASK_GOOD) {
            learn(&tasks[i].x, &tasks[i].y);
        }
    }
    (void)pthread_mutex_unlock(&lock);
}

void keys_forget(void)
{
    (void)pthread_mutex_lock(&lock);
    memset(places, 0, sizeof places);
    (void)pthread_mutex_unlock(&lock);
}
