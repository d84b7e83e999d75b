/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "impair.h"

const char impair_usage[] =
	"  --loss SHARE                    frames lost, each by itself: 1%\n"
	"  --burst-loss ENTER,LEAVE,LOSS   chances, per frame, to enter and leave the bad state, and\n"
	"                                  the share lost in it: 0.5%,20%,50%\n"
	"  --reorder SHARE,TIME            frames held back for that long: 10%,2ms\n"
	"  --duplicate SHARE               frames delivered twice\n"
	"  --corrupt SHARE                 frames in which bits of one byte flip\n"
	"  --delay TIME                    one way: 10ms\n"
	"  --jitter TIME                   up to so much more; the order is kept\n"
	"  --rate BITS                     per second: 10M\n"
	"  --queue SIZE                    before the rate, in bytes or packets: 64k, 100p\n"
	"  --ecn-mark BYTES                queue above which ECN-capable packets are marked\n"
	"  --mtu-black-hole BYTES[,tell]   longer IP packets vanish, silently or with an ICMP error\n";

/* A number with up to six decimals, in millionths, as far as the text reads like one. */
static bool
millionths(const char **text, uint64_t *value)
{
	const char *at = *text;
	uint64_t scale = 1000000, v = 0;

	for (; *at >= '0' && *at <= '9' && v < UINT64_MAX / 20; at++)
		v = 10 * v + (uint64_t)(*at - '0') * scale;
	if (at == *text)
		return false;
	if (*at == '.')
		for (at++; *at >= '0' && *at <= '9' && scale > 1; at++)
			v += (uint64_t)(*at - '0') * (scale /= 10);
	*text = at;
	*value = v;
	return true;
}

struct unit {
	const char *suffix;
	uint64_t factor; /* of the number, in millionths */
};

/* A number with one of the units, the first that fits; then end, or a comma when more may come. */
static bool
quantity(const char **text, const struct unit *unit, bool more, uint64_t *value)
{
	uint64_t v;

	if (!millionths(text, &v))
		return false;
	for (; unit->suffix; unit++) {
		size_t len = strlen(unit->suffix);
		char after = 0;

		if (strncmp(*text, unit->suffix, len) != 0)
			continue;
		after = (*text)[len];
		if (after != '\0' && !(more && after == ','))
			continue;
		*text += len + (after == ',');
		*value = (uint64_t)((unsigned __int128)v * unit->factor / 1000000);
		return true;
	}
	return false;
}

static const struct unit share_units[] = {{"%", 10000}, {NULL, 0}};
static const struct unit time_units[] = {
	{"ns", 1}, {"us", 1000}, {"ms", 1000000}, {"s", 1000000000}, {NULL, 0}};
static const struct unit size_units[] = {
	{"", 1}, {"k", 1000}, {"M", 1000000}, {"G", 1000000000}, {NULL, 0}};
static const struct unit packet_units[] = {{"p", 1}, {NULL, 0}};

static bool
share(const char **text, bool more, uint32_t *ppm)
{
	uint64_t v;

	if (!quantity(text, share_units, more, &v) || v > 1000000)
		return false;
	*ppm = (uint32_t)v;
	return true;
}

static bool
size(const char **text, bool more, uint32_t *bytes)
{
	uint64_t v;

	if (!quantity(text, size_units, more, &v) || v > UINT32_MAX)
		return false;
	*bytes = (uint32_t)v;
	return true;
}

static bool
queue(struct impair_config *c, const char *text)
{
	const char *again = text;
	uint64_t v;

	if (quantity(&text, packet_units, false, &v) && v <= UINT32_MAX) {
		c->queue_packets = (uint32_t)v;
		return true;
	}
	return size(&again, false, &c->queue_bytes);
}

static bool
black_hole(struct impair_config *c, const char *text)
{
	c->mtu_tells = strchr(text, ',') != NULL;
	return size(&text, true, &c->mtu) && strcmp(text, c->mtu_tells ? "tell" : "") == 0;
}

static bool
set(struct impair_config *c, const char *name, const char *v)
{
	if (strcmp(name, "loss") == 0)
		return share(&v, false, &c->loss_ppm);
	if (strcmp(name, "burst-loss") == 0)
		return share(&v, true, &c->burst_enter_ppm) &&
		       share(&v, true, &c->burst_leave_ppm) && share(&v, false, &c->burst_loss_ppm);
	if (strcmp(name, "reorder") == 0)
		return share(&v, true, &c->reorder_ppm) &&
		       quantity(&v, time_units, false, &c->reorder_ns);
	if (strcmp(name, "duplicate") == 0)
		return share(&v, false, &c->duplicate_ppm);
	if (strcmp(name, "corrupt") == 0)
		return share(&v, false, &c->corrupt_ppm);
	if (strcmp(name, "delay") == 0)
		return quantity(&v, time_units, false, &c->delay_ns);
	if (strcmp(name, "jitter") == 0)
		return quantity(&v, time_units, false, &c->jitter_ns);
	if (strcmp(name, "rate") == 0)
		return quantity(&v, size_units, false, &c->rate_bps);
	if (strcmp(name, "queue") == 0)
		return queue(c, v);
	if (strcmp(name, "ecn-mark") == 0)
		return size(&v, false, &c->mark_bytes);
	if (strcmp(name, "mtu-black-hole") == 0)
		return black_hole(c, v);
	return false;
}

int
impair_option(struct impair_config *config, const char *name, const char *value)
{
	return set(config, name, value) ? 0 : -EINVAL;
}
