/* SPDX-License-Identifier: Apache-2.0
 *
 * economy.c - the paper's section 4.2 in numbers: burning and emission.
 */
#include "ledger/rules.h"

#define BURN_DENOMINATOR UINT64_C(10000000)

struct vt_amount vt_economy_burn(const struct vt_rules *rules,
                                 struct vt_amount amount)
{
    struct vt_amount burn;

    /* rate <= denominator, so the result is at most amount and fits */
    if (!vt_amount_mul_div(amount, rules->burn_rate, BURN_DENOMINATOR, &burn) ||
        vt_amount_cmp(burn, rules->burn_max) > 0) {
        burn = rules->burn_max;
    }
    return vt_amount_cmp(burn, amount) > 0 ? amount : burn;
}

/* Whole intervals since genesis, at most all of them. */
static uint64_t slot_at(const struct vt_rules *rules, int64_t time_ms)
{
    struct vt_amount slot;

    if (time_ms <= rules->genesis_time_ms) {
        return 0;
    }
    if (!vt_amount_mul_div(
            vt_amount_u64((uint64_t)(time_ms - rules->genesis_time_ms)),
            1000000, rules->interval_ns, &slot) ||
        slot.hi != 0 || slot.lo > rules->slots) {
        return rules->slots;
    }
    return slot.lo;
}

static struct vt_amount minted_by(const struct vt_rules *rules, uint64_t slot)
{
    struct vt_amount sum;

    /* slot <= slots, so it fits */
    if (!vt_amount_mul_div(rules->gas_minted, slot, rules->slots, &sum)) {
        sum = rules->gas_minted;
    }
    return sum;
}

struct vt_amount vt_economy_emission(const struct vt_rules *rules,
                                     int64_t parent_time_ms, int64_t time_ms)
{
    struct vt_amount now = minted_by(rules, slot_at(rules, time_ms));
    struct vt_amount before = minted_by(rules, slot_at(rules, parent_time_ms));
    struct vt_amount out;

    return vt_amount_sub(now, before, &out) ? out : vt_amount_u64(0);
}
