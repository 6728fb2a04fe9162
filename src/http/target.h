/* target.h - the address in a request line: decoded once, and refused where two readers could read it in two ways. */
#ifndef HTTP_TARGET_H
#define HTTP_TARGET_H

#include "http/head.h"

/* rq->target to rq->path and rq->query; rq->host must be known. */
bool target_read(struct http_request *rq, struct refusal *refusal);

#endif
