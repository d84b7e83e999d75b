/* SPDX-License-Identifier: BSD-3-Clause */
#include "http_files.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/siphash.h"
#include "http_date.h"
#include "http_type.h"

#define INDEX_HTML "index.html"

struct http_files {
	struct http_files *next;
	char root[PATH_MAX]; /* resolved */
	struct http_file *list;
	uint32_t count, room;
	uint32_t *slots; /* position in list + 1, by hash; 0: empty */
	uint32_t mask;
	size_t longest;
	char *bytes; /* the content of all */
	uint64_t total;
};

static struct http_files *all;

static int
fail(char error[HTTP_FILES_ERROR], const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(error, HTTP_FILES_ERROR, format, args);
	va_end(args);
	return -EINVAL;
}

/* ---- the index ------------------------------------------------------------------------------ */

/* FNV-1a. Nobody outside chooses what is in the table. */
static uint32_t
hash(const char *path, size_t len)
{
	uint64_t h = 0xcbf29ce484222325;

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)path[i]) * 0x100000001b3;
	return (uint32_t)(h ^ h >> 32);
}

const struct http_file *
http_files_find(const struct http_files *files, const char *path, size_t len)
{
	if (len > files->longest)
		return NULL;
	for (uint32_t i = hash(path, len) & files->mask; files->slots[i];
	     i = (i + 1) & files->mask) {
		const struct http_file *f = &files->list[files->slots[i] - 1];

		if (f->path_len == len && memcmp(f->path, path, len) == 0)
			return f;
	}
	return NULL;
}

size_t
http_files_longest(const struct http_files *files)
{
	return files->longest;
}

static int
index_make(struct http_files *files)
{
	uint32_t size = 2;

	while (size < 2 * files->count)
		size *= 2;
	files->slots = calloc(size, sizeof(*files->slots));
	if (!files->slots)
		return -ENOMEM;
	files->mask = size - 1;
	for (uint32_t n = 0; n < files->count; n++) {
		const struct http_file *f = &files->list[n];
		uint32_t i = hash(f->path, f->path_len) & files->mask;

		while (files->slots[i])
			i = (i + 1) & files->mask;
		files->slots[i] = n + 1;
		if (f->path_len > files->longest)
			files->longest = f->path_len;
	}
	return 0;
}

/* A new entry for the first len bytes of path and what is appended; NULL: no memory. */
static struct http_file *
entry_make(struct http_files *files, const char *path, size_t len, const char *append)
{
	struct http_file *f;

	if (files->count == files->room) {
		uint32_t room = files->room ? 2 * files->room : 64;
		struct http_file *list = realloc(files->list, room * sizeof(*list));

		if (!list)
			return NULL;
		files->list = list;
		files->room = room;
	}
	f = &files->list[files->count];
	*f = (struct http_file){.path = malloc(len + strlen(append) + 1)};
	if (!f->path)
		return NULL;
	f->path_len = (uint32_t)sprintf(f->path, "%.*s%s", (int)len, path, append);
	files->count++;
	return f;
}

/* ---- what a response says about a file --------------------------------------------------------
 */

/* The same content has the same tag on every machine. */
static void
etag_make(struct http_file *f)
{
	static const struct siphash_key key = {0x7465726365742d65, 0x746167732d666f72};

	snprintf(f->etag, sizeof(f->etag), "\"%016" PRIx64 "\"",
		 siphash24(&key, f->bytes, f->size));
}

static int
fields_make(struct http_file *f, const char *type_path)
{
	char date[HTTP_DATE_CHARS + 1];

	etag_make(f);
	http_date_format(f->modified, date);
	if (asprintf(
		    &f->fields,
		    "ETag: %s\r\nLast-Modified: %s\r\nAccept-Ranges: bytes\r\nContent-Type: %s\r\n",
		    f->etag, date, http_type(type_path)) < 0) {
		f->fields = NULL;
		return -ENOMEM;
	}
	f->etag_len = (uint32_t)(strchr(f->fields, '\n') + 1 - f->fields);
	return 0;
}

/* Location: path and '/', percent-encoded but for what RFC 3986 2.3 leaves as it is. */
static int
location_make(struct http_file *f)
{
	char *p = f->fields = malloc(3 * (size_t)f->path_len + 32);

	if (!p)
		return -ENOMEM;
	p += sprintf(p, "Location: ");
	for (const char *c = f->path; *c; c++) {
		bool plain = strchr("/-._~", *c) || (*c >= '0' && *c <= '9') ||
			     (*c >= 'A' && *c <= 'Z') || (*c >= 'a' && *c <= 'z');

		p += sprintf(p, plain ? "%c" : "%%%02X", (unsigned char)*c);
	}
	sprintf(p, "/\r\n");
	return 0;
}

/* The directory of an index.html. */
static int
add_directory(struct http_files *files, const struct http_file *index)
{
	struct http_file copy = *index; /* making entries moves them */
	size_t len = copy.path_len - strlen(INDEX_HTML);
	struct http_file *f = entry_make(files, copy.path, len, "");

	if (!f)
		return -ENOMEM;
	f->bytes = copy.bytes;
	f->size = copy.size;
	f->modified = copy.modified;
	if (fields_make(f, copy.path) < 0)
		return -ENOMEM;
	if (len == 1) /* the root has no name without '/' */
		return 0;
	f = entry_make(files, copy.path, len - 1, "");
	if (!f)
		return -ENOMEM;
	f->moved = true;
	return location_make(f);
}

/* ---- walking and reading -------------------------------------------------------------------- */

/* Whether a resolved path lies below the root. */
static bool
is_below(const struct http_files *files, const char *path)
{
	size_t len = strlen(files->root);

	if (len == 1) /* "/" */
		return true;
	return strncmp(path, files->root, len) == 0 && path[len] == '/';
}

/* An entry whose content comes later. */
static int
add_file(struct http_files *files, const FTSENT *e, const struct stat *st)
{
	size_t root = strlen(files->root);
	const char *path = e->fts_path + (root == 1 ? 0 : root);
	struct http_file *f = entry_make(files, path, strlen(path), "");

	if (!f)
		return -ENOMEM;
	f->size = (uint64_t)st->st_size;
	f->modified = st->st_mtime;
	files->total += f->size;
	return 0;
}

static int
add_link(struct http_files *files, const FTSENT *e)
{
	char to[PATH_MAX];
	struct stat st;

	if (!realpath(e->fts_path, to) || !is_below(files, to) || stat(to, &st) < 0 ||
	    !S_ISREG(st.st_mode))
		return 0;
	return add_file(files, e, &st);
}

static int
walk_step(struct http_files *files, const FTSENT *e, char error[HTTP_FILES_ERROR])
{
	switch (e->fts_info) {
	case FTS_F:
		return add_file(files, e, e->fts_statp);
	case FTS_SL:
	case FTS_SLNONE:
		return add_link(files, e);
	case FTS_DNR:
	case FTS_ERR:
	case FTS_NS:
		return fail(error, "%s: %s", e->fts_path, strerror(e->fts_errno));
	default:
		return 0;
	}
}

static int
by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static int
walk(struct http_files *files, char error[HTTP_FILES_ERROR])
{
	char *paths[] = {files->root, NULL};
	FTS *fts = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
	FTSENT *e;
	int ret = 0;

	if (!fts)
		return fail(error, "%s: %s", files->root, strerror(errno));
	while (ret == 0 && (e = fts_read(fts)))
		ret = walk_step(files, e, error);
	fts_close(fts);
	return ret;
}

/* Whether fd is still what the walk saw: links may have been changed meanwhile. */
static bool
is_safe(const struct http_files *files, int fd)
{
	char name[64], to[PATH_MAX];
	struct stat st;
	ssize_t n;

	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	n = readlink(name, to, sizeof(to) - 1);
	if (n < 0 || fstat(fd, &st) < 0)
		return false;
	to[n] = '\0';
	return S_ISREG(st.st_mode) && is_below(files, to);
}

/* Exactly size bytes. */
static bool
read_all(int fd, char *to, uint64_t size)
{
	char beyond;

	while (size) {
		ssize_t n = read(fd, to, size < 1 << 30 ? size : 1 << 30);

		if (n <= 0)
			return false;
		to += n;
		size -= (uint64_t)n;
	}
	return read(fd, &beyond, 1) == 0;
}

static int
read_file(struct http_files *files, struct http_file *f, char *to, char error[HTTP_FILES_ERROR])
{
	char path[2 * PATH_MAX];
	int fd, ret = 0;

	snprintf(path, sizeof(path), "%s%s", files->root[1] ? files->root : "", f->path);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return fail(error, "%s: %s", path, strerror(errno));
	errno = 0;
	if (!is_safe(files, fd) || !read_all(fd, to, f->size))
		ret = fail(error, "%s: %s", path,
			   errno ? strerror(errno) : "changed while it was read");
	close(fd);
	f->bytes = to;
	return ret;
}

static int
read_files(struct http_files *files, char error[HTTP_FILES_ERROR])
{
	uint64_t memory = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
	uint32_t count = files->count;
	char *p;
	int ret = 0;

	if (files->total > memory)
		return fail(error,
			    "%s: %" PRIu64 " MiB of files, and this host has %" PRIu64
			    " MiB of memory",
			    files->root, files->total >> 20, memory >> 20);
	p = mmap(NULL, files->total + 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		 0);
	if (p == MAP_FAILED)
		return -ENOMEM;
	files->bytes = p;
	madvise(p, files->total + 1, MADV_HUGEPAGE);
	for (uint32_t i = 0; ret == 0 && i < count; i++) {
		struct http_file *f = &files->list[i];

		ret = read_file(files, f, p, error);
		p += f->size;
		if (ret == 0)
			ret = fields_make(f, f->path);
	}
	mprotect(files->bytes, files->total + 1, PROT_READ);
	return ret;
}

static int
add_directories(struct http_files *files)
{
	uint32_t count = files->count;
	size_t len = strlen("/" INDEX_HTML);
	int ret = 0;

	for (uint32_t i = 0; ret == 0 && i < count; i++) {
		const struct http_file *f = &files->list[i];

		if (f->path_len >= len && !strcmp(f->path + f->path_len - len, "/" INDEX_HTML))
			ret = add_directory(files, f);
	}
	return ret;
}

/* ---- trees ---------------------------------------------------------------------------------- */

static void
unmap(struct http_files *files)
{
	if (files->bytes)
		munmap(files->bytes, files->total + 1);
	files->bytes = NULL;
}

static void
tree_move(struct http_files *files, service_copy *copy)
{
	const char *to = files->bytes && files->total ? copy(files->bytes, files->total) : NULL;

	if (!to)
		return;
	for (uint32_t i = 0; i < files->count; i++)
		if (files->list[i].bytes)
			files->list[i].bytes = to + (files->list[i].bytes - files->bytes);
	unmap(files);
}

static void
tree_free(struct http_files *files)
{
	for (uint32_t i = 0; i < files->count; i++) {
		free(files->list[i].path);
		free(files->list[i].fields);
	}
	unmap(files);
	free(files->list);
	free(files->slots);
	free(files);
}

static int
tree_read(struct http_files *files, char error[HTTP_FILES_ERROR])
{
	int ret = walk(files, error);

	if (ret == 0)
		ret = read_files(files, error);
	if (ret == 0)
		ret = add_directories(files);
	return ret == 0 ? index_make(files) : ret;
}

const struct http_files *
http_files_load(const char *root, char error[HTTP_FILES_ERROR])
{
	struct http_files *files = calloc(1, sizeof(*files));

	snprintf(error, HTTP_FILES_ERROR, "%s: no memory", root);
	if (!files)
		return NULL;
	if (!realpath(root, files->root)) {
		fail(error, "%s: %s", root, strerror(errno));
		free(files);
		return NULL;
	}
	for (struct http_files *f = all; f; f = f->next) {
		if (strcmp(f->root, files->root) == 0) {
			free(files);
			return f;
		}
	}
	if (tree_read(files, error) < 0) {
		tree_free(files);
		return NULL;
	}
	files->next = all;
	all = files;
	return files;
}

void
http_files_move(service_copy *copy)
{
	for (struct http_files *f = all; f; f = f->next)
		tree_move(f, copy);
}

void
http_files_fini(void)
{
	while (all) {
		struct http_files *next = all->next;

		tree_free(all);
		all = next;
	}
}
