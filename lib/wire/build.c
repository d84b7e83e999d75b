/* SPDX-License-Identifier: BSD-3-Clause */
#include "build.h"

#include "tcp.h"

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

/*
 * IPv4 and TCP headers are written word by word and summed from the words in hand: reading back
 * what was just written in other pieces would stall until the stores are done. Words here are as
 * they lie in memory.
 */
static __rte_always_inline uint8_t *
put_summed(uint8_t *p, uint32_t word, uint64_t *sum)
{
	memcpy(p, &word, sizeof(word));
	*sum += word;
	return p + sizeof(word);
}

static __rte_always_inline void
ip4_build(uint8_t *ip, const struct segment_header *h, uint16_t total_len, bool offload)
{
	uint32_t ttl_proto = rte_cpu_to_be_32((uint32_t)h->ttl << 24 | IPPROTO_TCP << 16);
	uint64_t sum = ttl_proto;
	uint8_t *p = ip;

	p = put_summed(p, rte_cpu_to_be_32(0x45u << 24 | (uint32_t)h->tos << 16 | total_len), &sum);
	p = put_summed(p, rte_cpu_to_be_32((uint32_t)h->ip_id << 16 | IP4_DONT_FRAGMENT), &sum);
	p = put_summed(p + 4, h->tuple->local.w32[3], &sum);
	put_summed(p, h->tuple->remote.w32[3], &sum);
	if (!offload)
		ttl_proto |= rte_cpu_to_be_32((uint16_t)~rte_be_to_cpu_16(csum_fold(sum)));
	memcpy(ip + 8, &ttl_proto, sizeof(ttl_proto));
}

/* What hardware adds to its own sum of the segment: the pseudo-header, which has no ports. */
static uint16_t
pseudo_header_sum(const struct segment_header *h, uint32_t ports, uint16_t tcp_len)
{
	uint64_t sum = csum_add(h->pseudo_sum, (uint32_t)~ports);

	return csum_fold(csum_add(sum, rte_cpu_to_be_16(tcp_len)));
}

static __rte_always_inline void
tcp_build(uint8_t *tcp, const struct segment_header *h, uint16_t tcp_len, uint64_t payload_sum,
	  bool offload)
{
	uint32_t ports = load32((const uint8_t *)&h->tuple->local_port);
	uint32_t offset_flags_wnd =
		(uint32_t)(TCP_LEN + h->options_len) / 4 << 28 | (uint32_t)h->flags << 16 | h->wnd;
	uint16_t urgent = rte_cpu_to_be_16(h->urgent);
	uint64_t sum = rte_cpu_to_be_16(tcp_len);
	uint16_t checksum;
	uint8_t *p = tcp;

	memcpy(p, &ports, sizeof(ports)); /* in pseudo_sum already */
	p = put_summed(p + 4, rte_cpu_to_be_32(h->seq), &sum);
	p = put_summed(p, rte_cpu_to_be_32(h->ack), &sum);
	p = put_summed(p, rte_cpu_to_be_32(offset_flags_wnd), &sum);
	sum += urgent;
	p += 4;
	for (unsigned i = 0; i < h->options_len; i += 4)
		p = put_summed(p, load32(h->options + i), &sum);
	if (offload)
		checksum = pseudo_header_sum(h, ports, h->tso ? 0 : tcp_len);
	else
		checksum =
			(uint16_t)~csum_fold(csum_add(csum_add(sum, h->pseudo_sum), payload_sum));
	memcpy(tcp + 16, &checksum, sizeof(checksum));
	memcpy(tcp + 18, &urgent, sizeof(urgent));
}

unsigned
segment_build(uint8_t *out, const struct segment_header *h, uint64_t payload_sum, bool offload)
{
	bool ip4 = tuple_is_ip4(h->tuple);
	unsigned ip_len = ip4 ? IP4_LEN : IP6_LEN;
	uint16_t tcp_len = (uint16_t)(TCP_LEN + h->options_len + h->payload_len);

	if (likely(ip4))
		ip4_build(out, h, (uint16_t)(IP4_LEN + tcp_len), offload);
	else
		ip6_put(out, h->tos, tcp_len, IPPROTO_TCP, h->ttl, &h->tuple->local,
			&h->tuple->remote);
	tcp_build(out + ip_len, h, tcp_len, payload_sum, offload);
	return ip_len + TCP_LEN + h->options_len;
}
