/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Ethernet II with at most one 802.1Q tag, which the NIC may have stripped. VLAN id 0 is a priority
 * tag (802.1Q 9.6): such a frame counts as untagged. Frames with a length instead of a type
 * (802.3), and service tags (802.1ad), are nobody's.
 */
#ifndef TCT_WIRE_ETH_H
#define TCT_WIRE_ETH_H

#include <stdbool.h>

#include <rte_branch_prediction.h>
#include <rte_common.h>
#include <rte_mbuf.h>

#include "bytes.h"
#include "packet.h"

#define ETH_LEN	     14u
#define ETH_VLAN_LEN 18u

#define ETH_TYPE_IP4  0x0800
#define ETH_TYPE_ARP  0x0806
#define ETH_TYPE_VLAN 0x8100
#define ETH_TYPE_IP6  0x86dd

static __rte_always_inline bool
eth_is_group(const uint8_t *mac)
{
	return mac[0] & 1;
}

/* To the filter's MAC, to everybody, or to an IPv6 group (RFC 2464 7). */
static __rte_always_inline bool
eth_is_for(const uint8_t *mac, const struct packet_filter *f)
{
	uint32_t high = load32(mac);
	uint16_t low = get16(mac + 4);
	const uint8_t *own = f->mac.addr_bytes;

	if (likely(((high ^ load32(own)) | (uint32_t)(low ^ get16(own + 4))) == 0))
		return true;
	return f->all_macs || (high == UINT32_MAX && low == UINT16_MAX) ||
	       (mac[0] == 0x33 && mac[1] == 0x33);
}

/* Sets l2_len and *type. */
static __rte_always_inline enum counter
eth_parse(struct packet *p, const struct view *v, const struct rte_mbuf *m,
	  const struct packet_filter *f, uint16_t *type)
{
	const uint8_t *b = v->bytes;
	uint16_t vlan = 0;

	if (unlikely(v->len < ETH_LEN))
		return COUNTER_DROP_SHORT_FRAME;
	if (unlikely(!eth_is_for(b, f)))
		return COUNTER_DROP_OTHER_MAC;
	p->l2_len = ETH_LEN;
	*type = get16(b + 12);
	if (m->ol_flags & RTE_MBUF_F_RX_VLAN_STRIPPED) {
		vlan = m->vlan_tci & 0xfff;
	} else if (*type == ETH_TYPE_VLAN) {
		if (unlikely(v->len < ETH_VLAN_LEN))
			return COUNTER_DROP_SHORT_FRAME;
		p->l2_len = ETH_VLAN_LEN;
		vlan = get16(b + 14) & 0xfff;
		*type = get16(b + 16);
	}
	if (unlikely(vlan != f->vlan || *type == ETH_TYPE_VLAN))
		return COUNTER_DROP_VLAN;
	return COUNTER_NONE;
}

#endif
