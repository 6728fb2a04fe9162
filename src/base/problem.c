/* problem.c - the problems that belong to no domain. */
#include "base/problem.h"

const struct problem problem_invalid = { 422, "invalid", "Some fields are wrong." };
const struct problem problem_malformed = { 400, "malformed", "This is not well-formed." };
const struct problem problem_not_found = { 404, "not-found", "There is nothing here." };
const struct problem problem_forbidden = { 403, "forbidden", "You may not do this." };
const struct problem problem_conflict = { 409, "conflict", "This does not go with what is there." };
const struct problem problem_too_large = { 413, "too-large", "This is larger than allowed." };
const struct problem problem_busy = { 503, "busy", "Too much is going on; try again in a moment." };
const struct problem problem_unknown = { 500, "unknown",
					 "It is not known whether this was done; look before you repeat it." };
const struct problem problem_internal = { 500, "internal", "Something went wrong here; nothing was done." };
