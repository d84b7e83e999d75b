/* SPDX-License-Identifier: BSD-3-Clause */
#include "build.h"

#include "segment.h"

void
l2_build(struct l2_header *h, const struct rte_ether_addr *dst, const struct rte_ether_addr *src,
	 uint16_t vlan, uint16_t ethertype)
{
	uint64_t first = load32(dst->addr_bytes) | (uint64_t)load16(dst->addr_bytes + 4) << 32 |
			 (uint64_t)load16(src->addr_bytes) << 48;
	uint32_t second = load32(src->addr_bytes + 2);
	uint8_t *p = put_bytes(h->bytes, &first, sizeof(first));

	p = put_bytes(p, &second, sizeof(second));
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

/* All that a SYN offers, and nothing else: 20 bytes. */
static bool
are_usual(const struct tcp_options *o)
{
	return o->mss != 0 && o->sack_permitted && o->has_ts && o->has_wscale && !o->sack_blocks;
}

unsigned
segment_build_options(uint8_t *out, const struct segment_header *h, const struct tcp_options *o,
		      bool offload)
{
	uint8_t options[TCP_OPTIONS_MAX];
	struct segment_header with;

	if (likely(are_usual(o))) {
		if (likely(tuple_is_ip4(h->tuple)))
			return segment_put_usual(out, h, o, true, offload);
		return segment_put_usual(out, h, o, false, offload);
	}
	with = *h;
	with.options = options;
	with.options_len = (uint8_t)tcp_options_build(o, options);
	with.pseudo_sum = csum_tuple(h->tuple, 1);
	return segment_build(out, &with, 0, offload);
}
