/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reading the configuration: text -> document -> settings laid over it -> shape (libcyaml) ->
 * values
 * -> what only the whole shows. The first complaint ends it.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "addresses.h"
#include "config_convert.h"
#include "config_load.h"
#include "sides.h"

#define MAX_FILE_BYTES (1 << 20)

void
app_config_init(struct app_config *config)
{
	memset(config, 0, sizeof(*config));
	tct_config_init(&config->lib);
	for (unsigned i = 0; i < MAX_LISTENS; i++)
		listen_config_init(&config->listens[i]);
	config->load = (struct load_config){
		.target_ports = {80, 80},
		.source_ports = {1024, 65535},
		.concurrency = 256,
		.duration_ms = 10000,
		.warmup_ms = 2000,
		.request_size = 64,
		.response_size = 64,
		.timeout_ms = 10000,
		.find_p99_ms = 10,
		.path = "/",
		.expect_status = {200, 299},
	};
}

void
app_config_free(struct app_config *config)
{
	for (unsigned i = 0; i < config->eal_count; i++)
		free(config->eal[i]);
	config->eal_count = 0;
}

const char *
workload_name(enum workload workload)
{
	static const char *const names[] = {"cc", "crr", "rr", "stream"};

	return names[workload];
}

/* ---- what only the whole shows -------------------------------------------------------------- */

/* Closing after a response and a directory of files are for http alone, the directory instead of a
 * response of a size. */
static int
check_http(const struct listen_config *l, unsigned n, struct document *d,
	   char error[CONFIG_ERROR_CHARS])
{
	char path[48];

	if (!l->keep_alive && strcmp(l->service, "http") != 0) {
		snprintf(path, sizeof(path), "listen.%u.keep-alive", n);
		return document_complain(d, path, error,
					 "given for service %s; service http wanted", l->service);
	}
	if (!*l->root)
		return 0;
	snprintf(path, sizeof(path), "listen.%u.root", n);
	if (strcmp(l->service, "http") != 0)
		return document_complain(d, path, error,
					 "given for service %s; service http wanted", l->service);
	if (l->response_size)
		return document_complain(d, path, error,
					 "given beside response-size; one of them wanted");
	return 0;
}

static int
check_listen(const struct app_config *config, unsigned n, struct document *d,
	     char error[CONFIG_ERROR_CHARS])
{
	const struct listen_config *l = &config->listens[n];
	char path[48], text[TCT_ADDRESS_TEXT];

	snprintf(path, sizeof(path), "listen.%u.address", n);
	tct_address_format(&l->address, text);
	if (!address_is_none(&l->address) && !sides_own(config, SIDE_SERVER, &l->address))
		return document_complain(d, path, error,
					 "'%s' given; an address of a %sport wanted", text,
					 sides_are_given(config) ? "server's " : "");
	snprintf(path, sizeof(path), "listen.%u.port", n);
	for (unsigned i = 0; i < n; i++)
		if (config->listens[i].port == l->port &&
		    memcmp(&config->listens[i].address, &l->address, sizeof(l->address)) == 0)
			return document_complain(
				d, path, error,
				"%u is listened on by listen.%u, too; each address and port once "
				"wanted",
				l->port, i);
	return check_http(l, n, d, error);
}

/* tct_config_check() opens with the key. */
static int
check_lib(const struct tct_config *lib, struct document *d, char error[CONFIG_ERROR_CHARS])
{
	char text[CONFIG_ERROR_CHARS / 2], path[64];
	int err = tct_config_check(lib, text, sizeof(text));
	size_t len;

	if (!err)
		return 0;
	len = strcspn(text, ":");
	snprintf(path, sizeof(path), "%.*s", (int)len, text);
	return document_complain(d, path, error, "%s", text + len + 2);
}

static int
check_whole(const struct app_config *config, struct document *d, char error[CONFIG_ERROR_CHARS])
{
	if (check_lib(&config->lib, d, error) || sides_check(config, d, error))
		return -EINVAL;
	for (unsigned i = 0; i < config->listen_count; i++)
		if (check_listen(config, i, d, error))
			return -EINVAL;
	return config_load_check(config, d, error);
}

/* ---- reading -------------------------------------------------------------------------------- */

#define NOT_GIVEN	UINT32_MAX
#define FIND_FIRST_RATE 1000 /* connections/s */

/* stream has one connection for each worker, if nothing else is said; and nothing holds a schedule
 * up. */
static void
default_concurrency(struct app_config *config, uint32_t otherwise)
{
	struct load_config *load = &config->load;
	bool endless;

	if (load->concurrency != NOT_GIVEN)
		return;
	endless = load->workload == WORKLOAD_RR && load->requests == 0;
	load->concurrency = load->rate && !endless ? 0 : otherwise;
	if (load->workload == WORKLOAD_STREAM)
		load->concurrency = config->lib.workers ? config->lib.workers : 1;
}

/* The duration of steps is theirs. */
static void
sum_durations(struct load_config *load)
{
	if (load->step_count)
		load->duration_ms = 0;
	for (unsigned i = 0; i < load->step_count; i++)
		load->duration_ms += load->steps[i].duration_ms;
}

static int
load_document(struct app_config *config, struct document *d, char error[CONFIG_ERROR_CHARS])
{
	struct text_config *text;
	int err = text_config_load(&text, d, error);
	uint32_t concurrency;

	if (err)
		return err;
	app_config_init(config);
	concurrency = config->load.concurrency;
	config->load.concurrency = NOT_GIVEN;
	err = config_convert(config, text, d, error);
	if (config->load.find_max && config->load.rate == 0)
		config->load.rate = FIND_FIRST_RATE;
	default_concurrency(config, concurrency);
	sum_durations(&config->load);
	if (!err)
		err = check_whole(config, d, error);
	if (err)
		app_config_free(config);
	text_config_free(text);
	return err;
}

static int
load_text(struct app_config *config, const char *name, const char *text, size_t len,
	  const struct config_settings *settings, char error[CONFIG_ERROR_CHARS])
{
	struct document d;
	int err = document_parse(&d, name, text, len, error);

	if (err)
		return err;
	if (settings != NULL)
		err = document_set(&d, settings, error);
	if (!err)
		err = load_document(config, &d, error);
	document_free(&d);
	return err;
}

/* The file's bytes, malloc()ed; NULL: one line in error, and errno. */
static char *
read_file(const char *path, size_t *len, char error[CONFIG_ERROR_CHARS])
{
	FILE *file = fopen(path, "r");
	char *text = file ? malloc(MAX_FILE_BYTES) : NULL;

	if (text == NULL)
		goto fail;
	errno = 0;
	*len = fread(text, 1, MAX_FILE_BYTES, file);
	if (*len == MAX_FILE_BYTES)
		errno = EFBIG;
	if (errno != 0)
		goto fail;
	fclose(file);
	return text;
fail:
	complain(error, "%s: %s; a YAML file of at most 1 MiB that can be read wanted", path,
		 strerror(errno));
	free(text);
	if (file != NULL)
		fclose(file);
	return NULL;
}

int
app_config_load(struct app_config *config, const char *path, const char *text,
		const struct config_settings *settings, char error[CONFIG_ERROR_CHARS])
{
	size_t len;
	char *bytes;
	int err;

	if (path == NULL)
		return load_text(config, "built-in configuration", text, strlen(text), settings,
				 error);
	bytes = read_file(path, &len, error);
	if (bytes == NULL)
		return errno ? -errno : -EIO;
	err = load_text(config, path, bytes, len, settings, error);
	free(bytes);
	return err;
}
