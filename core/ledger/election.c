/* SPDX-License-Identifier: Apache-2.0
 *
 * election.c - most votes first, not too many newcomers at a time.
 */
#include "ledger/election.h"

#include "base/bytes.h"

#include <stdlib.h>
#include <string.h>

uint32_t vt_election_newcomers_max(uint32_t sitting)
{
    return sitting < 6 ? 1 : sitting / 3;
}

static int compare(const void *a, const void *b)
{
    const struct contender *x = a;
    const struct contender *y = b;
    int votes;

    if (x->rank != y->rank) {
        return x->rank < y->rank ? -1 : 1;
    }
    votes = vt_amount_cmp(y->votes, x->votes);
    return votes != 0 ? votes
                      : memcmp(&x->address, &y->address, sizeof x->address);
}

static int name_is_taken(const struct contender *list, uint32_t count,
                         const struct contender *who)
{
    for (uint32_t i = 0; i < count; i++) {
        if (vt_view_eq(list[i].name, who->name)) {
            return 1;
        }
    }
    return 0;
}

/* A member that sits keeps its name, whatever place it comes at. */
static int a_member_has_it(const struct contender *list, uint32_t count,
                           const struct contender *who)
{
    for (uint32_t i = 0; i < count; i++) {
        if (list[i].sits && &list[i] != who &&
            vt_view_eq(list[i].name, who->name)) {
            return 1;
        }
    }
    return 0;
}

uint32_t vt_election_run(struct contender *list, uint32_t count,
                         uint32_t sitting, uint32_t seats)
{
    uint32_t newcomers = vt_election_newcomers_max(sitting);
    uint32_t chosen = 0;

    qsort(list, count, sizeof *list, compare);
    for (uint32_t i = 0; i < count && chosen < seats; i++) {
        struct contender who = list[i];

        if (!who.sits) {
            if (newcomers == 0 || name_is_taken(list, chosen, &who) ||
                a_member_has_it(list, count, &list[i])) {
                continue;
            }
            newcomers--;
        }
        memmove(&list[chosen + 1], &list[chosen], (i - chosen) * sizeof *list);
        list[chosen++] = who;
    }
    return chosen;
}
