/* router.h - finds the route of a method and a path. A tree by segments: a literal wins over {x}, {x} over {x*}; what one
 * branch cannot answer with this method, the next may. */
#ifndef SERVE_ROUTER_H
#define SERVE_ROUTER_H

#include "serve/serve.h"

enum { ROUTE_VALUES_MAX = 8, METHODS = OPTIONS + 1 };

struct router;

struct match {
	const struct route *route;              /* NULL: none with this method */
	unsigned number;                        /* of the route, from 0, in the order of router_add */
	unsigned allowed;                       /* set of 1 << method that this path knows; 0: the path is unknown */
	struct text values[ROUTE_VALUES_MAX];   /* of {x}, from the left */
};

struct router *router_new(struct arena *arena);
/* Asserts that the pattern is well-formed and the route is not there yet. */
void router_add(struct router *router, const struct route *route);
size_t router_count(const struct router *router);
const struct route *router_route(const struct router *router, unsigned number);
/* HEAD finds the route of GET. */
bool router_find(const struct router *router, enum method method, struct text path, struct match *ret);
/* The value of {name}; asserts that the pattern has it. */
struct text match_value(const struct match *match, const char *name);

#endif
