/* SPDX-License-Identifier: BSD-3-Clause */
#include "control_answer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "control_scan.h"
#include "control_tables.h"
#include "engine/control.h"
#include "services.h"
#include "tcp/internal.h"

#define SCAN_CALLS_MAX 256 /* steps in one answer */

struct tct_worker *
control_worker(const struct control_view *view, unsigned n)
{
	for (unsigned i = 0; i < view->endpoint_count; i++) {
		if (n < view->endpoints[i]->worker_count)
			return view->endpoints[i]->workers[n];
		n -= view->endpoints[i]->worker_count;
	}
	return NULL;
}

/* ---- connections ---------------------------------------------------------------------------- */

static json_t *
record_json(const struct scan_record *r, unsigned worker)
{
	struct conn_name name = {worker, r->index, r->generation};
	char id[CONN_NAME_TEXT];
	json_t *o = json_object();

	if (r->generation)
		json_object_set_new(o, "id", json_string(conn_name_format(&name, id)));
	json_object_set_new(o, "worker", json_integer(worker));
	json_object_set_new(o, "state", json_string(state_name[r->state]));
	json_object_set_new(o, "service", r->service ? json_string(r->service) : json_null());
	json_object_set_new(o, "local_address", control_address(&r->local));
	json_object_set_new(o, "local_port", json_integer(r->local_port));
	json_object_set_new(o, "remote_address", control_address(&r->remote));
	json_object_set_new(o, "remote_port", json_integer(r->remote_port));
	if (!r->generation)
		return o;
	json_object_set_new(o, "active", json_boolean(r->active));
	json_object_set_new(o, "mss", json_integer(r->mss));
	json_object_set_new(o, "srtt_us", json_integer(r->srtt_us));
	json_object_set_new(o, "rto_ms", json_integer(r->rto_ms));
	json_object_set_new(o, "cwnd", json_integer(r->cwnd));
	json_object_set_new(o, "unacked", json_integer(r->unacked));
	json_object_set_new(o, "queued", json_integer(r->queued));
	return o;
}

/* Where a listing begins: at its cursor, at the one worker that is meant, or at the first. */
static struct control_cursor
first_cursor(const struct control_request *q)
{
	if (q->given & HAS(CURSOR))
		return q->cursor;
	return (struct control_cursor){.worker = q->given & HAS(ID)	  ? q->id.worker
						 : q->given & HAS(WORKER) ? q->worker
									  : 0};
}

/* Goes through the workers from *at on; *more: it broke off there. */
static int
scan_workers(const struct control_view *view, const struct control_request *q, struct scan *scan,
	     json_t *list, bool *more, struct control_fault *fault)
{
	unsigned left = q->limit, worker = scan->at.worker;
	struct tct_worker *w;

	*more = true;
	for (unsigned calls = 0; calls < SCAN_CALLS_MAX && left; calls++) {
		w = control_worker(view, worker);
		if (!w) {
			*more = false;
			return 0;
		}
		scan->room = left < SCAN_STEP ? left : SCAN_STEP;
		if (control_call(w, scan_step, scan, fault) < 0)
			return -EIO;
		for (unsigned i = 0; i < scan->found; i++)
			json_array_append_new(list, record_json(&scan->records[i], worker));
		left -= scan->found;
		if (scan->done) {
			*more = !(q->given & (HAS(ID) | HAS(WORKER)));
			if (!*more)
				return 0;
			scan->at = (struct control_cursor){.worker = ++worker};
			scan->done = false;
		}
	}
	return 0;
}

static json_t *
answer_connections(const struct control_view *view, const struct control_request *q,
		   struct control_fault *fault)
{
	struct scan *scan = calloc(1, sizeof(*scan));
	json_t *list = json_array(), *answer = NULL;
	char text[CONN_NAME_TEXT];
	bool more = false;

	if (!scan || !list) {
		control_refuse(fault, "no-memory", "no memory");
		goto out;
	}
	scan->filter = q;
	scan->at = first_cursor(q);
	if (!control_worker(view, scan->at.worker)) {
		control_no_worker(scan->at.worker, fault);
		goto out;
	}
	if (scan_workers(view, q, scan, list, &more, fault) < 0)
		goto out;
	more = more && control_worker(view, scan->at.worker);
	answer = json_object();
	json_object_set(answer, "connections", list);
	json_object_set_new(answer, "cursor",
			    more ? json_string(control_cursor_format(&scan->at, text))
				 : json_null());
out:
	json_decref(list);
	free(scan);
	return answer;
}

int
control_count_states(struct tct_worker *worker, uint64_t counts[STATE_MAX])
{
	struct scan *scan = calloc(1, sizeof(*scan));
	int ret = 0;

	if (!scan)
		return -ENOMEM;
	scan->room = SCAN_STEP;
	while (!scan->done && ret == 0) {
		ret = worker_call(worker, scan_step, scan);
		for (unsigned i = 0; ret == 0 && i < scan->found; i++)
			counts[scan->records[i].state]++;
	}
	free(scan);
	return ret;
}

/* ---- close and abort ------------------------------------------------------------------------ */

struct end_call {
	struct conn_name id;
	bool abort;
	bool found;
};

static void
end_conn(struct tct_worker *w, void *arg)
{
	struct end_call *end = arg;
	struct tct_conn *c;

	if (end->id.index >= w->tcp.conns.fresh)
		return;
	c = pool_at(&w->tcp.conns, end->id.index);
	if (c->state == STATE_CLOSED || c->generation != end->id.generation)
		return;
	end->found = true;
	if (end->abort)
		tct_abort(c);
	else
		tct_close(c);
}

static json_t *
answer_end(const struct control_view *view, const struct control_request *q,
	   struct control_fault *fault)
{
	struct end_call end = {.id = q->id, .abort = q->command == CONTROL_ABORT};
	struct tct_worker *w = control_worker(view, q->id.worker);
	char text[CONN_NAME_TEXT];

	if (w && control_call(w, end_conn, &end, fault) < 0)
		return NULL;
	conn_name_format(&q->id, text);
	if (!end.found) {
		control_refuse(fault, "no-such-connection",
			       "no connection %s: it has ended, or never was", text);
		return NULL;
	}
	return json_pack("{s:s}", "id", text);
}

/* ---- connect -------------------------------------------------------------------------------- */

struct connect_call {
	struct tct_connect connect;
	uint32_t index, generation;
	int ret;
};

static void
connect_on(struct tct_worker *w, void *arg)
{
	struct connect_call *call = arg;
	struct tct_conn *c;

	call->ret = tct_connect(w, &call->connect, &c);
	if (call->ret == 0) {
		call->index = conn_index(&w->tcp, c);
		call->generation = c->generation;
	}
}

static void
connect_refused(int err, struct control_fault *fault)
{
	static const struct {
		int err;
		const char *code, *text;
	} reasons[] = {
		{-EINVAL, "bad-address", "this address cannot be connected to"},
		{-EADDRNOTAVAIL, "address-not-available",
		 "the local address is not of this endpoint, or no local port is free"},
		{-ENETUNREACH, "no-route", "no route to that address"},
		{-EADDRINUSE, "address-in-use", "that connection exists, or is in TIME_WAIT"},
		{-ENOMEM, "no-memory", "no connection record is free"},
		{-ESHUTDOWN, "stopping", "this endpoint is stopping"},
	};

	for (unsigned i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].err == err) {
			control_refuse(fault, reasons[i].code, "%s", reasons[i].text);
			return;
		}
	control_refuse(fault, "refused", "%s", strerror(-err));
}

/* On the worker that is asked for, or the first that has a route. */
static json_t *
answer_connect(const struct control_view *view, const struct control_request *q,
	       struct control_fault *fault)
{
	struct connect_call c = {
		.connect = {.remote = q->remote,
			    .remote_port = q->remote_port,
			    .local = q->local,
			    .local_port = q->local_port,
			    .service = q->service,
			    .user = service_settings_default()},
		.ret = -ENETUNREACH,
	};
	unsigned n = q->given & HAS(WORKER) ? q->worker : 0;
	struct tct_worker *w = control_worker(view, n);
	char text[CONN_NAME_TEXT];

	if (!w) {
		control_no_worker(q->worker, fault);
		return NULL;
	}
	while (w) {
		if (control_call(w, connect_on, &c, fault) < 0)
			return NULL;
		if (q->given & HAS(WORKER) || (c.ret != -ENETUNREACH && c.ret != -EADDRNOTAVAIL))
			break;
		w = control_worker(view, ++n);
	}
	if (c.ret < 0) {
		connect_refused(c.ret, fault);
		return NULL;
	}
	conn_name_format(&(struct conn_name){n, c.index, c.generation}, text);
	return json_pack("{s:s}", "id", text);
}

/* ---- all ------------------------------------------------------------------------------------ */

static json_t *
answer_stop(const struct control_view *view, const struct control_request *q,
	    struct control_fault *fault)
{
	(void)q;
	(void)fault;
	view->stop(view->stop_arg);
	return json_pack("{s:b}", "stopping", 1);
}

json_t *
control_answer(const struct control_view *view, const struct control_request *q,
	       struct control_fault *fault)
{
	static json_t *(*const answers[CONTROL_COMMAND_MAX])(const struct control_view *,
							     const struct control_request *,
							     struct control_fault *) = {
		[CONTROL_CONNECTIONS] = answer_connections,
		[CONTROL_LISTENERS] = control_listeners,
		[CONTROL_COUNTERS] = control_counters,
		[CONTROL_NEIGHBOURS] = control_neighbours,
		[CONTROL_WORKERS] = control_workers,
		[CONTROL_DUMP] = control_dump,
		[CONTROL_CONNECT] = answer_connect,
		[CONTROL_CLOSE] = answer_end,
		[CONTROL_ABORT] = answer_end,
		[CONTROL_STOP] = answer_stop,
	};
	json_t *found = answers[q->command](view, q, fault), *answer;

	if (!found)
		return NULL;
	answer = json_pack("{s:s}", "command", control_command_name(q->command));
	json_object_update(answer, found);
	json_decref(found);
	return answer;
}

json_t *
control_error(const struct control_fault *fault)
{
	return json_pack("{s:s, s:s}", "error", fault->text, "code", fault->code);
}
