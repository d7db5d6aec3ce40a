/* SPDX-License-Identifier: Apache-2.0
 *
 * abi-witness-1.0.c - all public types of ABI 1.0 as the parameters of one
 * function. Made by tests/abi/make-witness; compiled with today's headers and
 * compared with abi-witness-1.0.xml by abidiff. Until ABI 1.0 is released
 * `make abi-baseline` rewrites both, afterwards they are never edited.
 */
#include <vt/vt.h>

/* one parameter a line */
/* clang-format off */
VT_EXPORT void vt_abi_witness(
    struct vt_member *a1,
    struct vt_cs_epoch *a2,
    struct vt_cs_header *a3,
    struct vt_ev *a4,
    enum vt_ev_type *a5,
    struct vt_ev_timer *a6,
    struct vt_ev_recv *a7,
    struct vt_ev_done *a8,
    struct vt_ev_block *a9,
    struct vt_ev_applied *a10,
    struct vt_ev_peer *a11,
    struct vt_ev_txs *a12,
    struct vt_ev_seal *a13,
    struct vt_ev_bytes *a14,
    struct vt_ev_anchor *a15,
    struct vt_eff *a16,
    enum vt_eff_type *a17,
    struct vt_eff_persist *a18,
    enum vt_send_class *a19,
    struct vt_eff_send *a20,
    struct vt_eff_timer *a21,
    struct vt_eff_build *a22,
    struct vt_eff_batch *a23,
    struct vt_eff_join *a24,
    struct vt_eff_block *a25,
    struct vt_eff_sign *a26,
    struct vt_eff_prove *a27,
    struct vt_verify_item *a28,
    struct vt_eff_verify *a29,
    struct vt_eff_commit *a30,
    struct vt_eff_fetch *a31,
    enum vt_cs_stage *a32,
    struct vt_eff_stage *a33,
    struct vt_eff_accuse *a34,
    struct vt_eff_evidence *a35,
    struct vt_eff_head *a36,
    struct vt_eff_work *a37,
    struct vt_eff_metric *a38,
    struct vt_eff_text *a39,
    struct vt_out *a40,
    struct vt_slot *a41,
    struct vt_cs_start *a42,
    enum vt_finality *a43,
    struct vt_consensus *a44,
    struct vt_host *a45,
    enum vt_log_level *a46,
    struct vt_svc_log *a47,
    struct vt_svc_metrics *a48,
    struct vt_svc_crypto *a49,
    struct vt_svc_clock *a50,
    struct vt_cfg *a51,
    enum vt_key_type *a52,
    struct vt_key *a53,
    struct vt_iface *a54,
    struct vt_need *a55,
    struct vt_plugin *a56,
    enum vt_scheme_code *a57,
    struct vt_sig_item *a58,
    struct vt_sig_group *a59,
    struct vt_signature *a60,
    enum vt_status_code *a61,
    struct vt_err *a62,
    enum vt_verdict *a63,
    struct vt_storage *a64,
    struct vt_view *a65,
    struct vt_tab *a66,
    struct vt_sink *a67);
void vt_abi_witness(
    struct vt_member *a1,
    struct vt_cs_epoch *a2,
    struct vt_cs_header *a3,
    struct vt_ev *a4,
    enum vt_ev_type *a5,
    struct vt_ev_timer *a6,
    struct vt_ev_recv *a7,
    struct vt_ev_done *a8,
    struct vt_ev_block *a9,
    struct vt_ev_applied *a10,
    struct vt_ev_peer *a11,
    struct vt_ev_txs *a12,
    struct vt_ev_seal *a13,
    struct vt_ev_bytes *a14,
    struct vt_ev_anchor *a15,
    struct vt_eff *a16,
    enum vt_eff_type *a17,
    struct vt_eff_persist *a18,
    enum vt_send_class *a19,
    struct vt_eff_send *a20,
    struct vt_eff_timer *a21,
    struct vt_eff_build *a22,
    struct vt_eff_batch *a23,
    struct vt_eff_join *a24,
    struct vt_eff_block *a25,
    struct vt_eff_sign *a26,
    struct vt_eff_prove *a27,
    struct vt_verify_item *a28,
    struct vt_eff_verify *a29,
    struct vt_eff_commit *a30,
    struct vt_eff_fetch *a31,
    enum vt_cs_stage *a32,
    struct vt_eff_stage *a33,
    struct vt_eff_accuse *a34,
    struct vt_eff_evidence *a35,
    struct vt_eff_head *a36,
    struct vt_eff_work *a37,
    struct vt_eff_metric *a38,
    struct vt_eff_text *a39,
    struct vt_out *a40,
    struct vt_slot *a41,
    struct vt_cs_start *a42,
    enum vt_finality *a43,
    struct vt_consensus *a44,
    struct vt_host *a45,
    enum vt_log_level *a46,
    struct vt_svc_log *a47,
    struct vt_svc_metrics *a48,
    struct vt_svc_crypto *a49,
    struct vt_svc_clock *a50,
    struct vt_cfg *a51,
    enum vt_key_type *a52,
    struct vt_key *a53,
    struct vt_iface *a54,
    struct vt_need *a55,
    struct vt_plugin *a56,
    enum vt_scheme_code *a57,
    struct vt_sig_item *a58,
    struct vt_sig_group *a59,
    struct vt_signature *a60,
    enum vt_status_code *a61,
    struct vt_err *a62,
    enum vt_verdict *a63,
    struct vt_storage *a64,
    struct vt_view *a65,
    struct vt_tab *a66,
    struct vt_sink *a67)
{
    (void)a1;
    (void)a2;
    (void)a3;
    (void)a4;
    (void)a5;
    (void)a6;
    (void)a7;
    (void)a8;
    (void)a9;
    (void)a10;
    (void)a11;
    (void)a12;
    (void)a13;
    (void)a14;
    (void)a15;
    (void)a16;
    (void)a17;
    (void)a18;
    (void)a19;
    (void)a20;
    (void)a21;
    (void)a22;
    (void)a23;
    (void)a24;
    (void)a25;
    (void)a26;
    (void)a27;
    (void)a28;
    (void)a29;
    (void)a30;
    (void)a31;
    (void)a32;
    (void)a33;
    (void)a34;
    (void)a35;
    (void)a36;
    (void)a37;
    (void)a38;
    (void)a39;
    (void)a40;
    (void)a41;
    (void)a42;
    (void)a43;
    (void)a44;
    (void)a45;
    (void)a46;
    (void)a47;
    (void)a48;
    (void)a49;
    (void)a50;
    (void)a51;
    (void)a52;
    (void)a53;
    (void)a54;
    (void)a55;
    (void)a56;
    (void)a57;
    (void)a58;
    (void)a59;
    (void)a60;
    (void)a61;
    (void)a62;
    (void)a63;
    (void)a64;
    (void)a65;
    (void)a66;
    (void)a67;
}
