/* SPDX-License-Identifier: Apache-2.0
 *
 * scenario.c - a run from a file and back, and its outcome against what the
 * file expects.
 */
#include "sim/scenario.h"

#include "base/bytes.h"
#include "base/status.h"
#include "config/ini.h"
#include "config/value.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FORMAT 1u

void vt_sim_scenario_init(struct vt_sim_scenario *s)
{
    memset(s, 0, sizeof *s);
    (void)snprintf(s->engine, sizeof s->engine, "pbft");
    s->nodes = 4;
    s->txs = 20;
    s->seed = 1;
    s->steps = 2000000;
    vt_sim_plan_init(&s->plan);
}

void vt_sim_scenario_fini(struct vt_sim_scenario *s)
{
    vt_sim_plan_fini(&s->plan);
}

/* ---- reading ------------------------------------------------------------- */

static vt_status number(const char *range, const char *value, uint64_t *out,
                        struct vt_err *err)
{
    int64_t v = 0;
    vt_status status = vt_value_number(VT_T_UINT, range, value, &v, err);

    if (status == VT_OK) {
        *out = (uint64_t)v;
    }
    return status;
}

static vt_status text(const char *value, char *out, size_t size,
                      struct vt_err *err)
{
    int used = snprintf(out, size, "%s", value);

    return used >= 0 && (size_t)used < size
               ? VT_OK
               : vt_err_set(err, VT_E_INVALID, "longer than %zu bytes",
                            size - 1);
}

/* Rows of an engine's options stand on one line here, a '/' between two. A
 * blank before a row would continue the one above. */
static void split_rows(char *text)
{
    char *out = text;

    for (const char *at = text; *at != '\0';) {
        char one = *at++;

        *out++ = one == '/' ? '\n' : one;
        at += one == '/' ? strspn(at, " ") : 0;
    }
    *out = '\0';
}

static vt_status set_list(const char *value, char *out, size_t size,
                          struct vt_err *err)
{
    vt_status status = text(value, out, size, err);

    if (status == VT_OK) {
        split_rows(out);
    }
    return status;
}

static vt_status set_calm(struct vt_sim_scenario *s, const char *value,
                          struct vt_err *err)
{
    int64_t ns = 0;
    vt_status status =
        vt_value_number(VT_T_DURATION_NS, "1ms..1h", value, &ns, err);

    if (status == VT_OK) {
        s->plan.calm_ns = (uint64_t)ns;
    }
    return status;
}

static vt_status set_sim(struct vt_sim_scenario *s, const char *key,
                         const char *value, struct vt_err *err)
{
    uint64_t v = 0;
    vt_status status = VT_OK;

    if (strcmp(key, "format") == 0) {
        status = number("1..1", value, &v, err);
    } else if (strcmp(key, "title") == 0) {
        status = text(value, s->title, sizeof s->title, err);
    } else if (strcmp(key, "engine") == 0) {
        status = text(value, s->engine, sizeof s->engine, err);
    } else if (strcmp(key, "switch") == 0) {
        status = set_list(value, s->switches, sizeof s->switches, err);
    } else if (strcmp(key, "rival") == 0) {
        status = set_list(value, s->rivals, sizeof s->rivals, err);
    } else if (strcmp(key, "approvals") == 0) {
        status = number("0..2", value, &v, err);
        s->approvals = (uint32_t)v;
    } else if (strcmp(key, "nodes") == 0) {
        status = number("1..64", value, &v, err);
        s->nodes = (uint32_t)v;
    } else if (strcmp(key, "seed") == 0) {
        status = number(NULL, value, &s->seed, err);
    } else if (strcmp(key, "steps") == 0) {
        status = number("1..1000000000", value, &s->steps, err);
    } else if (strcmp(key, "txs") == 0) {
        status = number("0..100000", value, &v, err);
        s->txs = (uint32_t)v;
    } else if (strcmp(key, "real_crypto") == 0) {
        s->real_crypto = strcmp(value, "yes") == 0;
    } else if (strcmp(key, "calm") == 0) {
        status = set_calm(s, value, err);
    } else {
        status = vt_err_set(err, VT_E_INVALID, "[sim] has no key \"%s\"", key);
    }
    return status;
}

static vt_status add_option(struct vt_sim_scenario *s, const char *key,
                            const char *value, struct vt_err *err)
{
    size_t used = strlen(s->options);
    int n = snprintf(s->options + used, sizeof s->options - used, "%s = %s\n",
                     key, value);

    return n >= 0 && (size_t)n < sizeof s->options - used
               ? VT_OK
               : vt_err_set(err, VT_E_INVALID, "too many options");
}

static vt_status add_fault(struct vt_sim_scenario *s, const char *key,
                           const char *value, struct vt_err *err)
{
    struct vt_sim_fault fault;
    vt_status status;

    if (strcmp(key, "at") != 0 && strcmp(key, "when") != 0) {
        return vt_err_set(err, VT_E_INVALID,
                          "[faults] has only `at` and `when`, not \"%s\"", key);
    }
    status = vt_sim_fault_parse(key, value, s->nodes, &fault, err);
    if (status == VT_OK && vt_sim_plan_add(&s->plan, &fault) != VT_OK) {
        status = vt_err_set(err, VT_E_INVALID, "more than %u faults",
                            VT_SIM_FAULTS_MAX);
    }
    return status;
}

static vt_status add_label(char list[VT_SIM_EXPECT_MAX][VT_SIM_LABEL_MAX],
                           uint32_t *count, const char *value,
                           struct vt_err *err)
{
    if (*count == VT_SIM_EXPECT_MAX) {
        return vt_err_set(err, VT_E_INVALID, "more than %u labels",
                          VT_SIM_EXPECT_MAX);
    }
    return text(value, list[(*count)++], VT_SIM_LABEL_MAX, err);
}

static vt_status set_evidence(struct vt_sim_scenario *s, const char *value,
                              struct vt_err *err)
{
    struct vt_sim_fault members;
    char line[160];
    vt_status status;

    s->has_evidence = 1;
    s->evidence = 0;
    if (strcmp(value, "none") == 0) {
        return VT_OK;
    }
    (void)snprintf(line, sizeof line, "0 silent %s", value);
    status = vt_sim_fault_parse("at", line, s->nodes, &members, err);
    if (status == VT_OK) {
        s->evidence = members.set[0];
    }
    return status;
}

/* "360..410" */
static int share_range(const char *text, uint32_t *least, uint32_t *most)
{
    char *end;
    unsigned long from = strtoul(text, &end, 10);
    unsigned long to =
        strncmp(end, "..", 2) == 0 ? strtoul(end + 2, &end, 10) : 0;

    if (*end != '\0' || from > to || to == 0 || to > 1000) {
        return 0;
    }
    *least = (uint32_t)from;
    *most = (uint32_t)to;
    return 1;
}

/* "node4 360..410" */
static vt_status set_share(struct vt_sim_scenario *s, const char *value,
                           struct vt_err *err)
{
    struct vt_sim_fault members;
    const char *range = strrchr(value, ' ');
    char line[160];
    uint32_t least;
    uint32_t most;

    if (range == NULL || !share_range(range + 1, &least, &most)) {
        return vt_err_set(err, VT_E_INVALID,
                          "a share is members and a range per mille, as "
                          "`node4 360..410`");
    }
    (void)snprintf(line, sizeof line, "0 silent %.*s", (int)(range - value),
                   value);
    if (vt_sim_fault_parse("at", line, s->nodes, &members, err) != VT_OK) {
        return VT_E_INVALID;
    }
    s->share_of = members.set[0];
    s->share_least = least;
    s->share_most = most;
    return VT_OK;
}

/* "node1 node3" */
static vt_status set_fair(struct vt_sim_scenario *s, const char *value,
                          struct vt_err *err)
{
    struct vt_sim_fault members;
    char line[160];

    (void)snprintf(line, sizeof line, "0 silent %s", value);
    if (vt_sim_fault_parse("at", line, s->nodes, &members, err) != VT_OK) {
        return VT_E_INVALID;
    }
    s->fair = members.set[0];
    return VT_OK;
}

static vt_status set_expect(struct vt_sim_scenario *s, const char *key,
                            const char *value, struct vt_err *err)
{
    if (strcmp(key, "violation") == 0) {
        return strcmp(value, "none") == 0
                   ? VT_OK
                   : text(value, s->violation, sizeof s->violation, err);
    }
    if (strcmp(key, "seen") == 0) {
        return add_label(s->seen, &s->seen_count, value, err);
    }
    if (strcmp(key, "never") == 0) {
        return add_label(s->never, &s->never_count, value, err);
    }
    if (strcmp(key, "evidence") == 0) {
        return set_evidence(s, value, err);
    }
    if (strcmp(key, "share") == 0) {
        return set_share(s, value, err);
    }
    if (strcmp(key, "fair") == 0) {
        return set_fair(s, value, err);
    }
    if (strcmp(key, "epochs") == 0) {
        return text(value, s->epochs, sizeof s->epochs, err);
    }
    if (strcmp(key, "trace_hash") == 0) {
        s->has_hash = 1;
        return vt_hex_decode(value, strlen(value), s->trace_hash.b, 32) == 0
                   ? VT_OK
                   : vt_err_set(err, VT_E_INVALID,
                                "a trace hash is 64 hexadecimal digits");
    }
    return vt_err_set(err, VT_E_INVALID, "[expect] has no key \"%s\"", key);
}

static vt_status take_row(void *ctx, const char *section, const char *key,
                          const char *value, const char *where,
                          struct vt_err *err)
{
    struct vt_sim_scenario *s = ctx;
    vt_status status;

    if (strcmp(section, "sim") == 0) {
        status = set_sim(s, key, value, err);
    } else if (strcmp(section, "options") == 0) {
        status = add_option(s, key, value, err);
    } else if (strcmp(section, "faults") == 0) {
        status = add_fault(s, key, value, err);
    } else if (strcmp(section, "expect") == 0) {
        status = set_expect(s, key, value, err);
    } else {
        status = vt_err_set(err, VT_E_INVALID,
                            "no section [%s]; there are [sim], [options], "
                            "[faults] and [expect]",
                            section);
    }
    return status == VT_OK ? VT_OK : vt_err_wrap(err, "%s", where);
}

vt_status vt_sim_scenario_read(const char *path, struct vt_sim_scenario *out,
                               struct vt_err *err)
{
    vt_sim_scenario_init(out);
    return vt_ini_read(path, take_row, out, err);
}

/* ---- printing ------------------------------------------------------------ */

static void print_options(const struct vt_sim_scenario *s, struct vt_buf *out)
{
    if (s->options[0] != '\0') {
        (void)vt_buf_printf(out, "\n[options]\n%s", s->options);
    }
}

static void print_list(const char *key, const char *list, struct vt_buf *out)
{
    if (list[0] == '\0') {
        return;
    }
    (void)vt_buf_printf(out, "%s = ", key);
    for (; *list != '\0'; list++) {
        (void)vt_buf_printf(out, "%c", *list == '\n' ? '/' : *list);
    }
    (void)vt_buf_printf(out, "\n");
}

static void print_expect(const struct vt_sim_scenario *s, struct vt_buf *out)
{
    char hash[65];

    (void)vt_buf_printf(out, "\n[expect]\nviolation = %s\n",
                        s->violation[0] == '\0' ? "none" : s->violation);
    for (uint32_t i = 0; i < s->seen_count; i++) {
        (void)vt_buf_printf(out, "seen = %s\n", s->seen[i]);
    }
    for (uint32_t i = 0; i < s->never_count; i++) {
        (void)vt_buf_printf(out, "never = %s\n", s->never[i]);
    }
    if (s->share_most != 0) {
        (void)vt_buf_printf(out,
                            "share = 0x%" PRIx64 " %" PRIu32 "..%" PRIu32 "\n",
                            s->share_of, s->share_least, s->share_most);
    }
    if (s->fair != 0) {
        (void)vt_buf_printf(out, "fair = 0x%" PRIx64 "\n", s->fair);
    }
    if (s->epochs[0] != '\0') {
        (void)vt_buf_printf(out, "epochs = %s\n", s->epochs);
    }
    if (s->has_hash) {
        vt_hex_encode(s->trace_hash.b, 32, hash);
        (void)vt_buf_printf(out, "trace_hash = %s\n", hash);
    }
}

void vt_sim_scenario_print(const struct vt_sim_scenario *s, struct vt_buf *out)
{
    (void)vt_buf_printf(out, "[sim]\nformat = %u\n", FORMAT);
    if (s->title[0] != '\0') {
        (void)vt_buf_printf(out, "title = %s\n", s->title);
    }
    (void)vt_buf_printf(out,
                        "engine = %s\nnodes = %" PRIu32 "\nseed = %" PRIu64
                        "\nsteps = %" PRIu64 "\ntxs = %" PRIu32
                        "\nreal_crypto = %s\ncalm = ",
                        s->engine, s->nodes, s->seed, s->steps, s->txs,
                        s->real_crypto ? "yes" : "no");
    vt_sim_time_print(s->plan.calm_ns, out);
    (void)vt_buf_printf(out, "\n");
    print_list("switch", s->switches, out);
    print_list("rival", s->rivals, out);
    if (s->approvals > 0) {
        (void)vt_buf_printf(out, "approvals = %" PRIu32 "\n", s->approvals);
    }
    print_options(s, out);
    (void)vt_buf_printf(out, "\n[faults]\n");
    for (size_t i = 0; i < s->plan.count; i++) {
        vt_sim_fault_print(&s->plan.faults[i], out);
        (void)vt_buf_printf(out, "\n");
    }
    print_expect(s, out);
}

void vt_sim_scenario_args(const struct vt_sim_scenario *s,
                          struct vt_registry *registry, struct vt_sim_args *out)
{
    memset(out, 0, sizeof *out);
    out->registry = registry;
    out->engine = s->engine;
    out->options = s->options;
    out->switches = s->switches[0] == '\0' ? NULL : s->switches;
    out->rivals = s->rivals[0] == '\0' ? NULL : s->rivals;
    out->approvals = s->approvals;
    out->nodes = s->nodes;
    out->seed = s->seed;
    out->steps = s->steps;
    out->txs = s->txs;
    out->real_crypto = s->real_crypto;
    out->fair = s->fair;
    out->plan = &s->plan;
}

/* ---- judging ------------------------------------------------------------- */

static uint32_t judge_violation(const struct vt_sim_scenario *s,
                                const struct vt_sim_result *r,
                                struct vt_buf *out)
{
    size_t len = strlen(s->violation);
    char next = r->violation[strnlen(r->violation, len)];

    /* whole words: I1 is not I12 */
    if (strncmp(r->violation, s->violation, len) == 0 &&
        (next == '\0' || (len > 0 && strchr(" :;#", next) != NULL))) {
        return 0;
    }
    (void)vt_buf_printf(out, "violation: %s, expected %s; ",
                        r->violations == 0 ? "none" : r->violation,
                        s->violation[0] == '\0' ? "none" : s->violation);
    return 1;
}

static uint32_t judge_labels(const struct vt_sim_scenario *s,
                             const struct vt_sim_cover *cover,
                             struct vt_buf *out)
{
    uint32_t wrong = 0;

    for (uint32_t i = 0; i < s->seen_count; i++) {
        if (vt_sim_cover_seen(cover, s->seen[i]) == 0) {
            (void)vt_buf_printf(out, "\"%s\" was never seen; ", s->seen[i]);
            wrong++;
        }
    }
    for (uint32_t i = 0; i < s->never_count; i++) {
        uint64_t count = vt_sim_cover_seen(cover, s->never[i]);

        if (count > 0) {
            (void)vt_buf_printf(out, "\"%s\" was seen %" PRIu64 " times; ",
                                s->never[i], count);
            wrong++;
        }
    }
    return wrong;
}

static uint32_t judge_hash(const struct vt_sim_scenario *s,
                           const struct vt_sim_result *r, struct vt_buf *out)
{
    char got[65];
    char wanted[65];

    if (!s->has_hash || vt_hash_eq(&s->trace_hash, &r->trace_hash)) {
        return 0;
    }
    vt_hex_encode(r->trace_hash.b, 32, got);
    vt_hex_encode(s->trace_hash.b, 32, wanted);
    (void)vt_buf_printf(out,
                        "trace hash: %.16s..., expected %.16s...: another "
                        "version of the plugin or of the chain; ",
                        got, wanted);
    return 1;
}

static uint32_t judge_evidence(const struct vt_sim_scenario *s,
                               const struct vt_sim_result *r,
                               struct vt_buf *out)
{
    if (!s->has_evidence || s->evidence == r->evidence) {
        return 0;
    }
    (void)vt_buf_printf(out, "evidence names");
    for (uint32_t i = 0; i < 64; i++) {
        if ((r->evidence >> i & 1) != 0) {
            (void)vt_buf_printf(out, " node%" PRIu32, i + 1);
        }
    }
    (void)vt_buf_printf(out, "%s, expected others; ",
                        r->evidence == 0 ? " nobody" : "");
    return 1;
}

static uint32_t judge_epochs(const struct vt_sim_scenario *s,
                             const struct vt_sim_result *r, struct vt_buf *out)
{
    if (s->epochs[0] == '\0' || strcmp(s->epochs, r->epochs) == 0) {
        return 0;
    }
    (void)vt_buf_printf(out, "epochs: %s, expected %s; ",
                        r->epochs[0] == '\0' ? "no other" : r->epochs,
                        s->epochs);
    return 1;
}

uint64_t vt_sim_scenario_share(const struct vt_sim_scenario *s,
                               const struct vt_sim_result *r, uint64_t *out_all)
{
    uint64_t theirs = 0;

    *out_all = 0;
    for (uint32_t i = 0; i < 64; i++) {
        theirs += (s->share_of >> i & 1) != 0 ? r->made[i] : 0;
        *out_all += r->made[i];
    }
    return theirs;
}

static uint32_t judge_share(const struct vt_sim_scenario *s,
                            const struct vt_sim_result *r, struct vt_buf *out)
{
    uint64_t all;
    uint64_t theirs = vt_sim_scenario_share(s, r, &all);

    if (s->share_most == 0 || (theirs * 1000 >= all * s->share_least &&
                               theirs * 1000 <= all * s->share_most)) {
        return 0;
    }
    (void)vt_buf_printf(out,
                        "share: %" PRIu64 " of %" PRIu64
                        " final blocks, expected %" PRIu32 " to %" PRIu32
                        " of a thousand; ",
                        theirs, all, s->share_least, s->share_most);
    return 1;
}

uint32_t vt_sim_scenario_judge(const struct vt_sim_scenario *s,
                               const struct vt_sim_result *result,
                               const struct vt_sim_cover *cover,
                               struct vt_buf *out)
{
    return judge_violation(s, result, out) + judge_labels(s, cover, out) +
           judge_hash(s, result, out) + judge_evidence(s, result, out) +
           judge_epochs(s, result, out) + judge_share(s, result, out);
}
