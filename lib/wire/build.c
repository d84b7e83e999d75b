/* SPDX-License-Identifier: BSD-3-Clause */
#include "build.h"

#include "segment.h"

void
l2_build(struct l2_header *h, const struct rte_ether_addr *dst, const struct rte_ether_addr *src,
	 uint16_t vlan, uint16_t ethertype)
{
	uint8_t *p = h->bytes;

	p = put_bytes(p, dst, sizeof(*dst));
	p = put_bytes(p, src, sizeof(*src));
	if (vlan != 0)
		p = put32(p, (uint32_t)ETH_TYPE_VLAN << 16 | vlan);
	p = put16(p, ethertype);
	h->len = (uint8_t)(p - h->bytes);
}

unsigned
segment_build(uint8_t *out, const struct segment_header *h, uint64_t payload_sum, bool offload)
{
	if (likely(tuple_is_ip4(h->tuple)))
		return segment_put(out, h, true, h->options_len, payload_sum, offload);
	return segment_put(out, h, false, h->options_len, payload_sum, offload);
}
