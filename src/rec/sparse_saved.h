/* sparse_saved.h - a compressed matrix as arrays of a model file, under names of its own ("PREFIX.start"). */
#ifndef REC_SPARSE_SAVED_H
#define REC_SPARSE_SAVED_H

#include "num/saved.h"
#include "rec/interactions.h"

/* Prefix of at most 20 characters */
void sparse_save(struct buffer *b, const char *prefix, const struct sparse *m);
/* A copy, all of whose columns are within bounds, upwards in each row. saved_lacks, or saved_damaged: it is none. */
MUST problem sparse_load(const struct saved *s, const char *prefix, struct sparse *ret);

#endif
