/* SPDX-License-Identifier: BSD-3-Clause */
/* Answers from a tree of files: paths, conditions, ranges. */
#include "http_client.h"
#include "http_tree.h"

#define CONTENT "0123456789"
#define BEFORE	"Sun, 06 Nov 1994 08:49:36 GMT"
#define DATE	"Sun, 06 Nov 1994 08:49:37 GMT"
#define AFTER	"Sun, 06 Nov 1994 08:49:38 GMT"

static char etag[HTTP_ETAG_CHARS + 1];

static int
make(void **state)
{
	struct listen_config listen;
	struct service_settings *s;

	if (tree_make(state))
		return -1;
	tree_folder("sub");
	tree_file("index.html", "<p>root");
	tree_file("sub/index.html", "<p>sub");
	tree_file("file.txt", CONTENT);
	tree_file("empty", "");
	listen_config_init(&listen);
	strcpy(listen.root, tree_root);
	s = settings_of(&listen);
	strcpy(etag, http_files_find(s->http.files, "/file.txt", 9)->etag);
	fake_open(service_find("http"), s);
	return 0;
}

static int
clean_up(void **state)
{
	fake_end(TCT_CLOSED);
	blocks_are_all_back(state);
	return tree_remove(state);
}

/* One request, its answer in r; the connection stays in step whatever the answer is. */
static void
ask(struct response *r, const char *method, const char *target, const char *fields)
{
	char text[1024];
	const char *p;

	snprintf(text, sizeof(text), "%s %s HTTP/1.1\r\nHost: a\r\n%s\r\n", method, target, fields);
	fake.sent_len = 0;
	fake.sent[0] = '\0';
	fake_deliver_text(text);
	fake_ack(fake.queued);
	p = read_response(fake.sent, r);
	assert_true(r->has_date);
	assert_ptr_equal(p + (strcmp(method, "HEAD") ? r->length : 0), fake.sent + fake.sent_len);
}

static void
status_is(const char *target, const char *fields, unsigned status)
{
	struct response r;

	ask(&r, "GET", target, fields);
	if (r.status != status)
		fail_msg("%s %s: %u and not %u", target, fields, r.status, status);
}

static void
range_is(const char *value, const char *content_range, const char *content)
{
	struct response r;
	char fields[128];

	snprintf(fields, sizeof(fields), "Range: %s\r\n", value);
	ask(&r, "GET", "/file.txt", fields);
	if (content_range) {
		snprintf(fields, sizeof(fields), "\r\nContent-Range: %s\r\n", content_range);
		assert_int_equal(r.status, content ? 206 : 416);
		assert_non_null(strstr(r.header, fields));
	} else {
		assert_int_equal(r.status, 200);
		assert_null(strstr(r.header, "Content-Range"));
	}
	assert_int_equal(r.length, content ? strlen(content) : 0);
	assert_memory_equal(r.body, content ? content : "", r.length);
}

static void
files_are_served_with_what_is_known_of_them(void **state)
{
	struct response r;
	char wanted[64];

	(void)state;
	ask(&r, "GET", "/file.txt?query", "");
	assert_int_equal(r.status, 200);
	assert_string_equal(r.body, CONTENT);
	assert_non_null(strstr(r.header, "\r\nContent-Type: text/plain; charset=utf-8\r\n"));
	assert_non_null(strstr(r.header, "\r\nLast-Modified: " DATE "\r\n"));
	assert_non_null(strstr(r.header, "\r\nAccept-Ranges: bytes\r\n"));
	snprintf(wanted, sizeof(wanted), "\r\nETag: %s\r\n", etag);
	assert_non_null(strstr(r.header, wanted));
	ask(&r, "HEAD", "/file.txt", "");
	assert_int_equal(r.status, 200);
	assert_int_equal(r.length, 10);
	ask(&r, "GET", "/empty", "");
	assert_int_equal(r.status, 200);
	assert_int_equal(r.length, 0);
	ask(&r, "GET", "/", "");
	assert_string_equal(r.body, "<p>root");
	ask(&r, "GET", "http://a", ""); /* without a path */
	assert_string_equal(r.body, "<p>root");
	ask(&r, "GET", "http://a?x", "");
	assert_string_equal(r.body, "<p>root");
	ask(&r, "GET", "http://other:80/sub/", "");
	assert_string_equal(r.body, "<p>sub");
	ask(&r, "GET", "/sub", "");
	assert_int_equal(r.status, 301);
	assert_non_null(strstr(r.header, "\r\nLocation: /sub/\r\n"));
	ask(&r, "POST", "/file.txt", "");
	assert_int_equal(r.status, 405);
}

static void
other_paths_are_not_found(void **state)
{
	static const char *const targets[] = {
		"/none",
		"/sub/none",
		"/file.txt/",
		"//file.txt",
		"/./file.txt",
		"/sub/../file.txt",
		"/sub/%2e%2e/file.txt",
		"/../../../../../../etc/passwd",
		"/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
		"/..%2f..%2f..%2f..%2fetc%2fpasswd",
		"/sub%2findex.html",
		"/%5c..%5c..%5cetc",
		"/\\..\\..\\etc\\passwd",
		"/..;/etc/passwd",
		"/%252e%252e/file.txt",
		"/%c0%ae%c0%ae/file.txt",
		"http://a/../file.txt",
		"/file.txt#fragment",
		"/FILE.TXT",
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(targets) / sizeof(targets[0]); i++)
		status_is(targets[i], "", 404);
	status_is("/file.txt%00", "", 400);
	status_is("/%zz", "", 400);
	assert_false(fake.shut); /* in step all the while */
}

/* fields, with our tag in the place of TAG. */
static const char *
with_tag(const char *fields)
{
	static char text[256];
	const char *at = strstr(fields, "TAG");

	snprintf(text, sizeof(text), "%.*s%s%s", at ? (int)(at - fields) : 0, fields,
		 at ? etag : fields, at ? at + 3 : "");
	return text;
}

static void
validators_of_the_client_are_compared(void **state)
{
	static const struct {
		const char *fields; /* TAG: our tag */
		unsigned status;
	} cases[] = {
		{"If-None-Match: TAG\r\n", 304},
		{"If-None-Match: W/TAG\r\n", 304},
		{"If-None-Match: \"x\", W/\"y\" ,\tTAG\r\n", 304},
		{"If-None-Match: *\r\n", 304},
		{"If-None-Match: \"x\"\r\n", 200},
		{"If-None-Match: \r\n", 200},
		{"If-None-Match: TAG\r\nIf-Modified-Since: " BEFORE "\r\n", 304},
		{"If-None-Match: \"x\"\r\nIf-Modified-Since: " AFTER "\r\n", 200},
		{"If-None-Match: \"x\"\r\nIf-None-Match: TAG\r\n", 200}, /* twice: not known */
		{"If-Modified-Since: " DATE "\r\n", 304},
		{"If-Modified-Since: " AFTER "\r\n", 304},
		{"If-Modified-Since: " BEFORE "\r\n", 200},
		{"If-Modified-Since: yesterday\r\n", 200},
		{"If-Match: TAG\r\n", 200},
		{"If-Match: *\r\n", 200},
		{"If-Match: W/TAG\r\n", 412},
		{"If-Match: \"x\"\r\n", 412},
		{"If-Unmodified-Since: " DATE "\r\n", 200},
		{"If-Unmodified-Since: " BEFORE "\r\n", 412},
		{"If-Unmodified-Since: yesterday\r\n", 200},
		{"If-Match: TAG\r\nIf-Unmodified-Since: " BEFORE "\r\n", 200},
		{"If-Match: *\r\nIf-None-Match: TAG\r\n", 304},
	};
	struct response r;

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		status_is("/file.txt", with_tag(cases[i].fields), cases[i].status);
		assert_false(fake.shut);
	}
	ask(&r, "HEAD", "/file.txt", "If-None-Match: *\r\n");
	assert_int_equal(r.status, 304);
	assert_null(strstr(r.header, "Content-Type")); /* RFC 9110 15.4.5 */
	assert_non_null(strstr(r.header, etag));
	status_is("/none", "If-None-Match: *\r\n", 404);
}

static void
ranges_are_cut_out(void **state)
{
	(void)state;
	range_is("bytes=0-0", "bytes 0-0/10", "0");
	range_is("bytes=2-4", "bytes 2-4/10", "234");
	range_is("bytes=7-", "bytes 7-9/10", "789");
	range_is("bytes=7-99999999999999999", "bytes 7-9/10", "789");
	range_is("bytes=-3", "bytes 7-9/10", "789");
	range_is("bytes=-10", "bytes 0-9/10", CONTENT);
	range_is("bytes=-11", "bytes 0-9/10", CONTENT);
	range_is("BYTES=0-", "bytes 0-9/10", CONTENT);
	range_is("bytes=10-", "bytes */10", NULL);
	range_is("bytes=10-20", "bytes */10", NULL);
	range_is("bytes=-0", "bytes */10", NULL);
}

static void
what_is_no_single_range_is_ignored(void **state)
{
	static const char *const values[] = {
		"bytes=",    "bytes=-",	      "bytes=a-b",
		"bytes=4-2", "bytes=1-2,4-5", "lines=1-2",
		"bytes 1-2", "bytes=1-2x",    "bytes=--2",
		"bytes=1",   "bytes=1-2-3",   "bytes=99999999999999999999-",
		"",	     "bytes=+1-2",
	};
	struct response r;

	(void)state;
	for (unsigned i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		range_is(values[i], NULL, CONTENT);
	ask(&r, "HEAD", "/file.txt", "Range: bytes=2-4\r\n"); /* for GET alone: RFC 9110 14.2 */
	assert_int_equal(r.status, 200);
	assert_int_equal(r.length, 10);
	status_is("/empty", "Range: bytes=0-\r\n", 416);
	status_is("/none", "Range: bytes=0-\r\n", 404);
}

static void
if_range_wants_the_very_content(void **state)
{
	char fields[256];

	(void)state;
	snprintf(fields, sizeof(fields), "Range: bytes=0-1\r\nIf-Range: %s\r\n", etag);
	status_is("/file.txt", fields, 206);
	snprintf(fields, sizeof(fields), "Range: bytes=0-1\r\nIf-Range: W/%s\r\n", etag);
	status_is("/file.txt", fields, 200);
	status_is("/file.txt", "Range: bytes=0-1\r\nIf-Range: \"x\"\r\n", 200);
	status_is("/file.txt", "Range: bytes=0-1\r\nIf-Range: " DATE "\r\n", 206);
	status_is("/file.txt", "Range: bytes=0-1\r\nIf-Range: " AFTER "\r\n", 200);
	status_is("/file.txt", "Range: bytes=0-1\r\nIf-Range: \r\n", 200);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, make, clean_up)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(files_are_served_with_what_is_known_of_them),
		TEST(other_paths_are_not_found),
		TEST(validators_of_the_client_are_compared),
		TEST(ranges_are_cut_out),
		TEST(what_is_no_single_range_is_ignored),
		TEST(if_range_wants_the_very_content),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
