/* SPDX-License-Identifier: BSD-3-Clause */
#include "addresses.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_ADDRESSES (1u << 24)

bool
address_is_none(const struct tct_address *a)
{
	static const struct tct_address none;

	return memcmp(a, &none, sizeof(none)) == 0;
}

bool
address_is_ip4(const struct tct_address *a)
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

struct tct_address
address_plus(const struct tct_address *a, uint32_t n)
{
	uint32_t word = htonl(low_word(a) + n);
	struct tct_address sum = *a;

	memcpy(sum.bytes + 12, &word, sizeof(word));
	return sum;
}

bool
addresses_contain(const struct tct_local *local, const struct tct_address *a)
{
	return memcmp(local->first.bytes, a->bytes, 12) == 0 &&
	       low_word(a) - low_word(&local->first) < local->count;
}

bool
addresses_share_link(const struct tct_local *local, const struct tct_address *a)
{
	unsigned bits = local->prefix_len;

	if (address_is_ip4(&local->first) != address_is_ip4(a))
		return false;
	bits += address_is_ip4(a) ? 96 : 0;
	for (unsigned bit = 0; bit < bits; bit++)
		if ((a->bytes[bit / 8] ^ local->first.bytes[bit / 8]) & 0x80 >> bit % 8)
			return false;
	return true;
}

/* Whether the bits of a behind its first prefix_len, those of the host, are all zero. */
static bool
host_is_zero(const struct tct_address *a, unsigned prefix_len)
{
	for (unsigned bit = prefix_len; bit < 128; bit++)
		if (a->bytes[bit / 8] & 0x80 >> bit % 8)
			return false;
	return true;
}

static int
refuse(const char **why, const char *text)
{
	*why = text;
	return -EINVAL;
}

static int
parse_one(const char *text, size_t len, struct tct_address *a, const char **why)
{
	char copy[TCT_ADDRESS_TEXT];

	if (len >= sizeof(copy))
		return refuse(why, "not an address");
	memcpy(copy, text, len);
	copy[len] = '\0';
	if (tct_address_parse(copy, a))
		return refuse(why, "not an address");
	return 0;
}

/* "/24" behind the address; none: the whole address. */
static int
parse_prefix(const char *slash, unsigned bits, struct tct_local *local, const char **why)
{
	char *end;
	unsigned long len;

	local->prefix_len = bits;
	if (slash == NULL)
		return 0;
	len = strtoul(slash + 1, &end, 10);
	if (slash[1] < '0' || slash[1] > '9' || *end != '\0')
		return refuse(why, "the prefix length is not a number");
	if (len > bits)
		return refuse(why, bits == 32 ? "an IPv4 prefix has at most 32 bits"
					      : "an IPv6 prefix has at most 128 bits");
	local->prefix_len = len;
	return 0;
}

static int
parse_last(const char *text, size_t len, struct tct_local *local, const char **why)
{
	struct tct_address last;
	uint32_t more;

	if (parse_one(text, len, &last, why))
		return -EINVAL;
	if (memcmp(last.bytes, local->first.bytes, 12) != 0)
		return refuse(why, "first and last address are too far apart");
	if (low_word(&last) < low_word(&local->first))
		return refuse(why, "the last address lies before the first");
	more = low_word(&last) - low_word(&local->first);
	if (more >= MAX_ADDRESSES)
		return refuse(why, "more than 16777216 addresses");
	local->count = more + 1;
	return 0;
}

/* A network stands for its hosts. */
static int
expand_network(struct tct_local *local, const char **why)
{
	bool ip4 = address_is_ip4(&local->first);
	unsigned bits = ip4 ? 32 : 128, host_bits = bits - local->prefix_len;

	if (host_bits < 2 || !host_is_zero(&local->first, 128 - host_bits))
		return 0;
	if (host_bits > 24)
		return refuse(why, "a network of more than 16777216 addresses");
	local->count = (1u << host_bits) - (ip4 ? 2 : 1);
	local->first = address_plus(&local->first, 1);
	return 0;
}

int
addresses_parse(const char *text, struct tct_local *local, const char **why)
{
	const char *slash = strchr(text, '/'), *dash = strchr(text, '-');
	const char *end = slash ? slash : text + strlen(text);

	memset(local, 0, sizeof(*local));
	local->count = 1;
	if (dash != NULL && dash > end)
		return refuse(why, "the prefix length comes last");
	if (parse_one(text, (dash ? dash : end) - text, &local->first, why) ||
	    parse_prefix(slash, address_is_ip4(&local->first) ? 32 : 128, local, why))
		return -EINVAL;
	if (dash != NULL)
		return parse_last(dash + 1, end - dash - 1, local, why);
	return expand_network(local, why);
}

const char *
addresses_format(const struct tct_local *local, char text[ADDRESSES_TEXT])
{
	struct tct_address last = address_plus(&local->first, local->count - 1);
	char a[TCT_ADDRESS_TEXT], b[TCT_ADDRESS_TEXT];

	tct_address_format(&local->first, a);
	tct_address_format(&last, b);
	if (local->count == 1)
		snprintf(text, ADDRESSES_TEXT, "%s/%u", a, local->prefix_len);
	else
		snprintf(text, ADDRESSES_TEXT, "%s-%s/%u", a, b, local->prefix_len);
	return text;
}

/* A port from 1 to 65535; moves *text behind it. 0: none. */
static uint16_t
parse_port(const char **text)
{
	char *end;
	unsigned long port;

	if (**text < '0' || **text > '9')
		return 0;
	port = strtoul(*text, &end, 10);
	*text = end;
	return port <= UINT16_MAX ? port : 0;
}

int
port_range_parse(const char *text, struct port_range *range)
{
	range->first = range->last = parse_port(&text);
	if (range->first != 0 && *text == '-') {
		text++;
		range->last = parse_port(&text);
	}
	return range->first == 0 || range->last < range->first || *text != '\0' ? -EINVAL : 0;
}
