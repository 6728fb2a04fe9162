/* mp4_fuzz.c - recordings as somebody uploads them: whatever the boxes claim, reading ends, and what it says is within bounds; the kind
 * of a file by its first bytes is one of ours. */
#include <assert.h>
#include <sys/mman.h>
#include <unistd.h>

#include "media/make.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("mp4", MFD_CLOEXEC);
	struct text head = text_head((struct text){ (const char *)data, size }, ASSET_HEAD);
	struct mp4 mp4;

	assert(fd >= 0 && (!size || write(fd, data, size) == (ssize_t)size));
	if (mp4_read(fd, (int64_t)size, &mp4)) {
		assert(mp4.duration_ms >= 0 && mp4.width >= 0 && mp4.height >= 0 && mp4.width <= 65535 && mp4.height <= 65535);
		assert(!mp4.h264 || (mp4.width > 0 && mp4.height > 0));
	}
	assert(!(kind_agrees(TEXT("zip"), head) && kind_agrees(TEXT("mp4"), head)));
	assert(!(kind_agrees(TEXT("txt"), head) && kind_agrees(TEXT("png"), head)));
	close(fd);
	return 0;
}
