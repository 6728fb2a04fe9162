/* blocks_single.c - in floats */
#include "num/blocks.h"

#define VALUE float
#define MATRIX struct blocks_single
#define NAMED(function) blocks_single_##function
#include "num/blocks_sweeps.h"
