/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a NIC does to a packet that asks for it: it cuts the payload into segments (TSO), writes
 * into each header what differs, and finishes the checksums from the sum that it finds in the
 * header. It trusts the buffer's lengths, not the packet; so what comes out is right if they are.
 */
#ifndef TCT_TESTS_NIC_H
#define TCT_TESTS_NIC_H

#include "wire/build.h"
#include "wire/checksum.h"

static inline void
nic_put16(uint8_t *p, uint16_t value)
{
	value = rte_cpu_to_be_16(value);
	memcpy(p, &value, sizeof(value));
}

static inline void
nic_finish_ip(uint8_t *ip, const struct rte_mbuf *m, unsigned tcp_len)
{
	uint16_t sum;

	if (m->ol_flags & RTE_MBUF_F_TX_IPV6) {
		nic_put16(ip + 4, (uint16_t)tcp_len);
		return;
	}
	nic_put16(ip + 2, (uint16_t)(m->l3_len + tcp_len));
	sum = (uint16_t)~csum_fold(csum_bytes(0, ip, m->l3_len));
	memcpy(ip + 10, &sum, sizeof(sum));
}

/* at: of the segment in the payload. The pseudo-header's sum lacks the length if there is more than
 * one. */
static inline void
nic_finish_tcp(uint8_t *tcp, const struct rte_mbuf *m, unsigned at, unsigned tcp_len, bool last)
{
	uint64_t sum =
		m->ol_flags & RTE_MBUF_F_TX_TCP_SEG ? rte_cpu_to_be_16((uint16_t)tcp_len) : 0;
	uint32_t seq;
	uint16_t field;

	memcpy(&seq, tcp + 4, sizeof(seq));
	seq = rte_cpu_to_be_32(rte_be_to_cpu_32(seq) + at);
	memcpy(tcp + 4, &seq, sizeof(seq));
	if (!last)
		tcp[13] &= (uint8_t) ~(TCP_FLAG_FIN | TCP_FLAG_PSH);
	field = (uint16_t)~csum_fold(csum_bytes(sum, tcp, tcp_len));
	memcpy(tcp + 16, &field, sizeof(field));
}

static inline void
nic_send(const struct rte_mbuf *m, bool l2, void (*sent)(const uint8_t *, unsigned, bool))
{
	static uint8_t copy[UINT16_MAX + 128], frame[UINT16_MAX + 128];
	unsigned ip = l2 ? m->l2_len : 0, tcp = ip + m->l3_len, hdr = tcp + m->l4_len;
	const uint8_t *whole = rte_pktmbuf_read(m, 0, m->pkt_len, copy);
	unsigned payload = m->pkt_len - hdr, at = 0, n;
	unsigned most = m->ol_flags & RTE_MBUF_F_TX_TCP_SEG ? m->tso_segsz : payload;

	do {
		n = RTE_MIN(most, payload - at);
		memcpy(frame, whole, hdr);
		memcpy(frame + hdr, whole + hdr + at, n);
		nic_finish_ip(frame + ip, m, m->l4_len + n);
		nic_finish_tcp(frame + tcp, m, at, m->l4_len + n, at + n == payload);
		sent(frame, hdr + n, l2);
		at += n;
	} while (at < payload);
}

#endif
