/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The files below a directory, in memory, found by the paths of requests.
 *
 * The tree is walked and read once, before the first request: a poll loop may wait for neither a
 * system call nor a page of a mapped file, and a file cut short under a mapping would end the
 * process. So what changes on the disk later is not seen, and all of it must fit into memory.
 *
 * What is not in the index is not served, and it has no name with "." or ".." or a NUL in it: no
 * path can climb out. Symbolic links to files that lie below the directory count as those files;
 * links to anywhere else, and links to directories (they may go in circles), are left out, and so
 * is what is no file.
 *
 * A directory with an index.html answers for it under its own path and a '/'; without that '/' it
 * redirects.
 */
#ifndef TCT_APP_SERVICES_HTTP_FILES_H
#define TCT_APP_SERVICES_HTTP_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "../services.h"

#define HTTP_ETAG_CHARS 18 /* 16 hexadecimal digits of a hash of the content, in quotes */

struct http_file {
	char *path; /* "/a/b.html", not encoded; NUL behind it */
	uint32_t path_len;
	uint32_t etag_len; /* how much of fields is the line of ETag */
	char *fields;	   /* field lines of a response: ETag, then the others; or Location */
	bool moved;	   /* a directory without its '/' */
	const char *bytes;
	uint64_t size;
	time_t modified;
	char etag[HTTP_ETAG_CHARS + 1];
};

struct http_files;

#define HTTP_FILES_ERROR 512

/* [control] All files below root; NULL with one line in error, which names the file and the reason.
 * Trees are shared: the same root is read once. */
const struct http_files *http_files_load(const char *root, char error[HTTP_FILES_ERROR]);

/* [control] Has all trees lie where copy() puts them, if that is anywhere. */
void http_files_move(service_copy *copy);

/* [control] Frees all trees. */
void http_files_fini(void);

/* NULL: there is none. */
const struct http_file *http_files_find(const struct http_files *files, const char *path,
					size_t len);

/* The length of the longest path. */
size_t http_files_longest(const struct http_files *files);

#endif
