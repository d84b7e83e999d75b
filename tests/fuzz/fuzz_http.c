/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Any bytes to the http service, over a faked connection. They are delivered whole to a peer that
 * reads at once, and in pieces to one that reads slowly: both get the same answers, or one of them
 * is out of step. Then time passes: whatever was said, the connection comes to its end.
 *
 * Input: one byte, lowest bit: files instead of a pattern; one byte of how to cut; then what the
 * client sends.
 */
#include "fuzz.h"

#include <string.h>

#include "../unit/app/fake_tct.h"
#include "../unit/app/http_tree.h"
#include "config.h"
#include "services.h"
#include "services/block.h"

#define REQUESTS_MAX 9000 /* what one packet can bring */

static struct service_settings *pattern, *files;

static void
remove_tree(void)
{
	tree_remove(NULL);
}

static void
set_up(void)
{
	char error[SERVICE_ERROR_CHARS];
	struct listen_config listen;

	if (pattern)
		return;
	listen_config_init(&listen);
	listen.response_size = 10;
	pattern = service_settings_make(&listen, error);
	CHECK(tree_make(NULL) == 0);
	atexit(remove_tree);
	tree_folder("a");
	tree_file("index.html", "root");
	tree_file("a/index.html", "sub");
	tree_file("a/b", "0123456789");
	strcpy(listen.root, tree_root);
	listen.response_size = 0;
	files = service_settings_make(&listen, error);
	CHECK(pattern && files);
}

static void
read_all(void)
{
	while (fake.queued && !fake.aborted)
		fake_ack(fake.queued < 100 ? fake.queued : 100);
}

/* Every answer has the date of its second. */
static void
blank_dates(void)
{
	for (char *p = fake.sent; (p = strstr(p, "\r\nDate: "));)
		for (p += 8; *p != '\r'; p++)
			*p = '-';
}

static void
deliver_in_pieces(const uint8_t *data, size_t size, uint8_t cut)
{
	for (size_t at = 0, n; at < size && !fake.aborted; at += n) {
		n = 1 + (cut ? (at * 7 + cut) % cut : 0);
		n = n < size - at ? n : size - at;
		fake_deliver(data + at, n);
		if (cut & 1)
			fake_ack(fake.queued / 2);
	}
}

/* However the peer goes on, or does not: it is over in the sum of all timeouts. */
static void
check_end(bool fin)
{
	if (fin && !fake.aborted)
		fake_peer_fin();
	for (unsigned s = 0; s < 400 && !fake.aborted && !fake.closed; s++)
		fake_pass_ms(500);
	CHECK(fake.aborted || fake.closed);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = {data, size};
	struct service_settings *s;
	uint8_t cut;
	char *wanted;

	set_up();
	s = fuzz_byte(&in) & 1 ? files : pattern;
	cut = fuzz_byte(&in);
	in.size = in.size < REQUESTS_MAX ? in.size : REQUESTS_MAX;
	fake_open(service_find("http"), s);
	if (in.size)
		fake_deliver(in.data, in.size);
	read_all();
	CHECK(!fake.aborted);
	CHECK(fake.sent_len == 0 || memcmp(fake.sent, "HTTP/1.1 ", 9) == 0);
	CHECK(strlen(fake.sent) == fake.sent_len);
	blank_dates();
	wanted = strdup(fake.sent);
	check_end(false);
	fake_end(TCT_CLOSED);

	fake_open(service_find("http"), s);
	fake.buffer = 600; /* any header, and not two of them */
	deliver_in_pieces(in.data, in.size, cut);
	read_all();
	CHECK(!fake.aborted);
	blank_dates();
	CHECK(strcmp(fake.sent, wanted) == 0);
	check_end(cut & 2);
	fake_end(TCT_CLOSED);
	free(wanted);
	return 0;
}
