/* threads.h - one loop over several threads, which wait between loops. Which thread takes which part is not fixed. So that a result is
 * the same bit for bit for any number of them, a part writes only what is its own, and the number of parts follows from the
 * work, never from the number of threads; what must be summed is summed over parts, in their order, afterwards. */
#ifndef NUM_THREADS_H
#define NUM_THREADS_H

#include <stddef.h>

enum { THREADS_MAX = 64 };

struct threads;

/* count: with the caller's own; 0: one for each processor that this process may use. At most THREADS_MAX. A thread that the system
 * refuses is done without. */
struct threads *threads_start(size_t count);
void threads_stop(struct threads *t); /* NULL: nothing */
void threads_free(struct threads **t); /* for CLEANUP */
size_t threads_count(const struct threads *t);

/* Calls part(self, 0 .. parts - 1, thread), thread < threads_count; returns after the last has ended. The caller's thread helps.
 * One loop at a time; a part starts none of its own. */
void threads_each(struct threads *t, size_t parts, void (*part)(void *self, size_t part, size_t thread), void *self);

#endif
