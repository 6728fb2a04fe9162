/* metrics.c - see metrics.h. */
#include "serve/metrics.h"

#include <stdatomic.h>

enum { STATUS_CLASSES = 6, BOUNDS = 12 };

/* upper bounds of the histogram, in microseconds */
static const int64_t bounds[BOUNDS] = { 100, 250, 500, 1000, 2500, 5000, 10000, 25000, 100000, 500000, 2000000, 10000000 };

struct route_counts {
	atomic_uint_fast64_t status[STATUS_CLASSES];
};

struct metrics {
	const struct router *router;
	struct route_counts *routes; /* one more than routes: what found none */
	atomic_uint_fast64_t below[BOUNDS + 1], microseconds, bytes;
};

struct metrics *metrics_new(struct arena *arena, const struct router *router)
{
	struct metrics *metrics = ARENA_NEW(arena, struct metrics);

	metrics->router = router;
	metrics->routes = ARENA_ARRAY(arena, struct route_counts, router_count(router) + 1);
	return metrics;
}

static void add(atomic_uint_fast64_t *to, uint64_t n)
{
	atomic_fetch_add_explicit(to, n, memory_order_relaxed);
}

static uint64_t get(const atomic_uint_fast64_t *from)
{
	return atomic_load_explicit(from, memory_order_relaxed);
}

void metrics_count(struct metrics *metrics, unsigned number, int status, size_t bytes, int64_t microseconds)
{
	int class = status / 100 < STATUS_CLASSES ? status / 100 : 0, bound = 0;

	while (bound < BOUNDS && microseconds > bounds[bound])
		bound++;
	add(&metrics->routes[number].status[class], 1);
	add(&metrics->below[bound], 1);
	add(&metrics->microseconds, (uint64_t)(microseconds > 0 ? microseconds : 0));
	add(&metrics->bytes, bytes);
}

static const char *method_name(enum method method)
{
	static const char *const names[METHODS] = { "", "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS" };

	return names[method];
}

static void write_route(const struct metrics *metrics, unsigned number, struct buffer *out)
{
	bool known = number < router_count(metrics->router);
	const struct route *route = known ? router_route(metrics->router, number) : NULL;

	for (int class = 1; class < STATUS_CLASSES; class++) {
		uint64_t n = get(&metrics->routes[number].status[class]);

		if (n)
			buffer_format(out, "zhifang_requests_total{method=\"%s\",route=\"%s\",status=\"%dxx\"} %llu\n",
			              known ? method_name(route->method) : "", known ? route->path : "", class,
			              (unsigned long long)n);
	}
}

static void write_histogram(const struct metrics *metrics, struct buffer *out)
{
	uint64_t sum = 0;

	buffer_add(out, TEXT("# HELP zhifang_request_seconds Time from the first byte of a request to the last of its answer.\n"
	                     "# TYPE zhifang_request_seconds histogram\n"));
	for (int i = 0; i < BOUNDS; i++) {
		sum += get(&metrics->below[i]);
		buffer_format(out, "zhifang_request_seconds_bucket{le=\"%g\"} %llu\n", (double)bounds[i] / 1e6, (unsigned long long)sum);
	}
	sum += get(&metrics->below[BOUNDS]);
	buffer_format(out, "zhifang_request_seconds_bucket{le=\"+Inf\"} %llu\n", (unsigned long long)sum);
	buffer_format(out, "zhifang_request_seconds_sum %.6f\n", (double)get(&metrics->microseconds) / 1e6);
	buffer_format(out, "zhifang_request_seconds_count %llu\n", (unsigned long long)sum);
}

void metrics_write(const struct metrics *metrics, struct buffer *out)
{
	buffer_add(out, TEXT("# HELP zhifang_requests_total Answered requests.\n# TYPE zhifang_requests_total counter\n"));
	for (unsigned i = 0; i <= router_count(metrics->router); i++)
		write_route(metrics, i, out);
	write_histogram(metrics, out);
	buffer_format(out, "# HELP zhifang_sent_bytes_total Bytes of answers.\n# TYPE zhifang_sent_bytes_total counter\n"
	                   "zhifang_sent_bytes_total %llu\n", (unsigned long long)get(&metrics->bytes));
}
