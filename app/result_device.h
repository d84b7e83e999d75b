/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a device under test did with the segments between two sides that are both here: of load with
 * ports on either side.
 *
 * Lost is what one side sent and the other did not receive. Of a device that ends connections
 * itself (a proxy) that says nothing: it sends segments of its own. When more come out of it than
 * went in, nobody can tell how many were lost.
 */
#ifndef TCT_APP_RESULT_DEVICE_H
#define TCT_APP_RESULT_DEVICE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <jansson.h>

struct result_end;
struct tct_endpoint;

/* TCP segments that went one way. */
struct result_passage {
	uint64_t sent;	   /* by the ports of one side */
	uint64_t received; /* and found valid by the other side */
	uint64_t missed;   /* packets that the ports of the other side had no room for */
};

struct result_device {
	bool measured;		     /* there is one */
	struct result_passage to[2]; /* to the servers, to the clients */
};

/* Of endpoints that still have their ports; when nothing is under way, what is missing is lost. */
void result_device_take(struct result_device *d, const struct tct_endpoint *clients,
			const struct tct_endpoint *servers);

/* False: nobody can tell. */
bool result_device_lost(const struct result_passage *p, uint64_t *lost);

/* Those of loads that went on together. */
void result_device_add(struct result_device *into, const struct result_device *from);

/* end.device, with the counters of either side; null: there is none. And the way back. */
json_t *result_device_json(const struct result_end *end);
void result_device_read(struct result_end *end, const json_t *json);

/* Lines of the summary. */
void result_device_print(FILE *out, const struct result_end *end);

#endif
