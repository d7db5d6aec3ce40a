/* SPDX-License-Identifier: Apache-2.0
 *
 * idle_plugin.c - a consensus engine (or, with -DSTORE, a store) that loads
 * and has options, but is never run: for checks of configurations.
 */
#include <vt/vt.h>

static vt_status never(void)
{
    return VT_E_STATE;
}

#define NEVER(table, member) (__typeof__(((table *)0)->member))never

static const struct vt_key keys[] = {
    {"pace", VT_T_DURATION_NS, VT_KF_CONSENSUS, "1s", "10ms..1m",
     "How fast it idles.", "0.1"},
    {"door", VT_T_STRING, VT_KF_REQUIRED, NULL, "1..20", "Where it idles.",
     "0.1"},
    {"pin", VT_T_STRING, VT_KF_SECRET, "1234", "4..8", "Opens the door.",
     "0.1"},
};

#ifdef STORE
#define STEM idlestore
#define NAME "idlestore"
#define ID VT_IF_STORAGE
static const struct vt_storage table = {
    .size = VT_UPTO(struct vt_storage, stats),
    .key_max = 64,
    .spaces_max = 16,
    .value_max = 65536,
    .batch_max = 4096,
    .open = NEVER(struct vt_storage, open),
    .close = NEVER(struct vt_storage, close),
    .begin = NEVER(struct vt_storage, begin),
    .get = NEVER(struct vt_storage, get),
    .put = NEVER(struct vt_storage, put),
    .del = NEVER(struct vt_storage, del),
    .cursor = NEVER(struct vt_storage, cursor),
    .seek = NEVER(struct vt_storage, seek),
    .step = NEVER(struct vt_storage, step),
    .cursor_close = NEVER(struct vt_storage, cursor_close),
    .commit = NEVER(struct vt_storage, commit),
    .abort = NEVER(struct vt_storage, abort),
    .checkpoint = NEVER(struct vt_storage, checkpoint),
    .verify = NEVER(struct vt_storage, verify),
    .stats = NEVER(struct vt_storage, stats),
};
#else
#define STEM idle
#define NAME "idle"
#define ID VT_IF_CONSENSUS
static const struct vt_consensus table = {
    .size = VT_UPTO(struct vt_consensus, compare),
    .finality = VT_FIN_INSTANT,
    .members_min = 1,
    .members_max = 4,
    .create = NEVER(struct vt_consensus, create),
    .destroy = NEVER(struct vt_consensus, destroy),
    .step = NEVER(struct vt_consensus, step),
    .digest = NEVER(struct vt_consensus, digest),
    .check_proof = NEVER(struct vt_consensus, check_proof),
};
#endif

static const struct vt_iface ifaces[] = {{ID, &table}};

VT_PLUGIN_DEFINE(STEM) = {
    .magic = VT_PLUGIN_MAGIC,
    .size = VT_UPTO(struct vt_plugin, self_test),
    .abi_major = VT_ABI_MAJOR,
    .abi_minor = 0,
    .protocol = 1,
    .id = "org.vtchain.test." NAME,
    .name = NAME,
    .version = "1",
    .vendor = "test",
    .license = "Apache-2.0",
    .url = "https://vtchain.org",
    .build = "",
    .ifaces = VT_TAB(ifaces),
    .keys = VT_TAB(keys),
};
