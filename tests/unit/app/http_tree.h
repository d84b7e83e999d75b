/* SPDX-License-Identifier: BSD-3-Clause */
/* A directory of files for tests of http, in a folder of its own that goes again. */
#ifndef TCT_TESTS_HTTP_TREE_H
#define TCT_TESTS_HTTP_TREE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utime.h>

#define TREE_MODIFIED 784111777 /* Sun, 06 Nov 1994 08:49:37 GMT */

static char tree_root[64];

static inline const char *
tree_path(const char *name)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s/%s", tree_root, name);
	return path;
}

static inline void
tree_file(const char *name, const char *content)
{
	const struct utimbuf times = {TREE_MODIFIED, TREE_MODIFIED};
	FILE *file = fopen(tree_path(name), "w");

	if (!file || fputs(content, file) < 0 || fclose(file) || utime(tree_path(name), &times))
		abort();
}

static inline void
tree_folder(const char *name)
{
	if (mkdir(tree_path(name), 0755))
		abort();
}

static inline void
tree_link(const char *name, const char *to)
{
	char copy[512]; /* it may be of tree_path() */

	snprintf(copy, sizeof(copy), "%s", to);
	if (symlink(copy, tree_path(name)))
		abort();
}

static inline int
tree_make(void **state)
{
	(void)state;
	strcpy(tree_root, "/tmp/tercet-http-XXXXXX");
	return mkdtemp(tree_root) ? 0 : -1;
}

static inline int
tree_remove(void **state)
{
	char command[256];

	(void)state;
	snprintf(command, sizeof(command), "chmod -R u+rwX %s && rm -rf %s", tree_root, tree_root);
	return system(command);
}

#endif
