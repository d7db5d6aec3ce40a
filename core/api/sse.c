/* SPDX-License-Identifier: Apache-2.0
 *
 * sse.c - lines to fields, an empty line to an event.
 */
#include "api/sse.h"

#include "base/bytes.h"

#include <stdio.h>
#include <string.h>

void vt_sse_init(struct vt_sse *sse, vt_sse_fn fn, void *ctx)
{
    memset(sse, 0, sizeof *sse);
    sse->fn = fn;
    sse->ctx = ctx;
    vt_buf_init(&sse->line, VT_SSE_LINE_MAX);
    vt_buf_init(&sse->data, VT_SSE_LINE_MAX);
}

void vt_sse_fini(struct vt_sse *sse)
{
    vt_buf_fini(&sse->line);
    vt_buf_fini(&sse->data);
}

static void dispatch(struct vt_sse *sse)
{
    if (sse->has_data) {
        const char *name = sse->name[0] == '\0' ? "message" : sse->name;

        sse->stopped =
            sse->fn(sse->ctx, name, sse->id, vt_buf_view(&sse->data)) != 0;
    }
    vt_buf_clear(&sse->data);
    sse->has_data = 0;
    sse->name[0] = '\0';
}

static vt_status on_field(struct vt_sse *sse, const char *field, size_t len,
                          const char *value)
{
    if (len == 5 && memcmp(field, "event", 5) == 0) {
        (void)snprintf(sse->name, sizeof sse->name, "%s", value);
    } else if (len == 2 && memcmp(field, "id", 2) == 0) {
        (void)snprintf(sse->id, sizeof sse->id, "%s", value);
    } else if (len == 4 && memcmp(field, "data", 4) == 0) {
        if (sse->has_data) {
            (void)vt_buf_put_u8(&sse->data, '\n');
        }
        (void)vt_buf_put(&sse->data, value, strlen(value));
        sse->has_data = 1;
    }
    return sse->data.failed;
}

static vt_status on_line(struct vt_sse *sse)
{
    const char *line;
    size_t colon;

    if (sse->line.len > 0 && sse->line.data[sse->line.len - 1] == '\r') {
        sse->line.len--;
    }
    line = vt_buf_text(&sse->line);
    colon = strcspn(line, ":");
    if (line[0] == '\0') {
        dispatch(sse);
    } else if (colon > 0) {
        const char *value = line + colon + (line[colon] == ':');

        return on_field(sse, line, colon, value + (value[0] == ' '));
    }
    return VT_OK;
}

vt_status vt_sse_feed(struct vt_sse *sse, struct vt_view bytes)
{
    vt_status status = VT_OK;

    while (bytes.len > 0 && status == VT_OK && !sse->stopped) {
        const uint8_t *end = memchr(bytes.ptr, '\n', bytes.len);
        size_t len = end == NULL ? bytes.len : (size_t)(end - bytes.ptr);

        status = vt_buf_put(&sse->line, bytes.ptr, len);
        if (status == VT_OK && end != NULL) {
            status = on_line(sse);
            vt_buf_clear(&sse->line);
            len++;
        }
        bytes = vt_view_of(bytes.ptr + len, bytes.len - len);
    }
    return status;
}
