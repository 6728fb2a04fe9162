/* model_file.h - the length and checksum of a model file put right, as num/saved.c lays its head out, so that what is fuzzed is read at all. */
#ifndef FUZZ_MODEL_FILE_H
#define FUZZ_MODEL_FILE_H

#include <stdint.h>
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

#endif
