/* router.c - see router.h. Built once at start, read by all threads afterwards without a lock. */
#include "serve/router.h"

#include <assert.h>

struct place {
	const struct route *route;
	unsigned number;
};

struct node {
	struct text literal;
	struct node *children, *next; /* literal segments below, and the next one beside */
	struct node *one;             /* {x} */
	struct place here[METHODS], rest[METHODS];
};

struct router {
	struct arena *arena;
	struct node root;
	const struct route **routes;
	size_t count, room;
};

/* How far the walk came: the values that the {x} on the way took. */
struct walk {
	enum method method;
	struct match *match;
};

struct router *router_new(struct arena *arena)
{
	struct router *router = ARENA_NEW(arena, struct router);

	router->arena = arena;
	return router;
}

static bool is_variable(struct text segment)
{
	return segment.length > 2 && segment.at[0] == '{' && segment.at[segment.length - 1] == '}';
}

static bool is_rest(struct text segment)
{
	return is_variable(segment) && segment.at[segment.length - 2] == '*';
}

static struct node *child_literal(struct arena *arena, struct node *above, struct text segment)
{
	struct node *child;

	for (child = above->children; child; child = child->next)
		if (text_eq(child->literal, segment))
			return child;
	child = ARENA_NEW(arena, struct node);
	child->literal = segment;
	child->next = above->children;
	above->children = child;
	return child;
}

static struct node *child_of(struct arena *arena, struct node *above, struct text segment)
{
	assert(is_variable(segment) || text_find_char(segment, '{') == SIZE_MAX);
	if (!is_variable(segment))
		return child_literal(arena, above, segment);
	if (!above->one)
		above->one = ARENA_NEW(arena, struct node);
	return above->one;
}

static unsigned keep_route(struct router *router, const struct route *route)
{
	if (router->count == router->room) {
		size_t room = router->room ? router->room * 2 : 64;
		const struct route **more = ARENA_ARRAY(router->arena, const struct route *, room);

		if (router->count)
			memcpy(more, router->routes, router->count * sizeof(*more));
		router->routes = more;
		router->room = room;
	}
	router->routes[router->count] = route;
	return (unsigned)router->count++;
}

void router_add(struct router *router, const struct route *route)
{
	struct text rest = text_of(route->path);
	struct node *node = &router->root;
	struct place *place = NULL;
	size_t variables = 0;

	assert((route->runs != STREAMS || (!route->takes && !route->once)) && "a stream is no JSON and has no key");
	assert(route->path[0] == '/' && route->serve && route->runs && route->who);
	assert(route->method > METHOD_NONE && route->method <= OPTIONS && route->method != HEAD);
	text_cut(&rest, '/');
	while (rest.at && !place) {
		struct text segment = text_cut(&rest, '/');

		variables += is_variable(segment);
		if (is_rest(segment))
			place = &node->rest[route->method];
		else
			node = child_of(router->arena, node, segment);
	}
	assert(!rest.at && "nothing may follow {x*}");
	assert(variables <= ROUTE_VALUES_MAX);
	if (!place)
		place = &node->here[route->method];
	assert(!place->route && "the route is there twice");
	*place = (struct place){ route, keep_route(router, route) };
}

size_t router_count(const struct router *router)
{
	return router->count;
}

const struct route *router_route(const struct router *router, unsigned number)
{
	assert(number < router->count);
	return router->routes[number];
}

static bool take_place(struct walk *walk, const struct place *places)
{
	for (unsigned m = GET; m < METHODS; m++)
		if (places[m].route)
			walk->match->allowed |= 1u << m;
	if (!places[walk->method].route)
		return false;
	walk->match->route = places[walk->method].route;
	walk->match->number = places[walk->method].number;
	return true;
}

/* `rest` is what stands behind the slash that led to this node; absent at the end of the path. */
static bool walk_node(struct walk *walk, const struct node *node, struct text rest, size_t values)
{
	struct text after = rest, segment;
	const struct node *child;

	if (!rest.at)
		return take_place(walk, node->here);
	segment = text_cut(&after, '/');
	for (child = node->children; child && !text_eq(child->literal, segment); child = child->next)
		;
	if (child && walk_node(walk, child, after, values))
		return true;
	if (values == ROUTE_VALUES_MAX)
		return false;
	if (node->one && segment.length) {
		walk->match->values[values] = segment;
		if (walk_node(walk, node->one, after, values + 1))
			return true;
	}
	walk->match->values[values] = rest;
	return rest.length && take_place(walk, node->rest);
}

bool router_find(const struct router *router, enum method method, struct text path, struct match *ret)
{
	struct walk walk = { .method = method == HEAD ? GET : method, .match = ret };
	struct text rest = path;

	*ret = (struct match){ 0 };
	if (!path.length || path.at[0] != '/')
		return false;
	text_cut(&rest, '/');
	return walk_node(&walk, &router->root, rest, 0);
}

struct text match_value(const struct match *match, const char *name)
{
	struct text rest = text_of(match->route->path), segment;
	size_t length = strlen(name);

	for (size_t i = 0; rest.at; ) {
		segment = text_cut(&rest, '/');
		if (!is_variable(segment))
			continue;
		if (segment.length - 2 - is_rest(segment) == length && !memcmp(segment.at + 1, name, length))
			return match->values[i];
		i++;
	}
	assert(!"the route has no such variable");
	return (struct text){ 0 };
}
