/* SPDX-License-Identifier: BSD-3-Clause */
#include "cookie.h"

#include <string.h>

/* The values seen most on the Internet (FreeBSD's tables), and a jumbo frame's. Ascending. */
static const uint16_t mss_table[8] = {216, 536, 1200, 1360, 1400, 1440, 1460, 8960};

/* Index 0: no window scaling. By window scale, the index; the last of these is COOKIE_NO_WSCALE. */
static const uint8_t wscale_table[8] = {COOKIE_NO_WSCALE, 0, 1, 2, 4, 6, 7, 8};
static const uint8_t wscale_index[16] = {1, 2, 3, 3, 4, 4, 5, 6, 7, 7, 7, 7, 7, 7, 7, 0};

static void
epoch_secret(struct cookie_jar *jar, uint64_t epoch)
{
	uint64_t label[2] = {epoch, 0};
	struct siphash_key *k = &jar->secret[epoch & 1];

	k->k0 = siphash24(&jar->master, label, sizeof(label));
	label[1] = 1;
	k->k1 = siphash24(&jar->master, label, sizeof(label));
}

void
cookie_jar_init(struct cookie_jar *jar, const uint8_t master[32], uint64_t wall_us)
{
	struct siphash_key halves[2];

	/* 256 bits of secret into the 128 of a key: each half keys a hash of the other. */
	memcpy(halves, master, sizeof(halves));
	jar->master.k0 = siphash24(&halves[0], &halves[1], sizeof(halves[1]));
	jar->master.k1 = siphash24(&halves[1], &halves[0], sizeof(halves[0]));
	jar->epoch = wall_us / COOKIE_EPOCH_US;
	epoch_secret(jar, jar->epoch);
	epoch_secret(jar, jar->epoch - 1);
}

void
cookie_jar_rotate(struct cookie_jar *jar, uint64_t wall_us)
{
	if (wall_us < (jar->epoch + 1) * COOKIE_EPOCH_US)
		return;
	jar->epoch = wall_us / COOKIE_EPOCH_US;
	epoch_secret(jar, jar->epoch);
	epoch_secret(jar, jar->epoch - 1);
}

static uint8_t
mss_index(uint16_t mss)
{
	unsigned i = 7;

	while (i && mss_table[i] > mss)
		i--;
	return (uint8_t)i;
}

static struct cookie
cookie_make(const struct cookie_jar *jar, const struct tuple *t, uint32_t irs, uint8_t options)
{
	uint32_t ports;

	memcpy(&ports, &t->local_port, sizeof(ports));
	return (struct cookie){{
		.key = &jar->secret[options >> 7],
		.tuple = t,
		.number = rte_le_to_cpu_32(ports) | (uint64_t)irs << 32,
		.byte = options,
	}};
}

struct cookie
cookie_ask(const struct cookie_jar *jar, const struct tuple *t, uint32_t irs,
	   const struct cookie_options *o)
{
	uint8_t options = (uint8_t)((jar->epoch & 1) << 7 | (o->sack ? 1 << 6 : 0) |
				    wscale_index[o->wscale & 15] << 3 | mss_index(o->mss));

	return cookie_make(jar, t, irs, options);
}

struct cookie
cookie_claim(const struct cookie_jar *jar, const struct tuple *t, uint32_t irs, uint32_t iss)
{
	return cookie_make(jar, t, irs, (uint8_t)(iss ^ iss >> 24));
}

static uint32_t
cookie_of(uint8_t options, uint64_t mac)
{
	return ((uint32_t)mac & 0xffffff00) | (options ^ ((uint32_t)mac >> 24));
}

uint32_t
cookie_iss(const struct cookie *c)
{
	return cookie_of(c->message.byte, addresses_prf(&c->message));
}

void
cookie_iss_burst(const struct cookie cookies[], unsigned n, uint32_t iss[])
{
	uint64_t macs[COOKIE_BURST];

	static_assert(sizeof(cookies[0]) == sizeof(cookies[0].message),
		      "an array of the one is one of the other");
	addresses_prf_burst(&cookies->message, n, macs);
	for (unsigned i = 0; i < n; i++)
		iss[i] = cookie_of(cookies[i].message.byte, macs[i]);
}

void
cookie_read(const struct cookie *c, struct cookie_options *o)
{
	uint8_t options = c->message.byte;

	o->mss = mss_table[options & 7];
	o->wscale = wscale_table[options >> 3 & 7];
	o->sack = options >> 6 & 1;
}
