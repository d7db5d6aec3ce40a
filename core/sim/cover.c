/* SPDX-License-Identifier: Apache-2.0
 *
 * cover.c - which labels the engines traced, and which followed which.
 */
#include "sim/cluster.h"

#include <string.h>

/* Length of the first two words. */
static size_t label_len(const char *text)
{
    const char *end = strchr(text, ' ');

    if (end == NULL) {
        return strlen(text);
    }
    end = strchr(end + 1, ' ');
    return end == NULL ? strlen(text) : (size_t)(end - text);
}

static uint32_t find(struct vt_sim_cover *cover, const char *text, size_t len)
{
    for (uint32_t i = 0; i < cover->count; i++) {
        if (strncmp(cover->label[i].text, text, len) == 0 &&
            cover->label[i].text[len] == '\0') {
            return i;
        }
    }
    if (cover->count == VT_SIM_LABELS_MAX) {
        return VT_SIM_LABELS_MAX;
    }
    memcpy(cover->label[cover->count].text, text, len);
    cover->label[cover->count].text[len] = '\0';
    return cover->count++;
}

static void note_pair(struct vt_sim_cover *cover, uint32_t before,
                      uint32_t after)
{
    uint32_t bit = before * VT_SIM_LABELS_MAX + after;
    uint8_t mask = (uint8_t)(1u << (bit % 8));

    if ((cover->pair[bit / 8] & mask) == 0) {
        cover->pair[bit / 8] |= mask;
        cover->pairs++;
    }
}

void vt_sim_cover_note(struct sim_node *node, const char *text)
{
    struct vt_sim_cover *cover = node->cluster->args->cover;
    size_t len = label_len(text);
    uint32_t label;

    if (cover == NULL || len == 0 || len >= VT_SIM_LABEL_MAX) {
        return;
    }
    label = find(cover, text, len);
    if (label == VT_SIM_LABELS_MAX) {
        return;
    }
    cover->label[label].seen++;
    if (node->last_label != 0) {
        note_pair(cover, node->last_label - 1, label);
    }
    node->last_label = label + 1;
}

void vt_sim_note(struct sim_node *node, const char *text)
{
    vt_sim_cover_note(node, text);
    vt_sim_on_label(node, text);
}

uint64_t vt_sim_cover_seen(const struct vt_sim_cover *cover, const char *label)
{
    for (uint32_t i = 0; i < cover->count; i++) {
        if (strcmp(cover->label[i].text, label) == 0) {
            return cover->label[i].seen;
        }
    }
    return 0;
}
