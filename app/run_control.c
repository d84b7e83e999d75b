/* SPDX-License-Identifier: BSD-3-Clause */
#include "run_control.h"

#include "control.h"
#include "telemetry.h"

static void
tick(void *control, int timeout_ms, int wake_fd)
{
	control_poll(control, timeout_ms, wake_fd);
}

static void
stop(void *arg)
{
	struct run *r = arg;

	r->stop = true;
}

static void
add_endpoint(struct control_view *view, struct tct_endpoint *e)
{
	if (e && (view->endpoint_count == 0 || view->endpoints[0] != e))
		view->endpoints[view->endpoint_count++] = e;
}

int
run_control_open(struct run *r)
{
	const char *path = r->options->config.control.socket;
	struct control_view view = {.stop = stop, .stop_arg = r};
	struct control *control;
	int ret;

	add_endpoint(&view, r->active);
	add_endpoint(&view, r->passive);
	ret = telemetry_open(&view);
	if (ret < 0 || !*path)
		return ret;
	ret = control_open(&control, path, &view);
	if (ret < 0) {
		telemetry_close();
		return ret;
	}
	r->tick = tick;
	r->tick_arg = control;
	return 0;
}

void
run_control_close(struct run *r)
{
	telemetry_close();
	if (r->tick != tick)
		return;
	control_close(r->tick_arg);
	r->tick = NULL;
}
