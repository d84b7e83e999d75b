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
		.path = "/",
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

static bool
is_ours(const struct tct_config *lib, const struct tct_address *a)
{
	for (unsigned p = 0; p < lib->port_count; p++)
		for (unsigned i = 0; i < lib->ports[p].local_count; i++)
			if (addresses_contain(&lib->ports[p].locals[i], a))
				return true;
	return false;
}

/* A directory of files is for http alone, and instead of a response of a size. */
static int
check_root(const struct listen_config *l, unsigned n, struct document *d,
	   char error[CONFIG_ERROR_CHARS])
{
	char path[48];

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
	if (!address_is_none(&l->address) && !is_ours(&config->lib, &l->address))
		return document_complain(d, path, error, "'%s' given; an address of a port wanted",
					 text);
	snprintf(path, sizeof(path), "listen.%u.port", n);
	for (unsigned i = 0; i < n; i++)
		if (config->listens[i].port == l->port &&
		    memcmp(&config->listens[i].address, &l->address, sizeof(l->address)) == 0)
			return document_complain(
				d, path, error,
				"%u is listened on by listen.%u, too; each address and port once "
				"wanted",
				l->port, i);
	return check_root(l, n, d, error);
}

static int
check_source(const struct app_config *config, unsigned n, struct document *d,
	     char error[CONFIG_ERROR_CHARS])
{
	const struct tct_local *source = &config->load.sources[n];
	struct tct_address last = address_plus(&source->first, source->count - 1);
	char path[48], text[ADDRESSES_TEXT];

	snprintf(path, sizeof(path), "load.source-addresses.%u", n);
	if (is_ours(&config->lib, &source->first) && is_ours(&config->lib, &last))
		return 0;
	return document_complain(d, path, error, "'%s' given; addresses of the ports wanted",
				 addresses_format(source, text));
}

/* What a workload cannot do. */
static int
check_stream(const struct load_config *load, struct document *d, char error[CONFIG_ERROR_CHARS])
{
	bool stream = load->workload == WORKLOAD_STREAM;

	if (stream && load->server_closes)
		return document_complain(
			d, "load.first-to-close", error,
			"'server' given; client wanted with workload stream, whose "
			"end is the run's");
	if (stream && load->hold_ms)
		return document_complain(d, "load.hold", error,
					 "given; none wanted with workload stream");
	if (!stream && load->verify)
		return document_complain(d, "load.verify", error,
					 "'on' given; workload stream wanted with it");
	return 0;
}

/* A path is sent as it stands: RFC 9112 3.2.1. */
static bool
is_path(const char *path)
{
	if (path[0] != '/')
		return false;
	for (; *path; path++)
		if (*path <= ' ' || *path > '~')
			return false;
	return true;
}

static int
check_requests(const struct load_config *load, struct document *d, char error[CONFIG_ERROR_CHARS])
{
	bool rr = load->workload == WORKLOAD_RR;

	if (rr && load->server_closes && load->requests == 0)
		return document_complain(d, "load.requests", error,
					 "0 given; a number wanted with first-to-close: server, "
					 "which closes after so many");
	if (load->protocol == PROTOCOL_HTTP && !rr && load->workload != WORKLOAD_CRR)
		return document_complain(d, "load.protocol", error,
					 "'http' given; workload crr or rr wanted with it");
	if (!is_path(load->path))
		return document_complain(d, "load.path", error,
					 "'%.80s' given; an absolute path without spaces wanted, "
					 "such as /index.html",
					 load->path);
	return 0;
}

static int
check_load(const struct app_config *config, struct document *d, char error[CONFIG_ERROR_CHARS])
{
	const struct load_config *load = &config->load;

	if (check_stream(load, d, error) || check_requests(load, d, error))
		return -EINVAL;
	for (unsigned i = 0; i < load->source_count; i++)
		if (check_source(config, i, d, error))
			return -EINVAL;
	if (load->rate == 0 && load->concurrency == 0)
		return document_complain(d, "load.concurrency", error,
					 "neither it nor load.rate limits anything; one of them "
					 "wanted");
	return 0;
}

/* tct_config_check() opens with the key. */
static int
check_lib(const struct tct_config *lib, struct document *d, char error[CONFIG_ERROR_CHARS])
{
	char text[CONFIG_ERROR_CHARS / 2], path[64];
	int err = tct_config_check(lib, text, sizeof(text));
	size_t len = strcspn(text, ":");

	if (!err)
		return 0;
	snprintf(path, sizeof(path), "%.*s", (int)len, text);
	return document_complain(d, path, error, "%s", text + len + 2);
}

static int
check_whole(const struct app_config *config, struct document *d, char error[CONFIG_ERROR_CHARS])
{
	if (check_lib(&config->lib, d, error))
		return -EINVAL;
	for (unsigned i = 0; i < config->listen_count; i++)
		if (check_listen(config, i, d, error))
			return -EINVAL;
	return check_load(config, d, error);
}

/* ---- reading -------------------------------------------------------------------------------- */

#define NOT_GIVEN UINT32_MAX

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
	default_concurrency(config, concurrency);
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
