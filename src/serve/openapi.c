/* openapi.c - OpenAPI 3.1 of all route tables below /api, made from what the executor itself goes by. */
#include "serve/inside.h"

#include "base/log.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>

enum { SCHEMA_MAX = 1 << 20, NAME_MAX_ = 256 };

struct document {
	json_t *root, *paths, *schemas;
};

/* jansson fails only for lack of memory or for text that is not UTF-8; our tables have none such */
static void put(json_t *object, const char *key, json_t *value)
{
	int failed = json_object_set_new(object, key, value);

	assert(!failed);
	(void)failed;
}

static void append(json_t *array, json_t *value)
{
	int failed = json_array_append_new(array, value);

	assert(!failed);
	(void)failed;
}

static json_t *schema_of(const struct shape *shape)
{
	CLEANUP(buffer_free) struct buffer out = BUFFER(SCHEMA_MAX);
	json_t *tree = NULL;

	shape_schema(shape, &out);
	tree = json_loadb(out.at, out.length, 0, NULL);
	assert(tree && "a shape describes itself in JSON");
	return tree;
}

static json_t *reference(const char *name)
{
	json_t *ref = json_object();
	char path[NAME_MAX_];

	snprintf(path, sizeof(path), "#/components/schemas/%s", name);
	put(ref, "$ref", json_string(path));
	return ref;
}

static void add_schema(struct document *d, const struct shape *shape);

static void add_schemas_within(struct document *d, const struct shape *shape)
{
	for (size_t i = 0; i < shape->count; i++)
		if (shape->fields[i].of)
			add_schema(d, shape->fields[i].of);
}

static const struct field *tag_of(const struct shape *shape)
{
	return shape->tag ? shape_field(shape, text_of(shape->tag)) : NULL;
}

static void add_schema(struct document *d, const struct shape *shape)
{
	const struct field *tag = tag_of(shape);

	if (json_object_get(d->schemas, shape->name)) {
		json_t *again = schema_of(shape);

		if (!json_equal(json_object_get(d->schemas, shape->name), again))
			log_line(LOG_ERROR, "openapi-name-twice", "shape", text_of(shape->name), NULL);
		json_decref(again);
		return;
	}
	put(d->schemas, shape->name, schema_of(shape));
	add_schemas_within(d, shape);
	for (size_t i = 0; tag && (i == 0 || tag->names[i]); i++)
		if (shape->variants[i])
			add_schemas_within(d, shape->variants[i]);
}

/* "/api/works/{id}/lessons/{key*}", GET -> getWorksByIdLessonsByKey */
static void operation_id(const struct route *route, const char *method, char out[NAME_MAX_])
{
	size_t n = (size_t)snprintf(out, NAME_MAX_, "%s", method);
	bool upper = true;

	for (const char *at = route->path + strlen("/api"); *at && n < NAME_MAX_ - 4; at++) {
		if (*at == '{')
			n += (size_t)snprintf(out + n, NAME_MAX_ - n, "By");
		else if (isalnum((unsigned char)*at))
			out[n++] = (char)(upper ? toupper((unsigned char)*at) : *at);
		upper = !isalnum((unsigned char)*at);
	}
	out[n] = 0;
}

static json_t *parameter(const char *in, const char *name, size_t length, bool required, json_t *schema)
{
	json_t *p = json_object();

	put(p, "name", json_stringn(name, length));
	put(p, "in", json_string(in));
	put(p, "required", json_boolean(required));
	put(p, "schema", schema);
	return p;
}

static json_t *string_schema(void)
{
	json_t *schema = json_object();

	put(schema, "type", json_string("string"));
	return schema;
}

static void add_path_parameters(json_t *list, const char *path)
{
	for (const char *open = strchr(path, '{'); open; open = strchr(open + 1, '{')) {
		size_t length = strcspn(open + 1, "*}");

		append(list, parameter("path", open + 1, length, true, string_schema()));
	}
}

static bool is_required(const json_t *schema, const char *name)
{
	size_t i;
	json_t *value;

	json_array_foreach(json_object_get(schema, "required"), i, value)
		if (!strcmp(json_string_value(value), name))
			return true;
	return false;
}

static void add_query_parameters(json_t *list, const struct route *route)
{
	json_t *schema = route->asks ? schema_of(route->asks) : NULL, *property;
	const char *name;

	json_object_foreach(json_object_get(schema, "properties"), name, property)
		append(list, parameter("query", name, strlen(name), !route->defaults && is_required(schema, name), json_incref(property)));
	json_decref(schema);
}

static json_t *content(const char *type, json_t *schema)
{
	json_t *by_type = json_object(), *media = json_object();

	put(media, "schema", schema);
	put(by_type, type, media);
	return by_type;
}

static json_t *response(const char *description, json_t *body)
{
	json_t *r = json_object();

	put(r, "description", json_string(description));
	if (body)
		put(r, "content", body);
	return r;
}

static void add_bodies(struct document *d, json_t *operation, const struct route *route)
{
	json_t *responses = json_object(), *body = json_object();

	if (route->takes || route->raw) {
		put(body, "required", json_true());
		put(body, "content", route->raw ? content("*/*", json_object()) : content("application/json", reference(route->takes->name)));
		put(operation, "requestBody", json_incref(body));
	}
	json_decref(body);
	if (route->takes && !route->raw)
		add_schema(d, route->takes);
	if (route->gives)
		add_schema(d, route->gives);
	put(responses, "2XX", response("Done", route->gives ? content("application/json", reference(route->gives->name)) : NULL));
	put(responses, "default", response("Why it could not be done", content("application/problem+json", reference("problem"))));
	put(operation, "responses", responses);
}

static void add_security(json_t *operation, const struct route *route)
{
	json_t *all = json_array(), *one = json_object();

	put(one, "session", json_array());
	if (!(route->who & (ANYBODY | SIGNED)))
		append(all, json_incref(one));
	json_decref(one);
	put(operation, "security", all);
}

static json_t *operation_of(struct document *d, const char *module, const struct route *route, const char *method)
{
	json_t *operation = json_object(), *parameters = json_array(), *tags = json_array();
	char id[NAME_MAX_];

	operation_id(route, method, id);
	append(tags, json_string(module));
	add_path_parameters(parameters, route->path);
	add_query_parameters(parameters, route);
	if (route->once == BY_KEY)
		append(parameters, parameter("header", "Idempotency-Key", strlen("Idempotency-Key"), true, string_schema()));
	put(operation, "operationId", json_string(id));
	put(operation, "tags", tags);
	put(operation, "summary", json_string(route->says ? route->says : id));
	put(operation, "parameters", parameters);
	add_bodies(d, operation, route);
	add_security(operation, route);
	return operation;
}

static void add_route(struct document *d, const char *module, const struct route *route)
{
	static const char *const methods[METHODS] = { [GET] = "get", [POST] = "post", [PUT] = "put", [PATCH] = "patch", [DELETE] = "delete" };
	struct text star = text_of(route->path);
	char path[NAME_MAX_];
	size_t length = 0;
	json_t *item;

	if (route->page || !methods[route->method] || !text_starts(star, TEXT("/api/")))
		return;
	for (size_t i = 0; i < star.length && length < NAME_MAX_ - 1; i++)
		if (star.at[i] != '*')
			path[length++] = star.at[i];
	path[length] = 0;
	item = json_object_get(d->paths, path);
	if (!item) {
		item = json_object();
		put(d->paths, path, item);
	}
	put(item, methods[route->method], operation_of(d, module, route, methods[route->method]));
}

static void add_routes(struct document *d, const struct module *module)
{
	for (const struct route *route = module->routes; route && route->method; route++)
		add_route(d, module->name, route);
}

static const char head[] =
	"{\"openapi\":\"3.1.0\",\"info\":{\"title\":\"Zhifang\",\"version\":\"0.1.0\",\"license\":{\"name\":\"Apache-2.0\","
	"\"identifier\":\"Apache-2.0\"}},\"servers\":[{\"url\":\"/\"}],\"paths\":{},\"components\":{\"securitySchemes\":{\"session\":"
	"{\"type\":\"apiKey\",\"in\":\"cookie\",\"name\":\"session\"}},\"schemas\":{\"problem\":{\"type\":\"object\",\"required\":[\"type\",\"title\","
	"\"status\"],\"properties\":{\"type\":{\"type\":\"string\"},\"title\":{\"type\":\"string\"},\"status\":{\"type\":\"integer\"},\"detail\":"
	"{\"type\":\"string\"},\"request\":{\"type\":\"string\"},\"errors\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"path\","
	"\"why\"],\"properties\":{\"path\":{\"type\":\"string\"},\"why\":{\"type\":\"string\"}}}}}}}}}";

void serve_openapi(const struct module *const *modules, struct buffer *out)
{
	struct document d = { .root = json_loads(head, 0, NULL) };
	bool named = false;

	assert(d.root);
	d.paths = json_object_get(d.root, "paths");
	d.schemas = json_object_get(json_object_get(d.root, "components"), "schemas");
	for (size_t i = 0; modules[i]; i++)
		named |= modules[i] == &serve_module;
	if (!named)
		add_routes(&d, &serve_module);
	for (size_t i = 0; modules[i]; i++)
		add_routes(&d, modules[i]);
	json_write_tree(out, d.root);
	json_decref(d.root);
}
