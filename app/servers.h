/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What listens on the passive side of a run: the services under listen: of the configuration, or
 * what answers the workload of its clients.
 */
#ifndef TCT_APP_SERVERS_H
#define TCT_APP_SERVERS_H

#include "config.h"
#include "services.h"

struct servers {
	const char *command; /* for complaints */
	const struct app_config *config;
	struct service_settings *settings[MAX_LISTENS];
};

/* Reads what the services under listen: serve, before anything is started, since it can fail. 0 or
 * a negative errno, said on stderr. */
int servers_prepare(struct servers *s);

/* Listens with what was prepared. 0 or a negative errno, said on stderr. */
int servers_listen(const struct servers *s, struct tct_endpoint *e);

/* Listens with the other half of the workload, of each part of a mix, or with http if that is what
 * the clients speak; once in a process. 0 or a negative errno, said on stderr. */
int servers_answer(const struct servers *s, struct tct_endpoint *e);

#endif
