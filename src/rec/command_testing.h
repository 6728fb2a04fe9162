/* command_testing.h - for the tests of `zhifang rec` as it is typed. */
#ifndef REC_COMMAND_TESTING_H
#define REC_COMMAND_TESTING_H

#include "num/command_testing.h"
#include "rec/rec.h"

static inline const char *run(int wanted, const char *line) { return run_command(rec_command, wanted, line); }

#endif
