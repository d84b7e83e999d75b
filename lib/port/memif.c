/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A port that does not start leaves nothing to poll, and net_memif does not start without a server.
 * So its socket is tried first: what the server sees of it is a client that goes again, after the
 * greeting. Not before: DPDK 22.11's server frees what its interrupt thread still watches if it
 * cannot send the greeting, and ends in a panic.
 */
#include "memif.h"

#include <errno.h>
#include <semaphore.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <rte_alarm.h>
#include <rte_dev.h>
#include <rte_devargs.h>
#include <rte_ethdev.h>
#include <rte_kvargs.h>

#define DEFAULT_SOCKET "/run/memif.sock"
#define GREETING_BYTES 128 /* any message is one packet of so many */

static bool listener_left;

/* ---- the server comes back ------------------------------------------------------------------ */

static bool
value_is(const struct rte_kvargs *list, const char *key, const char *value, bool otherwise)
{
	const char *given = rte_kvargs_get(list, key);

	return given ? strcmp(given, value) == 0 : otherwise;
}

static bool
is_server(const struct rte_kvargs *list)
{
	return value_is(list, "role", "server", false);
}

/* The address that the driver makes of its arguments; its length, 0: too long. */
static socklen_t
server_address(const struct rte_kvargs *list, struct sockaddr_un *address)
{
	const char *name = rte_kvargs_get(list, "socket");
	unsigned abstract = value_is(list, "socket-abstract", "no", false) ? 0 : 1;
	size_t len = strlen(name ? name : DEFAULT_SOCKET);

	if (abstract + len >= sizeof(address->sun_path))
		return 0;
	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	memcpy(address->sun_path + abstract, name ? name : DEFAULT_SOCKET, len);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + abstract + len + !abstract);
}

/* A socket connected to the server, or -1. */
static int
connect_server(const struct rte_kvargs *list)
{
	struct sockaddr_un address;
	socklen_t len = server_address(list, &address);
	int fd = len ? socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0) : -1;

	if (fd < 0 || connect(fd, (struct sockaddr *)&address, len) == 0)
		return fd;
	close(fd);
	return -1;
}

static struct rte_kvargs *
arguments(const struct port *p)
{
	const struct rte_devargs *given;
	struct rte_eth_dev_info info;

	if (!p->memif || rte_eth_dev_info_get(p->id, &info) != 0)
		return NULL;
	given = rte_dev_devargs(info.device);
	return given ? rte_kvargs_parse(given->args, NULL) : NULL;
}

static int
knock(const struct port *p)
{
	struct rte_kvargs *list = arguments(p);
	int fd = -1;

	if (!list)
		return -1;
	if (!is_server(list))
		fd = connect_server(list);
	rte_kvargs_free(list);
	return fd;
}

bool
memif_server_waits(struct port *p)
{
	char greeting[GREETING_BYTES];
	ssize_t got;

	if (p->knock < 0)
		p->knock = knock(p);
	if (p->knock < 0)
		return false;
	got = recv(p->knock, greeting, sizeof(greeting), 0);
	if (got < 0 && errno == EAGAIN)
		return false;
	close(p->knock);
	p->knock = -1;
	return got > 0;
}

/* ---- the end -------------------------------------------------------------------------------- */

struct stop {
	uint16_t id;
	sem_t done;
};

static void
stop(void *arg)
{
	struct stop *s = arg;

	rte_eth_dev_stop(s->id);
	sem_post(&s->done);
}

/* On EAL's interrupt thread, which is the other one that finds an end; alarms ring there. */
void
memif_stop(const struct port *p)
{
	struct stop s = {.id = p->id};

	sem_init(&s.done, 0, 0);
	if (rte_eal_alarm_set(1, stop, &s) != 0)
		stop(&s);
	while (sem_wait(&s.done) != 0)
		;
	sem_destroy(&s.done);
}

void
memif_close(struct port *p)
{
	struct rte_kvargs *list = arguments(p);

	if (list && is_server(list))
		listener_left = true;
	rte_kvargs_free(list);
	if (p->knock >= 0)
		close(p->knock);
	p->knock = -1;
}

bool
memif_left_listener(void)
{
	return listener_left;
}
