/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A TCP segment's headers written, inline: what segment_build() is made of, for callers that know
 * more of the segment than it does, above all the length of its options. See build.h.
 *
 * Headers are written word by word and summed from the words in hand: reading back what was just
 * written in other pieces would stall until the stores are done. Words here are as they lie in
 * memory; no sum of these few can overflow 64 bits.
 */
#ifndef TCT_WIRE_SEGMENT_H
#define TCT_WIRE_SEGMENT_H

#include "build.h"
#include "tcp.h"

#define SEGMENT_USUAL_OPTIONS 20 /* bytes */

static __rte_always_inline uint8_t *
put_summed(uint8_t *p, uint32_t word, uint64_t *sum)
{
	memcpy(p, &word, sizeof(word));
	*sum += word;
	return p + sizeof(word);
}

static __rte_always_inline void
ip4_put(uint8_t *ip, const struct segment_header *h, uint16_t total_len, bool offload)
{
	uint32_t ttl_proto = rte_cpu_to_be_32((uint32_t)h->ttl << 24 | IPPROTO_TCP << 16);
	uint64_t sum = ttl_proto;
	uint8_t *p = ip;

	p = put_summed(p, rte_cpu_to_be_32(0x45u << 24 | (uint32_t)h->tos << 16 | total_len), &sum);
	p = put_summed(p, rte_cpu_to_be_32((uint32_t)h->ip_id << 16 | IP4_DONT_FRAGMENT), &sum);
	p = put_summed(p + 4, h->tuple->local.w32[3], &sum);
	put_summed(p, h->tuple->remote.w32[3], &sum);
	if (!offload)
		ttl_proto |= (uint32_t)(uint16_t)~csum_fold(sum) << 16;
	memcpy(ip + 8, &ttl_proto, sizeof(ttl_proto));
}

/* What hardware adds to its own sum of the segment: the pseudo-header, which has no ports. */
static __rte_always_inline uint16_t
pseudo_header_sum(const struct segment_header *h, uint32_t ports, uint16_t tcp_len)
{
	uint64_t sum = csum_add(h->pseudo_sum, (uint32_t)~ports);

	return csum_fold(csum_add(sum, rte_cpu_to_be_16(tcp_len)));
}

static __rte_always_inline void
tcp_put(uint8_t *tcp, const struct segment_header *h, unsigned options_len, uint16_t tcp_len,
	uint64_t payload_sum, bool offload)
{
	uint32_t ports = load32((const uint8_t *)&h->tuple->local_port);
	uint32_t offset_flags_wnd =
		(uint32_t)(TCP_LEN + options_len) / 4 << 28 | (uint32_t)h->flags << 16 | h->wnd;
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
	for (unsigned i = 0; h->options != NULL && i < options_len; i += 4)
		p = put_summed(p, load32(h->options + i), &sum);
	if (offload)
		checksum = pseudo_header_sum(h, ports, h->tso ? 0 : tcp_len);
	else
		checksum =
			(uint16_t)~csum_fold(csum_add(csum_add(sum, h->pseudo_sum), payload_sum));
	memcpy(tcp + 16, &checksum, sizeof(checksum));
	memcpy(tcp + 18, &urgent, sizeof(urgent));
}

/* segment_build() with options_len for h->options_len, and the tuple's version known. No options:
 * the caller writes them, and payload_sum has theirs. */
static __rte_always_inline unsigned
segment_put(uint8_t *out, const struct segment_header *h, bool ip4, unsigned options_len,
	    uint64_t payload_sum, bool offload)
{
	uint16_t tcp_len = (uint16_t)(TCP_LEN + options_len + h->payload_len);
	unsigned ip_len = ip4 ? IP4_LEN : IP6_LEN;

	if (ip4)
		ip4_put(out, h, (uint16_t)(IP4_LEN + tcp_len), offload);
	else
		ip6_put(out, h->tos, tcp_len, IPPROTO_TCP, h->ttl, &h->tuple->local,
			&h->tuple->remote);
	tcp_put(out + ip_len, h, options_len, tcp_len, payload_sum, offload);
	return ip_len + TCP_LEN + options_len;
}

/* A SYN's or SYN-ACK's with all four options, MSS, SACK permitted, timestamps and window scale: h
 * has neither options nor pseudo_sum. They are written from here, word by word, and count as
 * payload in the sum. */
static __rte_always_inline unsigned
segment_put_usual(uint8_t *out, const struct segment_header *h, const struct tcp_options *o,
		  bool ip4, bool offload)
{
	uint8_t *p = out + (ip4 ? IP4_LEN : IP6_LEN) + TCP_LEN;
	struct segment_header with = *h;
	uint64_t sum = 0;

	p = put_summed(p, rte_cpu_to_be_32(0x02040000 | o->mss), &sum);
	p = put_summed(p, RTE_BE32(0x0402080a), &sum);
	p = put_summed(p, rte_cpu_to_be_32(o->ts_val), &sum);
	p = put_summed(p, rte_cpu_to_be_32(o->ts_ecr), &sum);
	put_summed(p, rte_cpu_to_be_32(0x01030300 | o->wscale), &sum);
	with.options = NULL;
	with.pseudo_sum = csum_tuple_ports(h->tuple, ip4);
	return segment_put(out, &with, ip4, SEGMENT_USUAL_OPTIONS, sum, offload);
}

#endif
