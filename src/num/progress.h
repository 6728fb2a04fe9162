/* progress.h - how far a long piece of work is, told to whoever wants to know. Who works calls progress_at now and then, from one
 * thread; nobody wanting to know is NULL. It changes no result. */
#ifndef NUM_PROGRESS_H
#define NUM_PROGRESS_H

#include <stddef.h>

struct progress {
	void (*at)(struct progress *self, double share); /* 0 to 1 */
};

static inline void progress_at(struct progress *p, size_t done, size_t of)
{
	if (p && of > 0)
		p->at(p, (double)done / (double)of);
}

#endif
