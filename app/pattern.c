/* SPDX-License-Identifier: BSD-3-Clause */
#include "pattern.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define RETRY_MS 20 /* after a refusal that was not for want of room */

/* Steele, Lea and Flood's SplitMix64: a bijection, so that no word comes twice. */
static uint64_t
mix(uint64_t x)
{
	x *= 0x9e3779b97f4a7c15;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return x ^ x >> 31;
}

static uint64_t words[PATTERN_WORDS];
static struct pattern pattern = {(const uint8_t *)words, PATTERN_BYTES};

const struct pattern *
pattern_get(void)
{
	for (uint64_t i = 0; words[0] == 0 && i < PATTERN_WORDS; i++)
		words[PATTERN_WORDS - 1 - i] = mix(PATTERN_WORDS - i);
	return &pattern;
}

void
pattern_move(service_copy *copy)
{
	const uint8_t *moved = copy(pattern_get()->bytes, PATTERN_BYTES);

	if (moved)
		pattern.bytes = moved;
}

static void
advance(const struct pattern *p, uint32_t *at, uint32_t n)
{
	*at += n;
	if (*at == p->len)
		*at = 0;
}

/* Sends what there is room for of len bytes; how many that were. */
static uint32_t
send_some(struct tct_conn *conn, const uint8_t *bytes, uint32_t len)
{
	int ret = tct_send(conn, bytes, len, TCT_SEND_STATIC);
	uint32_t room;

	if (ret != -ENOBUFS)
		return ret < 0 ? 0 : len;
	room = tct_send_room(conn);
	if (room == 0)
		return 0;
	len = room < len ? room : len;
	ret = tct_send(conn, bytes, len, TCT_SEND_STATIC);
	if (ret == -ENOBUFS)
		tct_set_wake(conn, RETRY_MS);
	return ret < 0 ? 0 : len;
}

uint64_t
pattern_send(struct tct_conn *conn, const struct pattern *p, uint32_t *at, uint64_t n)
{
	uint64_t sent = 0;

	while (sent < n) {
		uint32_t len = p->len - *at;

		if (len > n - sent)
			len = (uint32_t)(n - sent);
		len = send_some(conn, p->bytes + *at, len);
		if (len == 0)
			break;
		advance(p, at, len);
		sent += len;
	}
	return sent;
}

static uint32_t
same(const uint8_t *a, const uint8_t *b, uint32_t len)
{
	uint32_t n = 0;

	if (memcmp(a, b, len) == 0)
		return len;
	while (a[n] == b[n])
		n++;
	return n;
}

uint32_t
pattern_check(const struct pattern *p, uint32_t *at, const void *bytes, uint32_t len)
{
	uint32_t done = 0;

	while (done < len) {
		uint32_t n = p->len - *at < len - done ? p->len - *at : len - done;
		uint32_t good = same(p->bytes + *at, (const uint8_t *)bytes + done, n);

		advance(p, at, good);
		done += good;
		if (good < n)
			break;
	}
	return done;
}
