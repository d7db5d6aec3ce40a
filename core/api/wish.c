/* SPDX-License-Identifier: Apache-2.0
 *
 * wish.c - the parameters of GET /events.
 */
#include "api/wish.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int read_types(const char *text, struct vt_wish *wish)
{
    while (*text != '\0') {
        size_t len = strcspn(text, ",");

        if (len == 5 && memcmp(text, "final", 5) == 0) {
            wish->wants_final = 1;
        } else if (len == 6 && memcmp(text, "halted", 6) == 0) {
            wish->wants_halted = 1;
        } else {
            return 0;
        }
        text += len + (text[len] == ',');
    }
    return 1;
}

/* NULL, or what is wrong. */
static const char *read_pair(const char *key, const char *value,
                             struct vt_wish *wish)
{
    if (strcmp(key, "chain") == 0) {
        (void)snprintf(wish->chain, sizeof wish->chain, "%.60s", value);
        return NULL;
    }
    if (strcmp(key, "types") == 0) {
        return read_types(value, wish)
                   ? NULL
                   : "types: give final, halted or both with a comma";
    }
    if (strcmp(key, "from") == 0) {
        wish->has_from = 1;
        wish->from = strtoull(value, NULL, 10);
        return value[0] != '\0' && strlen(value) <= 15 &&
                       strspn(value, "0123456789") == strlen(value)
                   ? NULL
                   : "from: give a height";
    }
    return "unknown parameter: /events takes chain, types and from";
}

const char *vt_wish_read(const struct vt_http_call *http, struct vt_wish *wish)
{
    char key[64];
    char value[64];
    const char *why = NULL;
    uint64_t last = 0;
    vt_status status = VT_OK;

    memset(wish, 0, sizeof *wish);
    for (size_t i = 0; why == NULL; i++) {
        status = vt_http_query(http, i, key, value, sizeof key);
        if (status != VT_OK) {
            break;
        }
        why = read_pair(key, value, wish);
    }
    if (why == NULL && status == VT_E_INVALID) {
        why = "the query must be key=value&key=value";
    }
    if (why == NULL && wish->chain[0] == '\0') {
        why = "chain is missing: /events?chain=NAME";
    }
    if (!wish->wants_final && !wish->wants_halted) {
        wish->wants_final = wish->wants_halted = 1;
    }
    if (vt_http_last_event(http, &last)) { /* a reconnect: later than from */
        wish->has_from = 1;
        wish->from = last + 1;
    }
    return why;
}
