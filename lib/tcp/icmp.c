/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ICMP errors about connections: RFC 9293 3.9.2.2, made safe as RFC 5927 says.
 *
 * The error must quote a segment that is in flight (RFC 5927 4.1). A soft error is told to the
 * service and ends nothing (MUST-56). A hard one ends a connection that is still being opened; once
 * it is open, even "hard" errors are treated as soft (RFC 5927 5.2).
 */
#include "internal.h"

static struct tct_conn *
quoted_conn(struct tcp_stack *s, const struct tuple *t, uint32_t seq)
{
	uint32_t ref = tcp_lookup(s, t, tuple_hash(&s->flow_key, t));
	struct tct_conn *c;

	if (REF_KIND(ref) != RECORD_CONN)
		goto unmatched;
	c = record_at(s, ref);
	if (!seq_between(seq, c->snd_una, c->snd_max - c->snd_una))
		goto unmatched;
	tcp_count(s, COUNTER_ICMP_ERROR_RX);
	return c;
unmatched:
	tcp_count(s, COUNTER_DROP_ICMP_UNMATCHED);
	return NULL;
}

void
tcp_icmp_error(struct tcp_stack *s, const struct tuple *t, uint32_t seq, int err, bool hard)
{
	struct tct_conn *c = quoted_conn(s, t, seq);

	if (!c)
		return;
	if (hard && c->state == STATE_SYN_SENT) { /* SHLD-26 */
		tcp_count(s, COUNTER_ICMP_HARD_ERROR);
		conn_kill(c, TCT_UNREACHABLE);
		return;
	}
	tcp_count(s, COUNTER_ICMP_SOFT_ERROR);
	if (c->service->error)
		c->service->error(c, err);
}

void
tcp_icmp_too_big(struct tcp_stack *s, const struct tuple *t, uint32_t seq, uint16_t mtu)
{
	struct tct_conn *c = quoted_conn(s, t, seq);
	bool ip4 = addr_is_ip4(&t->local);
	unsigned floor = ip4 ? 576 : 1280;
	unsigned mss = (mtu > floor ? mtu : floor) - (ip4 ? 40 : 60);

	if (!c || c->state == STATE_SYN_SENT || c->state == STATE_SYN_RCVD)
		return;
	mss -= c->flags & CONN_TIMESTAMPS ? 12 : 0;
	path_told(c, (uint16_t)mss);
}
