/* SPDX-License-Identifier: Apache-2.0
 *
 * peer_slots.h - how many other nodes a node knows of at a time. Private to
 * core/net.
 */
#ifndef VT_NET_PEER_SLOTS_H
#define VT_NET_PEER_SLOTS_H

/* Each known node has a slot; an observer's id is VT_PEER_OBSERVER + slot. */
#define VT_SLOTS_MAX 512u

#endif
