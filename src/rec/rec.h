/* rec.h - what other rooms see of the recommenders by themselves: their command. */
#ifndef REC_REC_H
#define REC_REC_H

#include <stdio.h>

/* `zhifang rec`: words behind it. The status to exit with. */
int rec_command(int count, const char **words, FILE *out, FILE *err);

#endif
