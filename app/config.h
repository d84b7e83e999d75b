/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The one YAML file as C structs.
 *
 * Values come from four places, the later over the earlier: defaults, the file, --set KEY=VALUE,
 * and the command's own options (which are settings under another name: --duration is
 * load.duration). All pass the same checks, and a complaint names the place that gave the value:
 * FILE:LINE, or the option as it was typed. Every key, its unit and range is listed in
 * config_keys.h and described in config/README.md.
 */
#ifndef TCT_APP_CONFIG_H
#define TCT_APP_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "tercet.h"

#define MAX_LISTENS	 256
#define MAX_EAL_ARGS	 64
#define LOAD_MAX_PARTS	 8 /* of one run */
#define LOAD_MAX_STEPS	 64
#define LOAD_MAX_RATE	 1000000000
#define LOAD_MAX_STEP_MS 86400000
#define SERVICE_CHARS	 16
#define SOCKET_CHARS	 108 /* sun_path */
#define ROOT_CHARS	 256

enum workload {
	WORKLOAD_CC,	 /* connect, close */
	WORKLOAD_CRR,	 /* connect, request, response, close */
	WORKLOAD_RR,	 /* many requests on one connection */
	WORKLOAD_STREAM, /* bulk */
};

/* What requests and responses are. */
enum load_protocol {
	PROTOCOL_BYTES, /* so many bytes, whatever they are */
	PROTOCOL_HTTP,	/* HTTP/1.1, see http_template.h */
};

/* Who sends in stream, as the client sees it. */
enum load_direction {
	DIRECTION_SEND,
	DIRECTION_RECEIVE,
	DIRECTION_BOTH, /* at once */
};

/* When the connections of an open loop are due. */
enum load_arrival {
	ARRIVAL_UNIFORM, /* evenly */
	ARRIVAL_POISSON, /* with gaps that are drawn from the exponential distribution */
};

enum load_method {
	METHOD_GET,
	METHOD_HEAD,
	METHOD_POST,
};

#define LOAD_TEXT_CHARS	 256
#define LOAD_TEXTS_CHARS 1024 /* of several in one */

/* Of load, whose a port is. */
enum port_side {
	SIDE_ANY, /* the clients', who are all that there is */
	SIDE_CLIENT,
	SIDE_SERVER,
};

/* "cc", "crr", "rr", "stream". */
const char *workload_name(enum workload workload);

struct port_range {
	uint16_t first, last; /* host byte order, both included */
};

struct listen_config {
	struct tct_address address; /* all zero: every local address */
	uint16_t port;
	char service[SERVICE_CHARS];
	uint32_t response_size; /* bytes; 0: the service's own */
	uint32_t backlog;	/* half-open records; 0: as many as there are */
	char root[ROOT_CHARS];	/* directory of http's files; "": none */
	bool keep_alive;	/* http: a connection may have more than one request */
	uint32_t header_timeout_ms, idle_timeout_ms, write_timeout_ms; /* 0: for ever */
};

/* All defaults: no port, no service. */
static inline void
listen_config_init(struct listen_config *l)
{
	*l = (struct listen_config){
		.keep_alive = true,
		.header_timeout_ms = 10000,
		.idle_timeout_ms = 60000,
		.write_timeout_ms = 60000,
	};
}

/* So many connections per second for so long. */
struct load_step {
	uint64_t rate;
	uint32_t duration_ms;
};

struct load_config {
	uint32_t weight;			  /* in a mix */
	struct tct_address target;		  /* the first of targets; all zero: not given */
	struct tct_local targets[TCT_MAX_LOCALS]; /* prefix_len means nothing here */
	unsigned target_count;			  /* 0: target is the only one */
	struct port_range target_ports;
	struct port_range server_ports; /* of the servers that are here; first 0: target_ports */
	struct tct_local sources[TCT_MAX_LOCALS]; /* prefix_len means nothing here */
	unsigned source_count; /* 0: those of the port by which the target is reached */
	struct port_range source_ports;
	enum workload workload;
	uint64_t rate; /* connections/s of all workers; 0: as fast as it goes */
	struct load_step steps[LOAD_MAX_STEPS]; /* if it changes; rate is that of the first */
	unsigned step_count;			/* 0: it does not */
	enum load_arrival arrival;
	bool find_max;	      /* search for the highest rate, from rate on; duration is a trial's */
	uint32_t find_p99_ms; /* at which connections are established so fast */
	uint64_t find_failures; /* and no more fail in a trial */
	uint32_t concurrency; /* connections open at a time, of all workers; 0: no limit but memory
			       */
	uint32_t duration_ms; /* measured, after the warm-up; 0: until stopped; steps: of all */
	uint32_t warmup_ms;
	uint32_t wire_ms; /* bench, load: twice so long packets are merely reflected first; 0: no */
	uint32_t request_size, response_size; /* bytes */
	uint32_t think_ms;		      /* rr: between a response and the next request */
	uint32_t timeout_ms;	/* for a connection to open, and for each response; 0: for ever */
	uint32_t abort_percent; /* so many connections end by RST */
	uint32_t half_open_percent; /* so many are a SYN and no more */
	uint32_t hold_ms;	    /* a connection stays open so long once its work is done */
	bool server_closes;	    /* wait for the peer's FIN instead of closing first */
	enum load_protocol protocol;
	/* what http asks for, and what it wants */
	char path[LOAD_TEXTS_CHARS]; /* or several, with ", " between them */
	enum load_method method;
	char host[LOAD_TEXT_CHARS];	/* "": the target */
	char headers[LOAD_TEXTS_CHARS]; /* lines with LF between them */
	char body[LOAD_TEXTS_CHARS];	/* of POST; "": request_size bytes of the pattern */
	struct port_range expect_status;
	char expect_body[LOAD_TEXT_CHARS]; /* "": not looked at */
	uint32_t requests;		   /* rr: on each connection; 0: until the end */
	enum load_direction direction;
	bool verify; /* stream: look at every byte received */
};

struct control_config {
	char socket[SOCKET_CHARS]; /* path of the unix socket; "": none */
};

struct app_config {
	struct tct_config lib;
	enum port_side sides[TCT_MAX_PORTS]; /* of lib.ports: given for all of them or none */
	char *eal[MAX_EAL_ARGS];	     /* owned; without the program's name */
	unsigned eal_count;
	struct listen_config listens[MAX_LISTENS];
	unsigned listen_count;
	struct load_config load;
	struct load_config mix[LOAD_MAX_PARTS]; /* what load's connections do, if they differ */
	unsigned mix_count;
	struct control_config control;
};

/* A setting from the command line. */
struct config_setting {
	char *key;    /* "load.duration", "ports.0.vlan" */
	char *value;  /* YAML text: "10s", "[a, b]" */
	char *origin; /* as it was typed: "--duration 10x", "--set a=b" */
};

#define MAX_SETTINGS 128

struct config_settings {
	struct config_setting list[MAX_SETTINGS];
	unsigned count;
};

/* Adds key = value, copied; origin is for complaints. 0, or -ENOSPC, -ENOMEM, said on stderr. */
int config_settings_add(struct config_settings *s, const char *key, const char *value,
			const char *origin);

/* Splits "a.b=c", the argument of --set. 0 or -EINVAL, said on stderr with what is wanted. */
int config_settings_add_text(struct config_settings *s, const char *text);

void config_settings_free(struct config_settings *s);

#define CONFIG_ERROR_CHARS 512

/*
 * Reads path, or when it is NULL the YAML text, lays settings (NULL: none) over it, and checks
 * everything that can be checked without touching a device. 0, or a negative errno with one line in
 * error (FILE:LINE: key 'a.b': what was given; what is wanted). config needs no initialisation; on
 * success app_config_free() it.
 */
int app_config_load(struct app_config *config, const char *path, const char *text,
		    const struct config_settings *settings, char error[CONFIG_ERROR_CHARS]);

/* All defaults: no ports, no listeners. */
void app_config_init(struct app_config *config);

void app_config_free(struct app_config *config);

#endif
