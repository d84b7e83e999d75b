/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Initial sequence numbers (RFC 6528) and timestamp offsets (RFC 7323 5.4).
 *
 * ISN = M + F(tuple, key), M a clock of 4 us and F SipHash-2-4: unpredictable from outside, and
 * rising from one incarnation of a tuple to the next. The timestamp offset hangs on the address
 * pair alone, so that timestamps rise across connections between the same hosts, as RFC 6191 3
 * wants.
 */
#include "internal.h"

uint32_t
isn_make(const struct tcp_stack *s, const struct tuple *t)
{
	return (uint32_t)tuple_prf(&s->isn_key, t) + (uint32_t)(s->now_us >> 2);
}

uint32_t
ts_offset_make(const struct tcp_stack *s, const struct tuple *t)
{
	if (!s->config.timestamps)
		return 0;
	return (uint32_t)addresses_prf(&s->ts_key, t);
}
