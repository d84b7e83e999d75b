/* SPDX-License-Identifier: BSD-3-Clause */
#include "team.h"

#include <errno.h>
#include <stdlib.h>

#include "log.h"

struct team *
team_create(unsigned size, const struct tct_config *config)
{
	struct team *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	t->size = size;
	t->mode = config->steering;
	if (size == 1)
		return t;
	if (toeplitz_key_draw(t->key, sizeof(t->key), config->symmetric_rss) < 0) {
		free(t);
		return NULL;
	}
	toeplitz_init(&t->toeplitz, t->key);
	return t;
}

void
team_destroy(struct team *t)
{
	free(t);
}

/*
 * As many places as the smallest device has: those with more repeat them. Where no device has any
 * say, the most there are, so that shares differ by little when their number is no power of two.
 */
void
team_choose_reta(struct team *t, struct port *const ports[], unsigned count)
{
	unsigned places = RSS_RETA_MAX;

	for (unsigned i = 0; i < count; i++)
		if (ports[i]->rss == RSS_GOOD)
			places = RTE_MIN(places, ports[i]->reta_size);
	t->mask = places - 1;
	if (t->size > 1)
		port_classes_init(&t->classes, &t->toeplitz, t->size, places);
	for (unsigned i = 0; i < places; i++)
		t->reta[i] = (uint8_t)(i % t->size);
}

static enum rss_verdict
program(const struct team *t, const struct port *p)
{
	if (p->rss != RSS_GOOD)
		return p->rss;
	return rss_program(p, t->key, t->reta, t->mask + 1);
}

/* Something that is only not known is no reason not to try it. */
static bool
may_be_good(enum rss_verdict verdict)
{
	return verdict == RSS_GOOD || verdict == RSS_KEY_UNREADABLE ||
	       verdict == RSS_RETA_UNREADABLE;
}

static int
judge(struct team *t, const struct port *p, unsigned index)
{
	enum rss_verdict verdict = t->mode == TCT_STEERING_SOFTWARE ? RSS_ASKED : program(t, p);

	if (t->mode == TCT_STEERING_RSS) {
		if (!may_be_good(verdict)) {
			ENGINE_LOG(ERR, "%s: steering: rss cannot be: %s\n", p->name,
				   rss_verdict_text(verdict));
			return -ENODEV;
		}
		verdict = RSS_GOOD;
	}
	if (verdict != RSS_GOOD)
		ENGINE_LOG(NOTICE, "%s: software steers packets to their workers: %s\n", p->name,
			   rss_verdict_text(verdict));
	atomic_store(&t->verdicts[index], (uint8_t)verdict);
	return 0;
}

int
team_program(struct team *t, struct port *const ports[], unsigned count)
{
	int ret = 0;

	for (unsigned i = 0; ret == 0 && t->size > 1 && i < count; i++)
		ret = judge(t, ports[i], i);
	return ret;
}

/* By a worker, in its poll: the one line that it ever writes. */
void
team_give_up(struct team *t, const struct port *port, unsigned index, enum rss_verdict why)
{
	uint8_t good = RSS_GOOD;

	if (atomic_compare_exchange_strong(&t->verdicts[index], &good, (uint8_t)why))
		ENGINE_LOG(WARNING,
			   "%s: from now on software steers packets to their workers: %s\n",
			   port->name, rss_verdict_text(why));
}
