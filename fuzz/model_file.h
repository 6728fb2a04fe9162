/* model_file.h - the length and checksum of a model file put right, as num/saved.c lays its head out, so that what is fuzzed is read at all. */
#ifndef FUZZ_MODEL_FILE_H
#define FUZZ_MODEL_FILE_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static inline void mend(uint8_t *file, size_t size)
{
	enum { LENGTH_AT = 48, CHECK_AT = 60, HEAD = 64 };
	uint64_t length = size;
	uint32_t check = 0;

	if (size < HEAD)
		return;
	memcpy(file + LENGTH_AT, &length, sizeof length);
	memcpy(file + CHECK_AT, &check, sizeof check);
	check = (uint32_t)crc32_z(0, file, size);
	memcpy(file + CHECK_AT, &check, sizeof check);
}

/* A copy of just that size, which the caller frees: what reads beyond it is seen. */
static inline uint8_t *mended(const uint8_t *data, size_t size)
{
	uint8_t *file = malloc(size ? size : 1);

	if (!file)
		abort();
	memcpy(file, data, size);
	mend(file, size);
	return file;
}

#endif
