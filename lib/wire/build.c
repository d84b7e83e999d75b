/* SPDX-License-Identifier: BSD-3-Clause */
#include "build.h"

#include <string.h>

#include <rte_branch_prediction.h>
#include <rte_byteorder.h>
#include <rte_ip.h>
#include <rte_tcp.h>

#include "checksum.h"

void
l2_build(struct l2_header *h, const struct rte_ether_addr *dst, const struct rte_ether_addr *src,
	 uint16_t vlan, uint16_t ethertype)
{
	uint8_t *p = h->bytes;

	memcpy(p, dst, RTE_ETHER_ADDR_LEN);
	memcpy(p + 6, src, RTE_ETHER_ADDR_LEN);
	p += 12;
	if (vlan != 0) {
		*p++ = RTE_ETHER_TYPE_VLAN >> 8;
		*p++ = RTE_ETHER_TYPE_VLAN & 0xff;
		*p++ = (uint8_t)(vlan >> 8);
		*p++ = (uint8_t)vlan;
	}
	*p++ = (uint8_t)(ethertype >> 8);
	*p++ = (uint8_t)ethertype;
	h->len = (uint8_t)(p - h->bytes);
}

/* 20 bytes, complete but for the checksum, which is 0. */
static void
ip4_build(struct rte_ipv4_hdr *ip, const struct segment_header *h, uint16_t total_len)
{
	*ip = (struct rte_ipv4_hdr){
		.version_ihl = RTE_IPV4_VHL_DEF,
		.type_of_service = h->tos,
		.total_length = rte_cpu_to_be_16(total_len),
		.packet_id = rte_cpu_to_be_16(h->ip_id),
		.fragment_offset = RTE_BE16(RTE_IPV4_HDR_DF_FLAG),
		.time_to_live = h->ttl,
		.next_proto_id = IPPROTO_TCP,
		.src_addr = h->tuple->local.w32[3],
		.dst_addr = h->tuple->remote.w32[3],
	};
}

static void
ip6_build(struct rte_ipv6_hdr *ip, const struct segment_header *h, uint16_t payload_len)
{
	ip->vtc_flow = rte_cpu_to_be_32(6u << 28 | (uint32_t)h->tos << 20);
	ip->payload_len = rte_cpu_to_be_16(payload_len);
	ip->proto = IPPROTO_TCP;
	ip->hop_limits = h->ttl;
	memcpy(&ip->src_addr, &h->tuple->local, 16);
	memcpy(&ip->dst_addr, &h->tuple->remote, 16);
}

static void
tcp_build(struct rte_tcp_hdr *tcp, const struct segment_header *h)
{
	*tcp = (struct rte_tcp_hdr){
		.src_port = h->tuple->local_port,
		.dst_port = h->tuple->remote_port,
		.sent_seq = rte_cpu_to_be_32(h->seq),
		.recv_ack = rte_cpu_to_be_32(h->ack),
		.data_off = (uint8_t)((20 + h->options_len) / 4 << 4),
		.tcp_flags = h->flags,
		.rx_win = rte_cpu_to_be_16(h->wnd),
		.tcp_urp = rte_cpu_to_be_16(h->urgent),
	};
	memcpy(tcp + 1, h->options, h->options_len);
}

/* What hardware adds to its own sum of the segment: the pseudo-header, which has no ports. */
static uint16_t
pseudo_header_sum(const struct segment_header *h, uint16_t tcp_len)
{
	uint32_t ports;

	memcpy(&ports, &h->tuple->local_port, sizeof(ports));
	return csum_fold(
		csum_add(csum_add(h->pseudo_sum, (uint32_t)~ports), rte_cpu_to_be_16(tcp_len)));
}

/* pseudo_sum holds the ports, so the sum of the header starts behind them. */
static uint16_t
tcp_checksum(const struct rte_tcp_hdr *tcp, const struct segment_header *h, uint16_t tcp_len,
	     uint64_t payload_sum)
{
	uint64_t sum = csum_add(h->pseudo_sum, rte_cpu_to_be_16(tcp_len));

	sum = csum_add(sum, payload_sum);
	sum = csum_bytes(sum, &tcp->sent_seq, 16 + h->options_len);
	return (uint16_t)~csum_fold(sum);
}

unsigned
segment_build(uint8_t *out, const struct segment_header *h, uint64_t payload_sum, bool offload)
{
	bool ip4 = tuple_is_ip4(h->tuple);
	unsigned ip_len = ip4 ? sizeof(struct rte_ipv4_hdr) : sizeof(struct rte_ipv6_hdr);
	uint16_t tcp_len = (uint16_t)(20 + h->options_len + h->payload_len);
	struct rte_tcp_hdr *tcp = (struct rte_tcp_hdr *)(out + ip_len);

	if (likely(ip4))
		ip4_build((struct rte_ipv4_hdr *)out, h, (uint16_t)(20 + tcp_len));
	else
		ip6_build((struct rte_ipv6_hdr *)out, h, tcp_len);
	tcp_build(tcp, h);
	if (offload) {
		tcp->cksum = pseudo_header_sum(h, tcp_len);
	} else {
		tcp->cksum = tcp_checksum(tcp, h, tcp_len, payload_sum);
		if (ip4)
			((struct rte_ipv4_hdr *)out)->hdr_checksum =
				(uint16_t)~csum_fold(csum_bytes(0, out, 20));
	}
	return ip_len + 20 + h->options_len;
}
