/* replay.c - the main() of a fuzzer that is built as a test: gives it every file of a folder, so that what was once
 * found stays found. usage: replay_NAME FOLDER */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

/* A block of exactly the right size, so that AddressSanitizer sees a step beyond it. */
static uint8_t *slurp(const char *path, size_t *ret_count)
{
	FILE *file = fopen(path, "rb");
	uint8_t *bytes = NULL;
	long count;

	if (!file || fseek(file, 0, SEEK_END) || (count = ftell(file)) < 0 || fseek(file, 0, SEEK_SET)) {
		perror(path);
		exit(1);
	}
	bytes = malloc(count ? (size_t)count : 1);
	if (!bytes || fread(bytes, 1, (size_t)count, file) != (size_t)count) {
		fprintf(stderr, "%s: cannot be read\n", path);
		exit(1);
	}
	fclose(file);
	*ret_count = (size_t)count;
	return bytes;
}

static void replay(const char *path)
{
	size_t count;
	uint8_t *bytes = slurp(path, &count);

	LLVMFuzzerTestOneInput(bytes, count);
	free(bytes);
}

int main(int argc, char **argv)
{
	DIR *folder = argc == 2 ? opendir(argv[1]) : NULL;
	struct dirent *entry;
	size_t files = 0;

	if (!folder) {
		fprintf(stderr, "usage: %s FOLDER (%s cannot be opened)\n", argv[0],
			argc == 2 ? argv[1] : "no folder given:");
		return 1;
	}
	while ((entry = readdir(folder))) {
		char path[4096];

		if (*entry->d_name == '.')
			continue;
		snprintf(path, sizeof path, "%s/%s", argv[1], entry->d_name);
		fprintf(stderr, "%s\n", path); /* the last one named is the one that crashed */
		replay(path);
		files++;
	}
	closedir(folder);
	if (!files)
		fprintf(stderr, "%s has no file: nothing was tried\n", argv[1]);
	return !files;
}
