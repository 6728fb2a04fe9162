/* mine.h - `zhifang mine`: what rows tell, from the command line. The functions behind it are in the room's other headers. */
#ifndef MINE_MINE_H
#define MINE_MINE_H

#include <stdio.h>

int mine_command(int count, const char **words, FILE *out, FILE *err); /* the status to exit with */

#endif
