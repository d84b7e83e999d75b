/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Runs a fuzzer over the files of a corpus, in builds that have no libFuzzer: replay FOLDER...
 * Every file is read into a buffer of its own size, so that a sanitizer sees what is read behind
 * it.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "fuzz.h"

static void
run_file(const char *path, size_t size)
{
	uint8_t *data = malloc(size > 0 ? size : 1);
	FILE *file = fopen(path, "rb");

	if (file == NULL || data == NULL || fread(data, 1, size, file) != size) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		exit(1);
	}
	fclose(file);
	/* Should it abort, this is the one. */
	fprintf(stderr, "%s\n", path);
	LLVMFuzzerTestOneInput(data, size);
	free(data);
}

static unsigned
run_folder(const char *folder)
{
	DIR *dir = opendir(folder);
	unsigned files = 0;
	struct dirent *entry;

	if (dir == NULL) {
		fprintf(stderr, "%s: %s\n", folder, strerror(errno));
		exit(1);
	}
	while ((entry = readdir(dir)) != NULL) {
		char path[PATH_MAX];
		struct stat st;

		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		if (stat(path, &st) == 0 && S_ISREG(st.st_mode)) {
			run_file(path, (size_t)st.st_size);
			files++;
		}
	}
	closedir(dir);
	return files;
}

int
main(int argc, char **argv)
{
	unsigned files = 0;

	for (int i = 1; i < argc; i++)
		files += run_folder(argv[i]);
	printf("%u inputs\n", files);
	return files > 0 ? 0 : 1;
}
