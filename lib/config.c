/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Defaults and limits of struct tct_config.
 *
 * A complaint opens with the key as the YAML file spells it ("tcp.min-rto: ..."), so that a program
 * can find the line that it came from.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/config_list.h"
#include "tercet.h"

#define MAX_LOCAL_COUNT (1u << 24) /* addresses of one range: a /8 of IPv4 */
#define MIN_MTU		1280	   /* RFC 8200 5 */
#define MAX_MTU		9000
#define MAX_QUEUES	TCT_MAX_WORKERS

/* A prime, so that no pattern of the traffic meets it each time. */
#define TCT_CYCLES_EVERY 61

void
tct_config_init(struct tct_config *config)
{
	memset(config, 0, sizeof(*config));
	config->workers = 1;
	config->cycles_every = TCT_CYCLES_EVERY;
	config->tcp.syn_cookies = TCT_SYN_COOKIES_AUTO;
	config->tcp.congestion = TCT_CUBIC;
#define X(member, key, unit, zero, min, max, def, help) config->tcp.member = def;
	CONFIG_TCP_LIST(X)
#undef X
#define X(member, key, unit, zero, min, max, def, help) config->memory.member = def;
	CONFIG_MEMORY_LIST(X)
#undef X
}

unsigned
tct_workers_per_port(const struct tct_config *config)
{
	return config->workers > config->port_count ? config->workers : 1;
}

struct complaint {
	char *text;
	size_t size;
};

__attribute__((format(printf, 2, 3))) static int
complain(const struct complaint *c, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(c->text, c->size, format, args);
	va_end(args);
	return -EINVAL;
}

static int
check_number(const struct complaint *c, const char *section, const char *key, const char *unit,
	     const char *zero, uint64_t min, uint64_t max, uint64_t value)
{
	if ((value == 0 && zero != NULL) || (value >= min && value <= max))
		return 0;
	return complain(c, "%s.%s: %" PRIu64 "%s given; %" PRIu64 " to %" PRIu64 "%s%s%s wanted",
			section, key, value, unit, min, max, unit, zero ? ", or 0: " : "",
			zero ? zero : "");
}

#define UNIT_FLAG  ""
#define UNIT_COUNT ""
#define UNIT_BYTES " bytes"
#define UNIT_MS	   " ms"
#define UNIT_RATE  "/s"

static int
check_tcp(const struct complaint *c, const struct tct_tcp_config *tcp)
{
#define X(member, key, unit, zero, min, max, def, help)                            \
	if (check_number(c, "tcp", key, UNIT_##unit, zero, min, max, tcp->member)) \
		return -EINVAL;
	CONFIG_TCP_LIST(X)
#undef X
	if ((unsigned)tcp->syn_cookies > TCT_SYN_COOKIES_NEVER)
		return complain(c, "tcp.syn-cookies: %d given; auto, always or never wanted",
				(int)tcp->syn_cookies);
	if ((unsigned)tcp->congestion > TCT_NEWRENO)
		return complain(c, "tcp.congestion: %d given; cubic or newreno wanted",
				(int)tcp->congestion);
	if (tcp->min_rto_ms > tcp->max_rto_ms)
		return complain(c, "tcp.min-rto: %u ms given; at most tcp.max-rto, %u ms, wanted",
				tcp->min_rto_ms, tcp->max_rto_ms);
	if (tcp->initial_rto_ms > tcp->max_rto_ms)
		return complain(c,
				"tcp.initial-rto: %u ms given; at most tcp.max-rto, %u ms, wanted",
				tcp->initial_rto_ms, tcp->max_rto_ms);
	return 0;
}

static int
check_memory(const struct complaint *c, const struct tct_memory_config *memory)
{
#define X(member, key, unit, zero, min, max, def, help)                                  \
	if (check_number(c, "memory", key, UNIT_##unit, zero, min, max, memory->member)) \
		return -EINVAL;
	CONFIG_MEMORY_LIST(X)
#undef X
	return 0;
}

static bool
address_is_zero(const struct tct_address *a)
{
	static const struct tct_address zero;

	return memcmp(a, &zero, sizeof(zero)) == 0;
}

static bool
address_is_v4(const struct tct_address *a)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

	return memcmp(a->bytes, mapped, sizeof(mapped)) == 0;
}

static uint32_t
low_word(const struct tct_address *a)
{
	uint32_t word;

	memcpy(&word, a->bytes + 12, sizeof(word));
	return ntohl(word);
}

/* Why no host can have address a; NULL when one can. */
static const char *
unusable(const struct tct_address *a)
{
	static const struct tct_address loopback6 = {{[15] = 1}};
	uint8_t top = a->bytes[12];

	if (address_is_zero(a) || (address_is_v4(a) && low_word(a) >> 24 == 0))
		return "is unspecified";
	if (!address_is_v4(a))
		return a->bytes[0] == 0xff ? "is a multicast address"
		       : memcmp(a, &loopback6, sizeof(*a)) == 0
			       ? "is the loopback address, which never leaves a host"
			       : NULL;
	if (top == 127)
		return "is a loopback address, which never leaves a host";
	if (top >= 224)
		return top < 240 ? "is a multicast address" : "is reserved (RFC 1112 4)";
	return NULL;
}

/* The address n after a; false when it would leave the low 32 bits. */
static bool
address_add(struct tct_address *a, uint32_t n)
{
	uint32_t low = low_word(a), sum = low + n;

	if (sum < low)
		return false;
	sum = htonl(sum);
	memcpy(a->bytes + 12, &sum, sizeof(sum));
	return true;
}

static bool
locals_overlap(const struct tct_local *a, const struct tct_local *b)
{
	uint32_t la = low_word(&a->first), lb = low_word(&b->first);

	if (memcmp(a->first.bytes, b->first.bytes, 12) != 0)
		return false;
	return la <= lb ? lb - la < a->count : la - lb < b->count;
}

static int
check_local(const struct complaint *c, unsigned port, unsigned n, const struct tct_local *local)
{
	unsigned bits = address_is_v4(&local->first) ? 32 : 128;
	struct tct_address last = local->first;
	char text[TCT_ADDRESS_TEXT];
	const char *why = unusable(&local->first);

	if (local->count == 0 || local->count > MAX_LOCAL_COUNT)
		return complain(c, "ports.%u.addresses.%u: %u addresses given; 1 to %u wanted",
				port, n, local->count, MAX_LOCAL_COUNT);
	if (local->prefix_len > bits)
		return complain(c, "ports.%u.addresses.%u: prefix length %u given; 0 to %u wanted",
				port, n, local->prefix_len, bits);
	if (why == NULL && !address_add(&last, local->count - 1))
		return complain(c,
				"ports.%u.addresses.%u: the range passes the end of the address "
				"space; a shorter one wanted",
				port, n);
	if (why == NULL)
		why = unusable(&last);
	if (why != NULL)
		return complain(c, "ports.%u.addresses.%u: %s %s; a unicast address wanted", port,
				n, tct_address_format(&last, text), why);
	return 0;
}

/* Checks address n of a port, against those before it on all ports, too. */
static int
check_new_local(const struct complaint *c, const struct tct_config *config, unsigned port,
		unsigned n)
{
	const struct tct_local *local = &config->ports[port].locals[n];

	if (check_local(c, port, n, local))
		return -EINVAL;
	for (unsigned p = 0; p <= port; p++) {
		unsigned end = p == port ? n : config->ports[p].local_count;

		for (unsigned i = 0; i < end; i++)
			if (config->ports[p].vlan == config->ports[port].vlan &&
			    locals_overlap(&config->ports[p].locals[i], local))
				return complain(c,
						"ports.%u.addresses.%u: already among "
						"ports.%u.addresses.%u; each address once wanted",
						port, n, p, i);
	}
	return 0;
}

static int
check_gateway(const struct complaint *c, unsigned port, const char *key,
	      const struct tct_address *gateway, bool v4)
{
	char text[TCT_ADDRESS_TEXT];
	const char *why;

	if (address_is_zero(gateway))
		return 0;
	tct_address_format(gateway, text);
	if (address_is_v4(gateway) != v4)
		return complain(c, "ports.%u.%s: %s given; an IPv%d address wanted", port, key,
				text, v4 ? 4 : 6);
	why = unusable(gateway);
	if (why != NULL)
		return complain(c, "ports.%u.%s: %s %s; a unicast address wanted", port, key, text,
				why);
	return 0;
}

static bool
same_prefix(const struct tct_address *a, const struct tct_address *b, unsigned bits)
{
	unsigned bytes = bits / 8, rest = bits % 8;

	if (memcmp(a->bytes, b->bytes, bytes) != 0)
		return false;
	return rest == 0 || (a->bytes[bytes] ^ b->bytes[bytes]) >> (8 - rest) == 0;
}

/* A gateway must be a neighbour: on the link of one of the port's addresses (or link-local), and
 * not the port itself. */
static int
check_gateway_link(const struct complaint *c, unsigned port, const char *key,
		   const struct tct_port_config *p, const struct tct_address *gateway)
{
	const struct tct_local self = {.first = *gateway, .count = 1};
	bool v4 = address_is_v4(gateway), near = false;
	char text[TCT_ADDRESS_TEXT];

	if (address_is_zero(gateway))
		return 0;
	if (!v4 && gateway->bytes[0] == 0xfe && (gateway->bytes[1] & 0xc0) == 0x80)
		near = true;
	for (unsigned i = 0; i < p->local_count; i++) {
		const struct tct_local *l = &p->locals[i];

		if (locals_overlap(l, &self))
			return complain(c,
					"ports.%u.%s: %s is an address of the port itself; a "
					"neighbour wanted",
					port, key, tct_address_format(gateway, text));
		if (address_is_v4(&l->first) == v4 &&
		    same_prefix(&l->first, gateway, l->prefix_len + (v4 ? 96 : 0)))
			near = true;
	}
	if (near)
		return 0;
	return complain(c,
			"ports.%u.%s: %s is on no link of the port's addresses; a neighbour wanted",
			port, key, tct_address_format(gateway, text));
}

static int
check_port(const struct complaint *c, const struct tct_config *config, unsigned n)
{
	const struct tct_port_config *p = &config->ports[n];

	if (p->device[0] == '\0' || memchr(p->device, '\0', sizeof(p->device)) == NULL)
		return complain(c, "ports.%u.device: missing; the name of a device wanted", n);
	for (unsigned i = 0; i < n; i++)
		if (strcmp(config->ports[i].device, p->device) == 0)
			return complain(c,
					"ports.%u.device: '%s' is ports.%u, too; each device "
					"once wanted",
					n, p->device, i);
	if (p->vlan > 4094)
		return complain(c, "ports.%u.vlan: %u given; 1 to 4094, or 0: untagged wanted", n,
				p->vlan);
	if (p->mtu != 0 && (p->mtu < MIN_MTU || p->mtu > MAX_MTU))
		return complain(c, "ports.%u.mtu: %u bytes given; %u to %u wanted", n, p->mtu,
				MIN_MTU, MAX_MTU);
	if (p->queues > MAX_QUEUES)
		return complain(c,
				"ports.%u.queues: %u given; 1 to %u, or 0: one per worker wanted",
				n, p->queues, MAX_QUEUES);
	if (p->local_count == 0 || p->local_count > TCT_MAX_LOCALS)
		return complain(c, "ports.%u.addresses: %u given; 1 to %u wanted", n,
				p->local_count, TCT_MAX_LOCALS);
	for (unsigned i = 0; i < p->local_count; i++)
		if (check_new_local(c, config, n, i))
			return -EINVAL;
	if (check_gateway(c, n, "gateway", &p->gateway4, true) ||
	    check_gateway(c, n, "gateway6", &p->gateway6, false) ||
	    check_gateway_link(c, n, "gateway", p, &p->gateway4) ||
	    check_gateway_link(c, n, "gateway6", p, &p->gateway6))
		return -EINVAL;
	return 0;
}

int
tct_config_check(const struct tct_config *config, char *error, size_t error_size)
{
	const struct complaint c = {error, error_size};

	if (config->port_count == 0 || config->port_count > TCT_MAX_PORTS)
		return complain(&c, "ports: %u given; 1 to %u wanted", config->port_count,
				TCT_MAX_PORTS);
	if (config->workers > TCT_MAX_WORKERS)
		return complain(&c, "workers: %u given; 1 to %u wanted", config->workers,
				TCT_MAX_WORKERS);
	if ((unsigned)config->steering > TCT_STEERING_SOFTWARE)
		return complain(&c, "steering: %d given; auto, rss or software wanted",
				(int)config->steering);
	for (unsigned i = 0; i < config->port_count; i++)
		if (check_port(&c, config, i))
			return -EINVAL;
	if (check_tcp(&c, &config->tcp) || check_memory(&c, &config->memory))
		return -EINVAL;
	return 0;
}
