/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The servers' side of bench. All that is known of a connection fits its user pointer.
 */
#include <assert.h>
#include <stdalign.h>

#include "workload.h"

static const struct workload_server *servers; /* control rw, before workers run; then ro */

/* One worker's, on cache lines that are nobody else's. */
static struct {
	alignas(64) struct workload_server_stats stats[LOAD_MAX_PARTS];
} per_worker[TCT_MAX_WORKERS];

void
workload_server_set(const struct workload_server *settings)
{
	servers = settings;
	pattern_get();
}

const struct workload_server_stats *
workload_server_stats(unsigned index, unsigned part)
{
	return &per_worker[index].stats[part];
}

static struct workload_server_stats *
stats_of(const struct tct_conn *conn, unsigned part)
{
	return &per_worker[tct_worker_index(tct_conn_worker(conn))].stats[part];
}

static void
server_peer_closed(struct tct_conn *conn)
{
	tct_close(conn);
}

/* ---- cc ------------------------------------------------------------------------------------- */

static void
cc_server_opened(struct tct_conn *conn)
{
	if (servers[(uintptr_t)tct_user(conn)].closes)
		tct_close(conn);
}

static const struct tct_service cc_service = {
	.name = "cc",
	.opened = cc_server_opened,
	.peer_closed = server_peer_closed,
};

/* ---- crr and rr ----------------------------------------------------------------------------- */

union request_state {
	void *user;
	struct {
		uint32_t part : 3; /* of the mix: what the user pointer is at first */
		uint32_t served : 29;
		uint32_t sending : 1; /* the response; else the request comes in */
		uint32_t bytes : 31; /* of the response still to be sent; of the request received */
	};
};

static_assert(LOAD_MAX_PARTS <= 8, "a part is three bits");
static_assert(sizeof(union request_state) == sizeof(void *), "it is the user pointer");

/* As much of the response as there is room for. */
static void
send_response(struct tct_conn *conn, union request_state s)
{
	const struct pattern *p = pattern_get();
	const struct workload_server *server = &servers[s.part];
	uint32_t at = (server->response_size - s.bytes) % PATTERN_BYTES;

	s.bytes -= (uint32_t)pattern_send(conn, p, &at, s.bytes);
	if (s.bytes == 0) {
		s.sending = false;
		s.served++;
		if (server->closes && s.served == server->requests)
			tct_close(conn);
	}
	tct_set_user(conn, s.user);
}

static void
request_server_data(struct tct_conn *conn, const struct tct_data *data)
{
	union request_state s = {.user = tct_user(conn)};

	if (s.sending)
		return; /* nobody asks before they are answered */
	s.bytes += data->len;
	if (s.bytes < servers[s.part].request_size) {
		tct_set_user(conn, s.user);
		return;
	}
	s.sending = true;
	s.bytes = servers[s.part].response_size;
	send_response(conn, s);
}

static void
request_server_writable(struct tct_conn *conn)
{
	union request_state s = {.user = tct_user(conn)};

	if (s.sending)
		send_response(conn, s);
}

static const struct tct_service crr_service = {
	.name = "crr",
	.data = request_server_data,
	.writable = request_server_writable,
	.peer_closed = server_peer_closed,
};

static const struct tct_service rr_service = {
	.name = "rr",
	.data = request_server_data,
	.writable = request_server_writable,
	.peer_closed = server_peer_closed,
};

/* ---- stream --------------------------------------------------------------------------------- */

union stream_state {
	void *user;
	struct {
		uint32_t part : 3;     /* as above */
		uint32_t send_at : 29; /* both in the pattern */
		uint32_t check_at : 31;
		uint32_t corrupt : 1;
	};
};

static_assert(PATTERN_BYTES < 1 << 29, "a place in the pattern is 29 bits");
static_assert(sizeof(union stream_state) == sizeof(void *), "it is the user pointer");

static void
stream_server_send(struct tct_conn *conn)
{
	union stream_state s = {.user = tct_user(conn)};
	uint32_t at = s.send_at;

	if (!servers[s.part].sends)
		return;
	stats_of(conn, s.part)->sent_bytes += pattern_send(conn, pattern_get(), &at, UINT64_MAX);
	s.send_at = at;
	tct_set_user(conn, s.user);
}

static void
stream_server_data(struct tct_conn *conn, const struct tct_data *data)
{
	union stream_state s = {.user = tct_user(conn)};
	struct workload_server_stats *stats = stats_of(conn, s.part);
	uint32_t at = s.check_at;

	stats->received_bytes += data->len;
	if (!servers[s.part].verifies || s.corrupt)
		return;
	s.corrupt = pattern_check(pattern_get(), &at, data->bytes, data->len) < data->len;
	s.check_at = at;
	stats->corrupt += s.corrupt;
	tct_set_user(conn, s.user);
}

static const struct tct_service stream_service = {
	.name = "stream",
	.opened = stream_server_send,
	.data = stream_server_data,
	.writable = stream_server_send,
	.peer_closed = server_peer_closed,
};

const struct tct_service *
workload_service(enum workload workload)
{
	static const struct tct_service *const services[] = {
		[WORKLOAD_CC] = &cc_service,
		[WORKLOAD_CRR] = &crr_service,
		[WORKLOAD_RR] = &rr_service,
		[WORKLOAD_STREAM] = &stream_service,
	};

	return services[workload];
}
