/* SPDX-License-Identifier: Apache-2.0
 *
 * plan_text.c - a fault as a line that people write and read, and back:
 *
 *   TIME VERB [WORD] [MEMBERS] [by N|TIME] [for TIME] [after-effect N]
 *   MEMBER LABEL [N], VERB ...           of a fault that waits for a label
 */
#include "sim/plan.h"

#include "base/bytes.h"
#include "base/status.h"
#include "config/value.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define TEXT_MAX 200u /* as a line of an INI file */
#define TOKENS_MAX 80u
#define STRETCHES_MAX 6u /* more become a mask: a line has an end */

/* What a verb takes. */
#define MEMBERS 1u
#define SIDES 2u
#define LINK 4u
#define BY_TIME 8u
#define BY_COUNT 16u
#define WORD 32u
#define EFFECT 64u
#define MAY_LACK_MEMBERS 128u
#define MAY_LACK_WORD 256u
#define MAY_BE_IT 512u

struct verb {
    const char *name;
    unsigned takes;
    int64_t by_min, by_max;
    const char *words[VT_SIM_CLASSES + 1];
};

#define CLASSES                                                                \
    {                                                                          \
        "votes", "certs", "proposals", "bulk", "all"                           \
    }
#define HOUR_NS INT64_C(3600000000000)

/* in the order of enum vt_sim_verb */
static const struct verb verbs[VT_SIM_VERBS] = {
    {"crash", MEMBERS | EFFECT | MAY_BE_IT, 0, 0, {NULL}},
    {"restart", MEMBERS, 0, 0, {NULL}},
    {"partition", SIDES, 0, 0, {NULL}},
    {"heal", 0, 0, 0, {NULL}},
    {"cut", LINK | WORD | MAY_LACK_WORD, 0, 0, CLASSES},
    {"graph",
     WORD | MEMBERS | MAY_LACK_MEMBERS,
     0,
     0,
     {"chain", "star", "bridge"}},
    {"flap", SIDES | BY_TIME, 1000000, HOUR_NS, {NULL}},
    {"slow", MEMBERS | BY_COUNT, 1, 10000, {NULL}},
    {"hold", WORD, 0, 0, CLASSES},
    {"bandwidth", MEMBERS | BY_COUNT, 1000, 1000000000, {NULL}},
    {"delay",
     WORD | BY_TIME,
     1000,
     HOUR_NS,
     {"constant", "exponential", "heavy"}},
    {"loss", BY_COUNT, 0, 1000, {NULL}},
    {"duplicate", BY_COUNT, 0, 1000, {NULL}},
    {"reorder", BY_COUNT, 0, 1000, {NULL}},
    {"corrupt", BY_COUNT, 0, 1000, {NULL}},
    {"disk-full", MEMBERS, 0, 0, {NULL}},
    {"sync-stall", MEMBERS | BY_TIME, 1000, HOUR_NS, {NULL}},
    {"clock", MEMBERS | BY_TIME, -HOUR_NS, HOUR_NS, {NULL}},
    {"drift", MEMBERS | BY_COUNT, -500, 500, {NULL}},
    {"pause", MEMBERS | MAY_BE_IT, 0, 0, {NULL}},
    {"executor", MEMBERS | BY_COUNT, 1, 100000, {NULL}},
    {"no-fetch", MEMBERS, 0, 0, {NULL}},
    {"flood", MEMBERS | BY_COUNT, 1, VT_SIM_FLOOD_MAX, {NULL}},
    {"hashrate", MEMBERS | BY_COUNT, 1, 1000000, {NULL}},
    {"unable", MEMBERS, 0, 0, {NULL}},
    {"wrong-state", MEMBERS, 0, 0, {NULL}},
    {"blind", MEMBERS, 0, 0, {NULL}},
    {"guess", MEMBERS, 0, 0, {NULL}},
    {"silent", MEMBERS, 0, 0, {NULL}},
    {"late", MEMBERS | BY_TIME, 1000, HOUR_NS, {NULL}},
    {"garbage", MEMBERS | BY_COUNT, 0, 1000, {NULL}},
    {"oversize", MEMBERS, 0, 0, {NULL}},
    {"stale", MEMBERS, 0, 0, {NULL}},
    {"twin", MEMBERS, 0, 0, {NULL}},
    {"equivocate", MEMBERS, 0, 0, {NULL}},
    {"double-vote", MEMBERS, 0, 0, {NULL}},
    {"two-faced", MEMBERS, 0, 0, {NULL}},
    {"hoard", MEMBERS, 0, 0, {NULL}},
    {"selfish", WORD | MEMBERS, 0, 0, {"first", "last", "stubborn"}},
};

/* ---- reading ------------------------------------------------------------- */

struct reader {
    char text[TEXT_MAX + 1];
    char *token[TOKENS_MAX];
    size_t count, next;
    uint32_t nodes;
    struct vt_err *err;
};

static vt_status split_tokens(struct reader *r, const char *text)
{
    size_t len = strlen(text);
    char *at = r->text;

    if (len > TEXT_MAX) {
        return vt_err_set(r->err, VT_E_INVALID, "more than %u bytes", TEXT_MAX);
    }
    memcpy(r->text, text, len + 1);
    r->count = 0;
    r->next = 0;
    while (*at != '\0') {
        at += strspn(at, " \t");
        if (*at == '\0') {
            break;
        }
        if (r->count == TOKENS_MAX) {
            return vt_err_set(r->err, VT_E_INVALID, "too many words");
        }
        r->token[r->count++] = at;
        at += strcspn(at, " \t");
        if (*at != '\0') {
            *at++ = '\0';
        }
    }
    return VT_OK;
}

static const char *peek(const struct reader *r)
{
    return r->next < r->count ? r->token[r->next] : "";
}

static int take(struct reader *r, const char *word)
{
    if (strcmp(peek(r), word) != 0) {
        return 0;
    }
    r->next++;
    return 1;
}

/* Digits only, at most ten of them. Returns 1 and the number. */
static int read_count(const char *text, uint64_t *out)
{
    uint64_t v = 0;
    size_t len = strlen(text);

    if (len == 0 || len > 10 || strspn(text, "0123456789") != len) {
        return 0;
    }
    for (size_t i = 0; i < len; i++) {
        v = v * 10 + (uint64_t)(text[i] - '0');
    }
    *out = v;
    return 1;
}

static vt_status read_time(struct reader *r, int64_t *out)
{
    const char *text = peek(r);
    int minus = text[0] == '-';
    vt_status status;

    if (strcmp(text, "0") == 0) {
        *out = 0;
        r->next++;
        return VT_OK;
    }
    status = vt_value_number(VT_T_DURATION_NS, NULL, text + minus, out, r->err);
    if (status == VT_OK) {
        *out = minus ? -*out : *out;
        r->next++;
    }
    return status;
}

/* "2-5". Returns 1 and both ends. */
static int read_range(const char *text, uint64_t *from, uint64_t *to)
{
    const char *dash = strchr(text, '-');
    char first[12];
    size_t len = dash == NULL ? 0 : (size_t)(dash - text);

    if (len == 0 || len >= sizeof first) {
        return 0;
    }
    memcpy(first, text, len);
    first[len] = '\0';
    return read_count(first, from) && read_count(dash + 1, to);
}

/* "0x2d", a bit for each member. Returns 1 and the bits. */
static int read_mask(const char *text, uint32_t nodes, uint64_t *out)
{
    uint64_t mask = 0;
    size_t len = strlen(text);

    if (len < 3 || len > 18 || strncmp(text, "0x", 2) != 0 ||
        strspn(text + 2, "0123456789abcdef") != len - 2) {
        return 0;
    }
    for (size_t i = 2; i < len; i++) {
        unsigned digit = text[i] <= '9' ? (unsigned)(text[i] - '0')
                                        : (unsigned)(text[i] - 'a') + 10;

        mask = mask << 4 | digit;
    }
    *out = mask;
    return nodes == 64 || mask >> nodes == 0;
}

/* "node2", "2", "2-5", a mask or "all". Returns 1 and the set. */
static int read_member(struct reader *r, uint64_t *out)
{
    const char *text = peek(r);
    uint64_t from;
    uint64_t to;
    uint64_t set = 0;

    if (take(r, "all")) {
        *out = VT_SIM_ALL;
        return 1;
    }
    if (strncmp(text, "node", 4) == 0) {
        text += 4;
    }
    if (read_mask(text, r->nodes, out)) {
        r->next++;
        return *out != 0;
    }
    if (read_count(text, &from)) {
        to = from;
    } else if (!read_range(text, &from, &to)) {
        return 0;
    }
    for (uint64_t i = from; i <= to && i >= 1 && to <= r->nodes; i++) {
        set |= UINT64_C(1) << (i - 1);
    }
    r->next += set != 0;
    *out = set;
    return set != 0;
}

static vt_status read_sets(struct reader *r, const struct verb *verb,
                           struct vt_sim_fault *f)
{
    const char *between = (verb->takes & LINK) != 0    ? ">"
                          : (verb->takes & SIDES) != 0 ? "|"
                                                       : NULL;
    uint32_t wanted = between == NULL ? 1 : 2;
    uint64_t one;

    f->set_count = 0;
    for (;;) {
        uint64_t set = 0;

        while (read_member(r, &one)) {
            set |= one;
        }
        if (set == 0) {
            return vt_err_set(r->err, VT_E_INVALID,
                              "%s: \"%s\" is none of node1 to node%" PRIu32
                              " or all",
                              verb->name, peek(r), r->nodes);
        }
        f->set[f->set_count++] = set;
        if (between == NULL || f->set_count == VT_SIM_SETS_MAX ||
            !take(r, between)) {
            break;
        }
    }
    if (f->set_count < wanted) {
        return vt_err_set(r->err, VT_E_INVALID, "%s: \"%s\" is missing",
                          verb->name, between);
    }
    return VT_OK;
}

static vt_status read_word(struct reader *r, const struct verb *verb,
                           struct vt_sim_fault *f)
{
    for (uint32_t i = 0; i <= VT_SIM_CLASSES && verb->words[i] != NULL; i++) {
        if (take(r, verb->words[i])) {
            f->kind = i;
            return VT_OK;
        }
    }
    f->kind = VT_SIM_ANY_CLASS;
    return (verb->takes & MAY_LACK_WORD) != 0
               ? VT_OK
               : vt_err_set(r->err, VT_E_INVALID, "%s: what is \"%s\"?",
                            verb->name, peek(r));
}

static vt_status read_by(struct reader *r, const struct verb *verb,
                         struct vt_sim_fault *f)
{
    const char *text;
    uint64_t count;
    vt_status status = VT_OK;

    if (!take(r, "by")) {
        return vt_err_set(r->err, VT_E_INVALID, "%s: \"by\" is missing",
                          verb->name);
    }
    text = peek(r);
    if ((verb->takes & BY_TIME) != 0) {
        status = read_time(r, &f->by);
    } else if (read_count(text + (text[0] == '-'), &count)) {
        f->by = text[0] == '-' ? -(int64_t)count : (int64_t)count;
        r->next++;
    } else {
        status = vt_err_set(r->err, VT_E_INVALID, "%s: \"%s\" is no number",
                            verb->name, text);
    }
    if (status == VT_OK && (f->by < verb->by_min || f->by > verb->by_max)) {
        status = vt_err_set(r->err, VT_E_INVALID, "%s: %s is out of range",
                            verb->name, text);
    }
    return status;
}

static vt_status read_tail(struct reader *r, const struct verb *verb,
                           struct vt_sim_fault *f)
{
    int64_t length;
    uint64_t count;

    while (r->next < r->count) {
        if (take(r, "for")) {
            if (read_time(r, &length) != VT_OK || length <= 0) {
                return vt_err_set(r->err, VT_E_INVALID,
                                  "%s: for: \"%s\" is no time", verb->name,
                                  peek(r));
            }
            f->for_ns = (uint64_t)length;
        } else if ((verb->takes & EFFECT) != 0 && take(r, "after-effect")) {
            if (!read_count(peek(r), &count) || count < 1) {
                return vt_err_set(r->err, VT_E_INVALID,
                                  "after-effect: \"%s\" is no number", peek(r));
            }
            f->after_effect = (uint32_t)count;
            r->next++;
        } else {
            return vt_err_set(r->err, VT_E_INVALID, "%s: what is \"%s\"?",
                              verb->name, peek(r));
        }
    }
    return VT_OK;
}

static vt_status read_action(struct reader *r, struct vt_sim_fault *f)
{
    const struct verb *verb = NULL;
    vt_status status = VT_OK;

    for (size_t i = 0; i < VT_SIM_VERBS && verb == NULL; i++) {
        if (take(r, verbs[i].name)) {
            verb = &verbs[i];
            f->verb = (enum vt_sim_verb)i;
        }
    }
    if (verb == NULL) {
        return vt_err_set(r->err, VT_E_INVALID, "no fault is called \"%s\"",
                          peek(r));
    }
    if ((verb->takes & WORD) != 0) {
        status = read_word(r, verb, f);
    }
    if (status == VT_OK && (verb->takes & MAY_BE_IT) != 0 &&
        f->label[0] != '\0' && take(r, "it")) {
        f->is_it = 1;
    } else if (status == VT_OK &&
               (verb->takes & (MEMBERS | SIDES | LINK)) != 0 &&
               !((verb->takes & MAY_LACK_MEMBERS) != 0 &&
                 (r->next == r->count || strcmp(peek(r), "for") == 0))) {
        status = read_sets(r, verb, f);
    }
    if (status == VT_OK && (verb->takes & (BY_TIME | BY_COUNT)) != 0) {
        status = read_by(r, verb, f);
    }
    return status == VT_OK ? read_tail(r, verb, f) : status;
}

/* "node2 P9 viewchange 2": who, the label's words, how often. */
static vt_status read_trigger(struct reader *r, struct vt_sim_fault *f)
{
    uint64_t nth = 1;
    int used = 0;

    if (!read_member(r, &f->watch)) {
        return vt_err_set(r->err, VT_E_INVALID, "\"%s\" is no member", peek(r));
    }
    while (r->next < r->count) {
        if (r->next + 1 == r->count && used > 0 && read_count(peek(r), &nth)) {
            r->next++;
            break;
        }
        used += snprintf(f->label + used, sizeof f->label - (size_t)used,
                         "%s%s", used == 0 ? "" : " ", peek(r));
        if (used >= (int)sizeof f->label) {
            return vt_err_set(r->err, VT_E_INVALID, "the label is too long");
        }
        r->next++;
    }
    f->nth = (uint32_t)nth;
    return used > 0 && nth > 0
               ? VT_OK
               : vt_err_set(r->err, VT_E_INVALID, "which label?");
}

static vt_status read_when(struct reader *r, const char *text,
                           struct vt_sim_fault *f)
{
    const char *comma = strchr(text, ',');
    char left[TEXT_MAX + 1];
    vt_status status;

    if (comma == NULL || (size_t)(comma - text) > TEXT_MAX) {
        return vt_err_set(r->err, VT_E_INVALID,
                          "a comma stands between label and fault");
    }
    memcpy(left, text, (size_t)(comma - text));
    left[comma - text] = '\0';
    status = split_tokens(r, left);
    if (status == VT_OK) {
        status = read_trigger(r, f);
    }
    return status == VT_OK ? split_tokens(r, comma + 1) : status;
}

vt_status vt_sim_fault_parse(const char *key, const char *text, uint32_t nodes,
                             struct vt_sim_fault *out, struct vt_err *err)
{
    struct reader r = {.nodes = nodes, .err = err};
    struct vt_sim_fault f = {.kind = 0};
    int64_t at = 0;
    vt_status status;

    if (strcmp(key, "when") == 0) {
        status = read_when(&r, text, &f);
    } else {
        status = split_tokens(&r, text);
        if (status == VT_OK) {
            status = read_time(&r, &at);
        }
        if (status == VT_OK && at < 0) {
            status = vt_err_set(err, VT_E_INVALID, "the time is negative");
        }
        f.at_ns = (uint64_t)at;
    }
    if (status == VT_OK) {
        status = read_action(&r, &f);
    }
    if (status == VT_OK) {
        *out = f;
    }
    return status;
}

/* ---- printing ------------------------------------------------------------ */

void vt_sim_time_print(uint64_t ns, struct vt_buf *out)
{
    static const struct {
        uint64_t ns;
        const char *unit;
    } units[] = {{1000000000, "s"}, {1000000, "ms"}, {1000, "us"}};

    for (size_t i = 0; i < 3; i++) {
        if (ns % units[i].ns == 0) {
            (void)vt_buf_printf(out, "%" PRIu64 "%s", ns / units[i].ns,
                                units[i].unit);
            return;
        }
    }
    (void)vt_buf_printf(out, "%" PRIu64 "ns", ns);
}

/* How many pieces the set is in. */
static unsigned stretches(uint64_t set)
{
    uint64_t ends = set & ~(set << 1);
    unsigned count = 0;

    for (; ends != 0; ends &= ends - 1) {
        count++;
    }
    return count;
}

static void print_set(uint64_t set, struct vt_buf *out)
{
    if (set == VT_SIM_ALL) {
        (void)vt_buf_printf(out, " all");
        return;
    }
    if (stretches(set) > STRETCHES_MAX) {
        (void)vt_buf_printf(out, " 0x%" PRIx64, set);
        return;
    }
    for (unsigned i = 0; i < 64; i++) {
        unsigned last = i;

        if ((set >> i & 1) == 0) {
            continue;
        }
        while (last + 1 < 64 && (set >> (last + 1) & 1) != 0) {
            last++;
        }
        if (last - i < 3) { /* ranges keep the line short */
            (void)vt_buf_printf(out, " node%u", i + 1);
        } else {
            (void)vt_buf_printf(out, " %u-%u", i + 1, last + 1);
            i = last;
        }
    }
}

static void print_by(const struct vt_sim_fault *f, struct vt_buf *out)
{
    if ((verbs[f->verb].takes & BY_TIME) != 0) {
        (void)vt_buf_printf(out, " by %s", f->by < 0 ? "-" : "");
        vt_sim_time_print((uint64_t)(f->by < 0 ? -f->by : f->by), out);
    } else if ((verbs[f->verb].takes & BY_COUNT) != 0) {
        (void)vt_buf_printf(out, " by %" PRId64, f->by);
    }
}

void vt_sim_fault_print(const struct vt_sim_fault *f, struct vt_buf *out)
{
    const struct verb *verb = &verbs[f->verb];

    if (f->label[0] != '\0') {
        (void)vt_buf_printf(out, "when =");
        print_set(f->watch, out);
        (void)vt_buf_printf(out, " %s %" PRIu32 ", ", f->label, f->nth);
    } else {
        (void)vt_buf_printf(out, "at = ");
        vt_sim_time_print(f->at_ns, out);
        (void)vt_buf_printf(out, " ");
    }
    (void)vt_buf_printf(out, "%s", verb->name);
    if ((verb->takes & WORD) != 0) {
        (void)vt_buf_printf(out, " %s", verb->words[f->kind]);
    }
    for (uint32_t i = 0; i < f->set_count; i++) {
        (void)vt_buf_printf(out, "%s",
                            i == 0                      ? ""
                            : (verb->takes & LINK) != 0 ? " >"
                                                        : " |");
        print_set(f->set[i], out);
    }
    if (f->is_it) {
        (void)vt_buf_printf(out, " it");
    }
    print_by(f, out);
    if (f->for_ns > 0) {
        (void)vt_buf_printf(out, " for ");
        vt_sim_time_print(f->for_ns, out);
    }
    if (f->after_effect > 0) {
        (void)vt_buf_printf(out, " after-effect %" PRIu32, f->after_effect);
    }
}
