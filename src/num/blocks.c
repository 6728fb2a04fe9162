/* blocks.c - in doubles */
#include "num/blocks.h"

#define VALUE double
#define MATRIX struct blocks
#define NAMED(function) blocks_##function
#include "num/blocks_sweeps.h"
