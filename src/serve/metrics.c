/* metrics.c - see metrics.h. */
#include "serve/metrics.h"

#include <stdatomic.h>

enum { STATUS_CLASSES = 6, BOUNDS = 12, MINUTE_MS = 60000, HOUR_MINUTES = 60, DAY_MINUTES = 24 * HOUR_MINUTES, RATE_MINUTES = 5 };

/* upper bounds of the histogram, in microseconds */
static const int64_t bounds[BOUNDS] = { 100, 250, 500, 1000, 2500, 5000, 10000, 25000, 100000, 500000, 2000000, 10000000 };

struct route_counts {
	atomic_uint_fast64_t status[STATUS_CLASSES];
};

/* Two threads that both find an old minute here may lose a count between them: it is a figure to look at, not a book. */
struct minute {
	_Atomic int64_t number;      /* minutes since 1970 */
	atomic_uint_fast64_t answers, failed, below[BOUNDS + 1];
};

struct metrics {
	const struct router *router;
	struct route_counts *routes; /* one more than routes: what found none */
	atomic_uint_fast64_t below[BOUNDS + 1], microseconds, bytes;
	struct minute minutes[DAY_MINUTES]; /* of the last day, by the minute's number */
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

/* This minute's, empty if it was another's. */
static struct minute *minute_of(struct metrics *metrics, int64_t number)
{
	struct minute *minute = &metrics->minutes[number % DAY_MINUTES];
	int64_t was = atomic_load_explicit(&minute->number, memory_order_relaxed);

	if (was == number || !atomic_compare_exchange_strong(&minute->number, &was, number))
		return minute;
	atomic_store_explicit(&minute->answers, 0, memory_order_relaxed);
	atomic_store_explicit(&minute->failed, 0, memory_order_relaxed);
	for (int i = 0; i <= BOUNDS; i++)
		atomic_store_explicit(&minute->below[i], 0, memory_order_relaxed);
	return minute;
}

static void count_time(struct metrics *metrics, struct minute *minute, int64_t microseconds)
{
	int bound = 0;

	while (bound < BOUNDS && microseconds > bounds[bound])
		bound++;
	add(&minute->below[bound], 1);
	add(&metrics->below[bound], 1);
	add(&metrics->microseconds, (uint64_t)microseconds);
}

void metrics_count(struct metrics *metrics, const struct answered *a)
{
	int class = a->status / 100 < STATUS_CLASSES ? a->status / 100 : 0;
	struct minute *minute = minute_of(metrics, a->now_ms / MINUTE_MS);

	add(&minute->answers, 1);
	if (a->status >= 500)
		add(&minute->failed, 1);
	add(&metrics->routes[a->route].status[class], 1);
	if (a->microseconds >= 0)
		count_time(metrics, minute, a->microseconds);
	add(&metrics->bytes, a->bytes);
}

/* ---- for people ---- */

/* The bound that `percent` of the answers kept; beyond the last one, that one. */
static int64_t bound_of(const uint64_t *below, unsigned percent)
{
	uint64_t all = 0, seen = 0;

	for (int i = 0; i <= BOUNDS; i++)
		all += below[i];
	for (int i = 0; all && i < BOUNDS; i++) {
		seen += below[i];
		if (seen * 100 >= all * percent)
			return bounds[i];
	}
	return all ? bounds[BOUNDS - 1] : 0;
}

static void add_hour(const struct minute *minute, struct traffic *ret, uint64_t *below)
{
	ret->hour += (int64_t)get(&minute->answers);
	ret->hour_failed += (int64_t)get(&minute->failed);
	for (int i = 0; i <= BOUNDS; i++)
		below[i] += get(&minute->below[i]);
}

void metrics_traffic(const struct metrics *metrics, int64_t now_ms, struct traffic *ret)
{
	int64_t now = now_ms / MINUTE_MS;
	uint64_t below[BOUNDS + 1] = { 0 };

	*ret = (struct traffic){ 0 };
	for (size_t i = 0; i < DAY_MINUTES; i++) {
		const struct minute *minute = &metrics->minutes[i];
		int64_t age = now - atomic_load_explicit(&minute->number, memory_order_relaxed);

		if (age < 0 || age >= DAY_MINUTES)
			continue;
		ret->day += (int64_t)get(&minute->answers);
		ret->day_failed += (int64_t)get(&minute->failed);
		if (age < HOUR_MINUTES)
			add_hour(minute, ret, below);
		ret->minutes += age < RATE_MINUTES ? (int64_t)get(&minute->answers) : 0;
	}
	ret->p50_us = bound_of(below, 50);
	ret->p99_us = bound_of(below, 99);
}

/* ---- for Prometheus ---- */

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

	buffer_add(out, TEXT("# HELP zhifang_request_seconds Time in which answers were made: from the whole request until the answer began; without streamed bodies.\n"
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
