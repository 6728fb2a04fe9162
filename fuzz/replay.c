/* replay.c - runs a fuzzer over its corpus, without a fuzzing engine: `replay_NAME FOLDER|FILE...`. An input that once
 * broke something stays in the corpus, and every test run asks again. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int run_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	struct stat st;
	uint8_t *bytes;
	size_t n;

	if (!f || fstat(fileno(f), &st)) {
		perror(path);
		exit(1);
	}
	/* exactly as large as the input, so that the sanitizer sees a step beyond it */
	bytes = malloc(st.st_size ? (size_t)st.st_size : 1);
	n = fread(bytes, 1, (size_t)st.st_size, f);
	LLVMFuzzerTestOneInput(bytes, n);
	free(bytes);
	fclose(f);
	return 1;
}

static int run_folder(const char *path)
{
	DIR *folder = opendir(path);
	int done = 0;

	for (struct dirent *e; folder && (e = readdir(folder));) {
		char file[4096];

		if (e->d_name[0] == '.' ||
		    (size_t)snprintf(file, sizeof(file), "%s/%s", path, e->d_name) >= sizeof(file))
			continue;
		done += run_file(file);
	}
	if (folder)
		closedir(folder);
	return done;
}

int main(int count, char **paths)
{
	int done = 0;

	for (int i = 1; i < count; i++) {
		struct stat st;

		done += !stat(paths[i], &st) && S_ISDIR(st.st_mode) ? run_folder(paths[i]) : run_file(paths[i]);
	}
	printf("%d inputs replayed\n", done);
	return done ? 0 : 1; /* an empty corpus is a mistake */
}
