/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bulk: many full segments of new data in a row, by one flush of one conn.
 *
 * Their headers differ in two words, the sequence number and the checksum. So the first one's are
 * made, and the others copied from it. The buffers that come next are fetched while one is filled:
 * whoever had them before, the port or the other end of an in-memory one, has left them in another
 * core's cache or in none, and a segment's text lies in two dozen lines. What is in flight is
 * booked once, for all of them: they leave at one time.
 *
 * All that is not so plain is left to send_segment(): what is lost, the last segment with its PSH
 * or FIN, holes, ECN, a path in doubt, what is lent to the port (lend.c), and
 * what it cuts up itself.
 */
#include "plain.h"

/* IPv6 with timestamps. */
#define HEADERS_MAX (IP6_LEN + TCP_LEN + 12)

struct run {
	struct segment_out next;
	uint64_t sum; /* checksummed in each, besides its number and its text */
	unsigned ip_len;
	unsigned options_len;
	unsigned len; /* of all headers */
	uint8_t headers[HEADERS_MAX];
};

bool
run_may(const struct tct_conn *c, const struct flight *f)
{
	const struct tcp_stack *s = c->stack;

	return f->lost_bytes == 0 && c->mss < s->lend_min && c->snd_nxt == c->snd_max &&
	       c->reorder == POOL_NONE && !(c->flags & (CONN_ECN | CONN_PATH_LOWERED)) &&
	       !(tuple_is_ip4(&c->tuple) ? s->tso_ip4 : s->tso_ip6);
}

/* As of a segment whose number and text are 0. */
static void
run_headers(struct run *run, struct tct_conn *c)
{
	const struct tcp_stack *s = c->stack;
	uint32_t timestamps[] = {RTE_BE32(0x0101080a), rte_cpu_to_be_32(s->now + c->ts_offset),
				 rte_cpu_to_be_32(c->ts_recent)};
	const struct segment_header h = {
		.tuple = &c->tuple,
		.ack = c->rcv_nxt,
		.wnd = window_field(c),
		.flags = TCP_FLAG_ACK,
		.tos = c->dscp_tx,
		.ttl = s->config.ttl,
		.options_len = (uint8_t)run->options_len,
		.options = (const uint8_t *)timestamps,
		.payload_len = c->mss,
		.pseudo_sum = csum_tuple(&c->tuple, 1),
	};

	run->len = segment_build(run->headers, &h, 0, s->tx_checksum);
	run->sum = (uint16_t)~load16(run->headers + run->ip_len + 16);
}

/* What the next segment will be written to, while this one is. */
static void
prefetch_next(const struct tx_queue *q, unsigned len)
{
	const struct rte_mbuf *m = q->spare[q->spare_count - 1];
	const uint8_t *data = (const uint8_t *)m->buf_addr + TX_HEADROOM;

	for (unsigned at = 0; at < len; at += RTE_CACHE_LINE_SIZE)
		prefetch_own(data + at);
}

/* Most text lies in one piece. */
static inline uint64_t
run_text(struct tct_conn *c, const struct segment_out *o, uint8_t *out)
{
	struct tcp_stack *s = c->stack;
	struct extent piece;

	if (s->tx_checksum ||
	    !extent_pieces(&c->sndq, &s->extents, &s->cursor, o->offset, o->len, &piece, 1))
		return plain_text(c, o, out);
	return csum_copy(out, piece.bytes, o->len);
}

/* The headers are copied in one length, whatever theirs is: the text comes over the rest. */
static inline void
run_segment(struct run *run, struct tct_conn *c)
{
	struct tcp_stack *s = c->stack;
	struct rte_mbuf *m = tx_take(s->tx, 0);
	uint32_t len = run->len + run->next.len, seq = rte_cpu_to_be_32(run->next.seq);
	uint8_t *p = rte_pktmbuf_mtod(m, uint8_t *), *tcp = p + run->ip_len;
	uint16_t checksum;
	uint64_t sum;

	prefetch_next(s->tx, len);
	memcpy(p, run->headers, sizeof(run->headers));
	sum = run_text(c, &run->next, p + run->len);
	memcpy(tcp + 4, &seq, sizeof(seq));
	if (!s->tx_checksum) {
		checksum = (uint16_t)~csum_fold(csum_add(csum_add(run->sum, seq), sum));
		memcpy(tcp + 16, &checksum, sizeof(checksum));
	}
	m->data_len = (uint16_t)len;
	m->pkt_len = len;
	mbuf_offload(s, m, &c->tuple, run->options_len, 0);
	tx_put(s->tx, m, c->hop);
}

uint32_t
run_send(struct tct_conn *c, uint32_t room)
{
	struct tcp_stack *s = c->stack;
	struct run run = {
		.next = {.seq = c->snd_nxt, .offset = c->snd_nxt - c->snd_una, .len = c->mss},
		.ip_len = tuple_is_ip4(&c->tuple) ? IP4_LEN : IP6_LEN,
		.options_len = c->flags & CONN_TIMESTAMPS ? 12 : 0,
	};
	uint32_t sent = 0;

	if (room < c->mss || !tx_room(s->tx) || s->tx->spare_count <= TX_RESERVE)
		return 0;
	run_headers(&run, c);
	do {
		run_segment(&run, c);
		run.next.seq += c->mss;
		run.next.offset += c->mss;
		sent += c->mss;
		tcp_count(s, COUNTER_TCP_TX);
	} while (room - sent >= c->mss && tx_room(s->tx) && s->tx->spare_count > TX_RESERVE);
	s->counters->v[COUNTER_TCP_BYTES_TX] += sent;
	plain_acknowledged(c);
	return sent;
}
