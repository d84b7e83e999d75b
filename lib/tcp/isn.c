/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Initial sequence numbers (RFC 6528) and timestamp offsets (RFC 7323 5.4).
 *
 * ISN = M + F(tuple, key), M a clock of 4 us and F SipHash-2-4: unpredictable from outside, and
 * rising from one incarnation of a tuple to the next. The timestamp offset hangs on the address
 * pair alone, so that timestamps rise across connections between the same hosts, as RFC 6191 3
 * wants.
 *
 * The ISN of a connection that is opened silently is the other half of F, without a clock: so that
 * what answers its SYN is known by its acknowledgment alone, for as long as somebody answers, and
 * no record has to wait for it. Nobody who knows one half of F can tell the other.
 */
#include "internal.h"

uint32_t
isn_of(const struct tcp_stack *s, uint64_t prf)
{
	return (uint32_t)prf + (uint32_t)(s->now_us >> 2);
}

uint32_t
isn_make(const struct tcp_stack *s, const struct tuple *t)
{
	return isn_of(s, tuple_prf(&s->isn_key, t));
}

uint32_t
isn_silent(uint64_t prf)
{
	return (uint32_t)(prf >> 32);
}

bool
answers_silent(const struct tcp_stack *s, const struct packet *p)
{
	return p->flags & TCP_FLAG_ACK &&
	       p->ack == isn_silent(tuple_prf(&s->isn_key, &p->tuple)) + 1;
}

void
ts_offset_renew(struct ts_offset *o, const struct siphash_key *key, const struct tuple *t)
{
	*o = (struct ts_offset){t->local, t->remote, (uint32_t)hosts_prf(key, t)};
}

void
ts_offset_burst(const struct tcp_stack *s, const struct tuple *const tuples[], unsigned n,
		uint32_t offsets[])
{
	const struct tuple *made[TCP_BURST];
	uint64_t hashes[TCP_BURST];
	uint8_t of[TCP_BURST];
	unsigned count = 0;

	for (unsigned i = 0; i < n; i++) {
		const struct ts_offset *o = &s->ts_offsets[ts_offset_place(tuples[i])];

		if (ts_offset_is(o, tuples[i])) {
			offsets[i] = o->offset;
			continue;
		}
		of[count] = (uint8_t)i;
		made[count++] = tuples[i];
	}
	if (count == 0)
		return;
	hosts_prf_burst(&s->ts_key, made, count, hashes);
	for (unsigned i = 0; i < count; i++)
		offsets[of[i]] = (uint32_t)hashes[i];
}
