/* SPDX-License-Identifier: Apache-2.0
 *
 * log.c - levels per subsystem, one write per line.
 */
#include "base/log.h"

#include "base/status.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_BYTES 1024u
#define RULES_MAX 16u
#define NAME_MAX_BYTES 32u

static const char *const level_names[] = {"trace",
                                          "debug",
                                          "info",
                                          "warn",
                                          "error",
                                          "fatal",
                                          "host-misbehaving",
                                          "plugin-misbehaving"};

struct rule {
    char subsystem[NAME_MAX_BYTES];
    uint32_t level;
};

static pthread_rwlock_t rules_lock = PTHREAD_RWLOCK_INITIALIZER;
static struct rule rules[RULES_MAX];
static size_t rule_count;
static _Atomic uint32_t default_level = VT_LOG_INFO;
static _Atomic int json_lines;
static vt_log_sink_fn sink_fn;
static void *sink_ctx;
static int64_t (*clock_fn)(void);

void vt_log_set_sink(vt_log_sink_fn fn, void *ctx)
{
    sink_fn = fn;
    sink_ctx = ctx;
}

void vt_log_set_json(int on)
{
    atomic_store(&json_lines, on);
}

void vt_log_set_clock(int64_t (*wall_ms)(void))
{
    clock_fn = wall_ms;
}

static int level_by_name(const char *name, size_t len, uint32_t *out)
{
    for (uint32_t i = 0; i <= VT_LOG_FATAL; i++) {
        if (strlen(level_names[i]) == len &&
            memcmp(level_names[i], name, len) == 0) {
            *out = i;
            return 1;
        }
    }
    return 0;
}

/* One "level" or "subsystem=level" of len bytes. */
static int parse_rule(const char *text, size_t len, struct rule *out)
{
    const char *eq = memchr(text, '=', len);
    size_t name_len = eq == NULL ? 0 : (size_t)(eq - text);
    size_t skip = eq == NULL ? 0 : name_len + 1;

    if (name_len >= NAME_MAX_BYTES) {
        return 0;
    }
    memset(out, 0, sizeof *out);
    memcpy(out->subsystem, text, name_len);
    return level_by_name(text + skip, len - skip, &out->level);
}

vt_status vt_log_set_levels(const char *spec, struct vt_err *err)
{
    struct rule parsed[RULES_MAX];
    uint32_t general = VT_LOG_INFO;
    size_t count = 0;

    for (const char *p = spec; *p != '\0';) {
        size_t len = strcspn(p, ",");
        struct rule rule;

        if (!parse_rule(p, len, &rule)) {
            return vt_err_set(err, VT_E_INVALID,
                              "'%.*s' is not a log level: trace, debug, info, "
                              "warn, error, fatal or subsystem=level",
                              (int)len, p);
        }
        if (rule.subsystem[0] == '\0') {
            general = rule.level;
        } else if (count == RULES_MAX) {
            return vt_err_set(err, VT_E_LIMIT, "at most %u subsystem levels",
                              RULES_MAX);
        } else {
            parsed[count++] = rule;
        }
        p += len + (p[len] == ',');
    }
    (void)pthread_rwlock_wrlock(&rules_lock);
    memcpy(rules, parsed, count * sizeof parsed[0]);
    rule_count = count;
    atomic_store(&default_level, general);
    (void)pthread_rwlock_unlock(&rules_lock);
    return VT_OK;
}

int vt_log_enabled(const char *subsystem, uint32_t level)
{
    uint32_t limit = atomic_load(&default_level);

    (void)pthread_rwlock_rdlock(&rules_lock);
    for (size_t i = 0; i < rule_count; i++) {
        if (strcmp(rules[i].subsystem, subsystem) == 0) {
            limit = rules[i].level;
        }
    }
    (void)pthread_rwlock_unlock(&rules_lock);
    return level >= limit;
}

static void stamp(char out[40])
{
    int64_t ms = clock_fn == NULL ? 0 : clock_fn();
    time_t seconds = (time_t)(ms / 1000);
    struct tm tm;
    size_t len = 0;

    out[0] = '\0';
    if (clock_fn != NULL && gmtime_r(&seconds, &tm) != NULL) {
        len = strftime(out, 40, "%Y-%m-%dT%H:%M:%S", &tm);
        (void)snprintf(out + len, 40 - len, ".%03dZ", (int)(ms % 1000));
    }
}

/* Text for JSON and for one-line logs: no quote, no control character. */
static void clean(char *text)
{
    for (char *p = text; *p != '\0'; p++) {
        if ((unsigned char)*p < 0x20) {
            *p = ' ';
        } else if (atomic_load(&json_lines) && (*p == '"' || *p == '\\')) {
            *p = '\'';
        }
    }
}

static void write_line(const char *line, size_t len)
{
    while (len > 0) {
        ssize_t done = write(STDERR_FILENO, line, len);

        if (done <= 0) {
            return; /* nobody reads: a log must not stop a node */
        }
        line += done;
        len -= (size_t)done;
    }
}

void vt_log(const char *subsystem, uint32_t level, const char *fmt, ...)
{
    char text[LINE_MAX_BYTES];
    char line[LINE_MAX_BYTES + 160];
    char when[40];
    va_list args;
    int len;
    const char *name;

    if (!vt_log_enabled(subsystem, level)) {
        return;
    }
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    clean(text);
    if (sink_fn != NULL) {
        sink_fn(sink_ctx, level, subsystem, text);
        return;
    }
    name =
        level_names[level <= VT_LOG_PLUGIN_MISBEHAVING ? level : VT_LOG_FATAL];
    stamp(when);
    if (atomic_load(&json_lines)) {
        len = snprintf(line, sizeof line,
                       "{\"time\":\"%s\",\"level\":\"%s\",\"subsystem\":"
                       "\"%s\",\"text\":\"%s\"}\n",
                       when, name, subsystem, text);
    } else {
        len = snprintf(line, sizeof line, "%s%s%-5s %s: %s\n", when,
                       when[0] == '\0' ? "" : " ", name, subsystem, text);
    }
    if (len > 0) {
        write_line(line,
                   (size_t)len < sizeof line ? (size_t)len : sizeof line - 1);
    }
}

const char *vt_log_quote(struct vt_view text, char out[256])
{
    size_t len = 0;

    out[len++] = '"';
    for (size_t i = 0; i < text.len && i < 120; i++) {
        uint8_t c = text.ptr[i];

        if (c < 0x20 || c >= 0x7f || c == '"' || c == '\\') {
            out[len++] = '?';
        } else {
            out[len++] = (char)c;
        }
    }
    out[len++] = '"';
    out[len] = '\0';
    return out;
}
