/* SPDX-License-Identifier: BSD-3-Clause */
#include "cookie.h"

#include <string.h>

/* The values seen most on the Internet (FreeBSD's tables), and a jumbo frame's. Ascending. */
static const uint16_t mss_table[8] = {216, 536, 1200, 1360, 1400, 1440, 1460, 8960};

/* Index 0: no window scaling. */
static const uint8_t wscale_table[8] = {COOKIE_NO_WSCALE, 0, 1, 2, 4, 6, 7, 8};

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

static uint8_t
wscale_index(uint8_t wscale)
{
	unsigned i = 7;

	if (wscale == COOKIE_NO_WSCALE)
		return 0;
	while (i > 1 && wscale_table[i] > wscale)
		i--;
	return (uint8_t)i;
}

struct cookie
cookie_ask(const struct cookie_jar *jar, const struct tuple *t, uint32_t irs,
	   const struct cookie_options *o)
{
	return (struct cookie){
		.tuple = t,
		.irs = irs,
		.options = (uint8_t)((jar->epoch & 1) << 7 | (o->sack ? 1 << 6 : 0) |
				     wscale_index(o->wscale) << 3 | mss_index(o->mss)),
	};
}

struct cookie
cookie_claim(const struct tuple *t, uint32_t irs, uint32_t iss)
{
	return (struct cookie){.tuple = t, .irs = irs, .options = (uint8_t)(iss ^ iss >> 24)};
}

static struct addresses_message
cookie_message(const struct cookie_jar *jar, const struct cookie *c)
{
	uint32_t ports;

	memcpy(&ports, &c->tuple->local_port, sizeof(ports));
	return (struct addresses_message){
		.key = &jar->secret[c->options >> 7],
		.tuple = c->tuple,
		.number = rte_le_to_cpu_32(ports) | (uint64_t)c->irs << 32,
		.byte = c->options,
	};
}

static uint32_t
cookie_of(const struct cookie *c, uint64_t mac)
{
	return ((uint32_t)mac & 0xffffff00) | (c->options ^ ((uint32_t)mac >> 24));
}

uint32_t
cookie_iss(const struct cookie_jar *jar, const struct cookie *c)
{
	struct addresses_message m = cookie_message(jar, c);

	return cookie_of(c, addresses_prf(&m));
}

void
cookie_iss_burst(const struct cookie_jar *jar, const struct cookie cookies[], unsigned n,
		 uint32_t iss[])
{
	struct addresses_message m[COOKIE_BURST];
	uint64_t macs[COOKIE_BURST];

	if (n == 0)
		return;
	for (unsigned i = 0; i < n; i++)
		m[i] = cookie_message(jar, &cookies[i]);
	addresses_prf_burst(m, n, macs);
	for (unsigned i = 0; i < n; i++)
		iss[i] = cookie_of(&cookies[i], macs[i]);
}

void
cookie_read(uint8_t options, struct cookie_options *o)
{
	o->mss = mss_table[options & 7];
	o->wscale = wscale_table[options >> 3 & 7];
	o->sack = options >> 6 & 1;
}
