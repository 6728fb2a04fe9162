/* world.h - clock, randomness and ids come in as an argument, so that a test or a simulation replays from a seed. */
#ifndef BASE_WORLD_H
#define BASE_WORLD_H

#include <stddef.h>
#include <stdint.h>

struct world;

struct world *world_real(int node);                           /* node 0..63; the system's clock and entropy */
struct world *world_test(int64_t now_ms, uint64_t seed);      /* stands still until it is moved */
void world_close(struct world *world);

int64_t world_now_ms(struct world *world);                    /* UTC */
void world_move(struct world *world, int64_t by_ms);          /* test worlds only */
void world_random(struct world *world, void *bytes, size_t count); /* fit for secrets in a real world */

/* Time-ordered, below 2^53, unique in this process and (by node) among processes: 41 bits of milliseconds since
 * 2024-01-01, 6 of node, 6 of sequence. A clock that steps back, or a millisecond that is used up, borrows from the next
 * one. Safe from any thread. */
int64_t world_id(struct world *world);

#endif
