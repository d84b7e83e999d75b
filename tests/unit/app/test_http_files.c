/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "http_tree.h"
#include "services/http_files.h"
#include "services/http_request.h"
#include "services/http_type.h"

static const struct http_files *
load(void)
{
	char error[HTTP_FILES_ERROR];
	const struct http_files *files = http_files_load(tree_root, error);

	if (!files)
		fail_msg("%s", error);
	return files;
}

static const struct http_file *
find(const struct http_files *files, const char *path)
{
	return http_files_find(files, path, strlen(path));
}

static void
content_is(const struct http_files *files, const char *path, const char *content)
{
	const struct http_file *f = find(files, path);

	if (!f)
		fail_msg("not found: %s", path);
	assert_int_equal(f->size, strlen(content));
	assert_memory_equal(f->bytes, content, f->size);
	assert_false(f->moved);
}

static void
files_are_found_by_their_paths(void **state)
{
	const struct http_files *files;

	(void)state;
	tree_folder("a");
	tree_folder("a/b");
	tree_folder("empty");
	tree_file("x", "1");
	tree_file("a/x", "22");
	tree_file("a/b/with space & more", "333");
	tree_file("a/.hidden", "dot");
	tree_file("nothing", "");
	files = load();
	content_is(files, "/x", "1");
	content_is(files, "/a/x", "22");
	content_is(files, "/a/b/with space & more", "333");
	content_is(files, "/a/.hidden", "dot");
	content_is(files, "/nothing", "");
	assert_null(find(files, "/"));
	assert_null(find(files, "/a"));
	assert_null(find(files, "/a/"));
	assert_null(find(files, "/empty"));
	assert_null(find(files, "x"));
	assert_null(find(files, "//x"));
	assert_null(find(files, "/a/../x"));
	assert_null(find(files, "/a/./x"));
	assert_null(find(files, "/x/"));
	assert_null(find(files, ""));
	assert_int_equal(http_files_longest(files), strlen("/a/b/with space & more"));
}

static void
many_files_are_all_found(void **state)
{
	const struct http_files *files;
	char name[32], content[32];

	(void)state;
	for (unsigned i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "%u", i);
		snprintf(content, sizeof(content), "content %u", i * i);
		tree_file(name, content);
	}
	files = load();
	for (unsigned i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "/%u", i);
		snprintf(content, sizeof(content), "content %u", i * i);
		content_is(files, name, content);
	}
	assert_null(find(files, "/1000"));
}

static void
index_html_stands_for_its_directory(void **state)
{
	const struct http_files *files;
	const struct http_file *f;

	(void)state;
	tree_folder("a b");
	tree_folder("a b/c\xc3\xa9");
	tree_file("index.html", "root");
	tree_file("a b/c\xc3\xa9/index.html", "deep");
	tree_file("a b/not-index.html", "other");
	files = load();
	content_is(files, "/", "root");
	content_is(files, "/index.html", "root");
	content_is(files, "/a b/c\xc3\xa9/", "deep");
	assert_non_null(strstr(find(files, "/")->fields, "Content-Type: text/html;"));
	assert_null(find(files, "/a b/"));
	f = find(files, "/a b/c\xc3\xa9");
	assert_non_null(f);
	assert_true(f->moved);
	assert_string_equal(f->fields, "Location: /a%20b/c%C3%A9/\r\n");
}

/* Nothing outside of the root, by any link, and no circles. */
static void
links_lead_nowhere_else(void **state)
{
	const struct http_files *files;
	char outside[128];

	(void)state;
	snprintf(outside, sizeof(outside), "%s-outside", tree_root);
	tree_folder("in");
	tree_file("in/file", "inside");
	tree_link("relative", "in/file");
	tree_link("absolute", tree_path("in/file"));
	tree_link("passwd", "/etc/passwd");
	tree_link("up", "../../../../../../etc/passwd");
	tree_link("folder", "in");
	tree_link("self", ".");
	tree_link("circle", "circle");
	tree_link("dangling", "nothing");
	tree_link("device", "/dev/zero");
	assert_int_equal(mkdir(outside, 0755), 0); /* its name begins with the root's */
	strcat(outside, "/file");
	fclose(fopen(outside, "w"));
	tree_link("sibling", outside);
	assert_int_equal(mkfifo(tree_path("fifo"), 0644), 0);
	files = load();
	unlink(outside);
	*strrchr(outside, '/') = '\0';
	rmdir(outside);
	content_is(files, "/relative", "inside");
	content_is(files, "/absolute", "inside");
	assert_null(find(files, "/passwd"));
	assert_null(find(files, "/up"));
	assert_null(find(files, "/folder/file"));
	assert_null(find(files, "/self/in/file"));
	assert_null(find(files, "/circle"));
	assert_null(find(files, "/dangling"));
	assert_null(find(files, "/device"));
	assert_null(find(files, "/fifo"));
	assert_null(find(files, "/sibling"));
}

static void
changes_after_loading_are_not_seen(void **state)
{
	const struct http_files *files;

	(void)state;
	tree_file("x", "before");
	files = load();
	tree_file("x", "");
	tree_file("y", "new");
	content_is(files, "/x", "before");
	assert_null(find(files, "/y"));
	assert_ptr_equal(load(), files); /* read once */
}

static void
tag_is_that_of_the_content(void **state)
{
	const struct http_files *files;

	(void)state;
	tree_file("a", "same");
	tree_file("b", "same");
	tree_file("c", "Same");
	files = load();
	assert_string_equal(find(files, "/a")->etag, find(files, "/b")->etag);
	assert_string_not_equal(find(files, "/a")->etag, find(files, "/c")->etag);
	assert_int_equal(strlen(find(files, "/a")->etag), HTTP_ETAG_CHARS);
	assert_memory_equal(find(files, "/a")->fields + 6, find(files, "/a")->etag,
			    HTTP_ETAG_CHARS);
	assert_non_null(strstr(find(files, "/a")->fields,
			       "\r\nLast-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n"));
}

static void
what_cannot_be_read_is_named_with_the_reason(void **state)
{
	char error[HTTP_FILES_ERROR], wanted[256];

	(void)state;
	snprintf(wanted, sizeof(wanted), "%s/none: No such file or directory", tree_root);
	assert_null(http_files_load(tree_path("none"), error));
	assert_string_equal(error, wanted);
	if (geteuid() == 0) /* who may read everything */
		return;
	tree_file("secret", "x");
	chmod(tree_path("secret"), 0);
	snprintf(wanted, sizeof(wanted), "%s/secret: Permission denied", tree_root);
	assert_null(http_files_load(tree_root, error));
	assert_string_equal(error, wanted);
}

static void
types_go_by_the_end_of_the_name(void **state)
{
	(void)state;
	assert_string_equal(http_type("/a.html"), "text/html; charset=utf-8");
	assert_string_equal(http_type("/a.b.CSS"), "text/css; charset=utf-8");
	assert_string_equal(http_type("/a.html/b"), "application/octet-stream");
	assert_string_equal(http_type("/a.htmlx"), "application/octet-stream");
	assert_string_equal(http_type("/html"), "application/octet-stream");
	assert_string_equal(http_type("/a."), "application/octet-stream");
	assert_string_equal(http_type(""), "application/octet-stream");
}

/* ---- percent-encoding ------------------------------------------------------------------------ */

static void
decoded_is(const char *path, enum http_status status, const char *wanted)
{
	char out[64];
	size_t len;
	char *copy = malloc(strlen(path) + 1);

	memcpy(copy, path, strlen(path));
	assert_int_equal(
		http_path_decode((struct http_span){copy, strlen(path)}, out, sizeof(out), &len),
		status);
	free(copy);
	if (status != HTTP_OK)
		return;
	assert_int_equal(len, strlen(wanted));
	assert_memory_equal(out, wanted, len);
}

static void
paths_are_decoded_once(void **state)
{
	(void)state;
	decoded_is("/", HTTP_OK, "/");
	decoded_is("/a%20b", HTTP_OK, "/a b");
	decoded_is("/%61%5A%7e", HTTP_OK, "/aZ~");
	decoded_is("/%2525", HTTP_OK, "/%25");
	decoded_is("/%252e%252e/", HTTP_OK, "/%2e%2e/");
	decoded_is("/%2e%2E/x", HTTP_OK, "/../x");
	decoded_is("/%c3%a9", HTTP_OK, "/\xc3\xa9");
	decoded_is("/a%2fb", HTTP_NOT_FOUND, NULL);
	decoded_is("/a%2Fb", HTTP_NOT_FOUND, NULL);
	decoded_is("/a%00", HTTP_BAD_REQUEST, NULL);
	decoded_is("/a%", HTTP_BAD_REQUEST, NULL);
	decoded_is("/a%2", HTTP_BAD_REQUEST, NULL);
	decoded_is("/a%g0", HTTP_BAD_REQUEST, NULL);
	decoded_is("/a%0g", HTTP_BAD_REQUEST, NULL);
	decoded_is("/a%%20", HTTP_BAD_REQUEST, NULL);
	decoded_is("/%2f%00", HTTP_BAD_REQUEST, NULL);
}

static void
path_longer_than_any_is_not_found(void **state)
{
	char path[200], out[64];
	size_t len;

	(void)state;
	memset(path, 'x', sizeof(path));
	assert_int_equal(http_path_decode((struct http_span){path, 64}, out, 64, &len), HTTP_OK);
	assert_int_equal(http_path_decode((struct http_span){path, 65}, out, 64, &len),
			 HTTP_NOT_FOUND);
	assert_int_equal(http_path_decode((struct http_span){path, 200}, out, 64, &len),
			 HTTP_NOT_FOUND);
}

static char moved[16];

static const void *
move(const void *bytes, size_t len)
{
	assert_true(len <= sizeof(moved));
	return memcpy(moved, bytes, len);
}

static const void *
no_room(const void *bytes, size_t len)
{
	(void)bytes;
	(void)len;
	return NULL;
}

static void
content_lies_where_it_is_moved_to(void **state)
{
	const struct http_files *files;

	(void)state;
	tree_folder("a");
	tree_file("x", "1");
	tree_file("a/index.html", "22");
	tree_file("nothing", "");
	files = load();
	http_files_move(no_room);
	content_is(files, "/a/", "22");
	http_files_move(move);
	content_is(files, "/x", "1");
	content_is(files, "/a/index.html", "22");
	content_is(files, "/a/", "22");
	content_is(files, "/nothing", "");
	assert_in_range((uintptr_t)find(files, "/a/")->bytes, (uintptr_t)moved,
			(uintptr_t)moved + 2);
}

static int
clean_up(void **state)
{
	http_files_fini();
	return tree_remove(state);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, tree_make, clean_up)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(files_are_found_by_their_paths),
		TEST(many_files_are_all_found),
		TEST(index_html_stands_for_its_directory),
		TEST(links_lead_nowhere_else),
		TEST(changes_after_loading_are_not_seen),
		TEST(tag_is_that_of_the_content),
		TEST(content_lies_where_it_is_moved_to),
		TEST(what_cannot_be_read_is_named_with_the_reason),
		cmocka_unit_test(types_go_by_the_end_of_the_name),
		cmocka_unit_test(paths_are_decoded_once),
		cmocka_unit_test(path_longer_than_any_is_not_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
