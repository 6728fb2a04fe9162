/* blocks_kernel.h - the innermost loop of blocks_sweeps.h, included once for each path with VALUE and
 *   PATH(name)    the name of a function on this path
 *   TARGET        the attribute that lets the compiler use its instructions
 *   BYTES         of a vector
 *   TILE_ROWS     rows of a tile
 *   TILE_VECTORS  vectors of its width: what fits in the registers. Both sides of a tile divide STRIP. */

typedef VALUE PATH(vector) __attribute__((vector_size(BYTES)));
typedef VALUE PATH(loose) __attribute__((vector_size(BYTES), aligned(sizeof(VALUE)), may_alias));
#define LANES (BYTES / sizeof(VALUE))

/* The tile (TILE_ROWS, TILE_VECTORS * LANES) -= the product of a strip of A, TILE_ROWS values for each step of depth (a multiple of STEPS),
 * and one of B. In the meantime the tile below comes near, and as much of `next`. */
TARGET static void PATH(take_product)(const struct blocks_place *tile, const VALUE *a, const VALUE *b, size_t depth, const VALUE *next)
{
	PATH(vector) sum[TILE_ROWS][TILE_VECTORS] = { 0 };
	VALUE *c = tile->at, *below = c + TILE_ROWS * tile->stride;
	size_t p = 0;

	for (size_t part = 1; part <= TILE_ROWS; part++, below += tile->stride, next += TILE_VECTORS * LANES) {
#pragma GCC unroll 4
		for (size_t v = 0; v < TILE_VECTORS * LANES; v += LINE) {
			__builtin_prefetch(below + v, 1);
			__builtin_prefetch(next + v, 0, 2);
		}
		for (size_t until = depth * part / TILE_ROWS / STEPS * STEPS; p < until; p += STEPS) {
#pragma GCC unroll 8
			for (int step = 0; step < STEPS; step++, a += TILE_ROWS, b += TILE_VECTORS * LANES) {
				PATH(vector) row[TILE_VECTORS];

#pragma GCC unroll 4
				for (size_t v = 0; v < TILE_VECTORS; v++)
					row[v] = *(const PATH(loose) *)(b + v * LANES);
#pragma GCC unroll 16
				for (int i = 0; i < TILE_ROWS; i++) {
#pragma GCC unroll 4
					for (size_t v = 0; v < TILE_VECTORS; v++)
						sum[i][v] += row[v] * a[i];
				}
			}
		}
	}
#pragma GCC unroll 16
	for (int i = 0; i < TILE_ROWS; i++, c += tile->stride) {
#pragma GCC unroll 4
		for (size_t v = 0; v < TILE_VECTORS; v++)
			*(PATH(loose) *)(c + v * LANES) -= sum[i][v];
	}
}

static const struct blocks_kernel PATH(kernel) = { PATH(take_product), TILE_ROWS, TILE_VECTORS * LANES };

#undef PATH
#undef TARGET
#undef LANES
#undef BYTES
#undef TILE_ROWS
#undef TILE_VECTORS
