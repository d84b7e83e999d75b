/* SPDX-License-Identifier: BSD-3-Clause */
#include "control.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define STUCK_MS	30000 /* a client that does not take its answer */
#define LOOK_MS		1000  /* how often it is looked at */
#define REQUESTS_A_TURN 8     /* of one client, then the others' */

struct client {
	int fd;	       /* -1: free */
	bool skipping; /* the rest of a line that was too long */
	bool eof;      /* no more will come */
	char *in;      /* CONTROL_LINE_MAX bytes and a newline */
	size_t in_len;
	char *out; /* the answer being sent; NULL: none */
	size_t out_len, out_at;
	uint64_t out_since_ms; /* when it last moved */
};

struct control {
	struct control_view view;
	struct sockaddr_un address;
	struct stat made; /* to remove nobody else's socket */
	int fd;
	struct client clients[CONTROL_CLIENTS_MAX];
};

static uint64_t
clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* ---- the socket ----------------------------------------------------------------------------- */

static int
bind_private(int fd, const struct sockaddr_un *address)
{
	mode_t before = umask(0177);
	int ret = bind(fd, (const struct sockaddr *)address, sizeof(*address)) < 0 ? -errno : 0;

	umask(before);
	return ret;
}

/* Takes away the socket of a process that is no more. 0, or why it must stay. */
static int
remove_stale(const struct sockaddr_un *address)
{
	struct stat st;
	int fd, ret;

	if (lstat(address->sun_path, &st) < 0)
		return -errno;
	if (!S_ISSOCK(st.st_mode))
		return -EEXIST;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	ret = connect(fd, (const struct sockaddr *)address, sizeof(*address)) < 0 ? errno : 0;
	close(fd);
	if (ret != ECONNREFUSED)
		return -EADDRINUSE;
	return unlink(address->sun_path) < 0 ? -errno : 0;
}

static int
listen_at(struct control *c)
{
	int ret;

	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (c->fd < 0)
		return -errno;
	ret = bind_private(c->fd, &c->address);
	if (ret == -EADDRINUSE) {
		ret = remove_stale(&c->address);
		if (ret == 0)
			ret = bind_private(c->fd, &c->address);
	}
	if (ret == 0 &&
	    (listen(c->fd, CONTROL_CLIENTS_MAX) < 0 || lstat(c->address.sun_path, &c->made) < 0))
		ret = -errno;
	if (ret < 0)
		close(c->fd);
	return ret;
}

static int
complain(const char *path, int err)
{
	const char *why = err == -EADDRINUSE	 ? "another process answers there"
			  : err == -EEXIST	 ? "a file that is no socket is in the way"
			  : err == -ENAMETOOLONG ? "the path is too long"
						 : strerror(-err);

	fprintf(stderr, "tercet: control.socket '%s': %s; another path wanted\n", path, why);
	return err;
}

int
control_open(struct control **control, const char *path, const struct control_view *view)
{
	struct control *c = calloc(1, sizeof(*c));
	int ret;

	if (!c)
		return complain(path, -ENOMEM);
	c->view = *view;
	c->address.sun_family = AF_UNIX;
	for (unsigned i = 0; i < CONTROL_CLIENTS_MAX; i++)
		c->clients[i].fd = -1;
	ret = strlen(path) < sizeof(c->address.sun_path) ? 0 : -ENAMETOOLONG;
	if (ret == 0) {
		strcpy(c->address.sun_path, path);
		ret = listen_at(c);
	}
	if (ret < 0) {
		free(c);
		return complain(path, ret);
	}
	*control = c;
	return 0;
}

/* ---- clients -------------------------------------------------------------------------------- */

static void
client_drop(struct client *cl)
{
	close(cl->fd);
	free(cl->in);
	free(cl->out);
	*cl = (struct client){.fd = -1};
}

/* Keeps an answer to be sent; takes over the reference. */
static void
client_answer(struct client *cl, json_t *answer)
{
	size_t len = json_dumpb(answer, NULL, 0, JSON_COMPACT);

	cl->out = len ? malloc(len + 1) : NULL;
	if (cl->out) {
		json_dumpb(answer, cl->out, len, JSON_COMPACT);
		cl->out[len] = '\n';
		cl->out_len = len + 1;
		cl->out_at = 0;
		cl->out_since_ms = clock_ms();
	} else { /* an answer left out would put all later ones out of step */
		shutdown(cl->fd, SHUT_RDWR);
	}
	json_decref(answer);
}

static void
client_refuse(struct client *cl, const struct control_fault *fault)
{
	client_answer(cl, control_error(fault));
}

/* False: the client is gone. */
static bool
client_send(struct client *cl)
{
	while (cl->out) {
		ssize_t n = send(cl->fd, cl->out + cl->out_at, cl->out_len - cl->out_at,
				 MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0)
			return errno == EAGAIN || errno == EINTR;
		cl->out_at += (size_t)n;
		cl->out_since_ms = clock_ms();
		if (cl->out_at == cl->out_len) {
			free(cl->out);
			cl->out = NULL;
		}
	}
	return true;
}

/* Whether more may come: an answer that waits to be taken, or a full buffer, holds its client up.
 */
static bool
client_listens(const struct client *cl)
{
	return !cl->out && !cl->eof && cl->in_len <= CONTROL_LINE_MAX;
}

/* Fills in with what has come. False: the client is gone. */
static bool
client_receive(struct client *cl)
{
	ssize_t n =
		recv(cl->fd, cl->in + cl->in_len, CONTROL_LINE_MAX + 1 - cl->in_len, MSG_DONTWAIT);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	cl->eof = n == 0;
	cl->in_len += (size_t)n;
	return true;
}

static void
client_consume(struct client *cl, size_t n)
{
	cl->in_len -= n;
	memmove(cl->in, cl->in + n, cl->in_len);
}

static void
serve_line(struct control *c, struct client *cl, size_t len)
{
	struct control_request request;
	struct control_fault fault;
	json_t *answer;

	if (control_request_parse(cl->in, len, &request, &fault) < 0) {
		client_refuse(cl, &fault);
		return;
	}
	answer = control_answer(&c->view, &request, &fault);
	if (answer)
		client_answer(cl, answer);
	else
		client_refuse(cl, &fault);
}

static void
refuse_long_line(struct client *cl)
{
	struct control_fault fault;

	control_refuse(&fault, "too-long", "line longer than %u bytes", CONTROL_LINE_MAX);
	client_refuse(cl, &fault);
	cl->skipping = true;
	cl->in_len = 0;
}

/* Handles one line of what has come, if a line has; the last one may lack its newline. */
static bool
client_serve(struct control *c, struct client *cl)
{
	char *newline = memchr(cl->in, '\n', cl->in_len);
	size_t len = newline ? (size_t)(newline - cl->in) : cl->in_len;

	if (!newline && len > CONTROL_LINE_MAX && !cl->skipping) {
		refuse_long_line(cl);
		return true;
	}
	if (cl->skipping) {
		cl->skipping = !newline;
		client_consume(cl, newline ? len + 1 : len);
		return newline != NULL;
	}
	if (!newline && (!cl->eof || len == 0))
		return false;
	if (len)
		serve_line(c, cl, len);
	client_consume(cl, newline ? len + 1 : len);
	return true;
}

/* Whether there is a line that waits only for its turn. */
static bool
client_ready(const struct client *cl)
{
	return cl->fd >= 0 && !cl->out && cl->in_len &&
	       (cl->eof || memchr(cl->in, '\n', cl->in_len) != NULL);
}

static bool
client_work(struct control *c, struct client *cl, short events)
{
	if (!client_send(cl))
		return false;
	if (events & (POLLIN | POLLHUP | POLLERR) && client_listens(cl) && !client_receive(cl))
		return false;
	for (unsigned i = 0; i < REQUESTS_A_TURN && !cl->out && client_serve(c, cl); i++)
		if (!client_send(cl))
			return false;
	if (cl->out)
		return clock_ms() - cl->out_since_ms < STUCK_MS;
	return !cl->eof || cl->in_len;
}

static void
accept_client(struct control *c)
{
	int fd = accept4(c->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	static const char full[] =
		"{\"error\":\"too many clients\",\"code\":\"too-many-clients\"}\n";

	if (fd < 0)
		return;
	for (unsigned i = 0; i < CONTROL_CLIENTS_MAX; i++) {
		struct client *cl = &c->clients[i];

		if (cl->fd >= 0)
			continue;
		cl->in = malloc(CONTROL_LINE_MAX + 1);
		if (!cl->in)
			break;
		cl->fd = fd;
		return;
	}
	(void)!send(fd, full, sizeof(full) - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
	close(fd);
}

/* ---- the loop's turn ------------------------------------------------------------------------ */

static short
client_events(const struct client *cl)
{
	return cl->out ? POLLOUT : client_listens(cl) ? POLLIN : 0;
}

void
control_poll(struct control *c, int timeout_ms, int wake_fd)
{
	struct pollfd fds[CONTROL_CLIENTS_MAX + 2];

	for (unsigned i = 0; i < CONTROL_CLIENTS_MAX; i++) {
		const struct client *cl = &c->clients[i];

		fds[i] = (struct pollfd){.fd = cl->fd, .events = client_events(cl)};
		if (client_ready(cl))
			timeout_ms = 0;
		else if (cl->out && timeout_ms > LOOK_MS)
			timeout_ms = LOOK_MS;
	}
	fds[CONTROL_CLIENTS_MAX] = (struct pollfd){.fd = c->fd, .events = POLLIN};
	fds[CONTROL_CLIENTS_MAX + 1] = (struct pollfd){.fd = wake_fd, .events = POLLIN};
	if (poll(fds, CONTROL_CLIENTS_MAX + 2, timeout_ms) < 0)
		return;
	for (unsigned i = 0; i < CONTROL_CLIENTS_MAX; i++)
		if (fds[i].fd >= 0 && !client_work(c, &c->clients[i], fds[i].revents))
			client_drop(&c->clients[i]);
	if (fds[CONTROL_CLIENTS_MAX].revents)
		accept_client(c);
}

void
control_close(struct control *c)
{
	struct stat st;

	if (!c)
		return;
	for (unsigned i = 0; i < CONTROL_CLIENTS_MAX; i++)
		if (c->clients[i].fd >= 0) {
			client_send(&c->clients[i]);
			client_drop(&c->clients[i]);
		}
	if (lstat(c->address.sun_path, &st) == 0 && st.st_ino == c->made.st_ino &&
	    st.st_dev == c->made.st_dev)
		unlink(c->address.sun_path);
	close(c->fd);
	free(c);
}
