/* fault.c - which faults are switched on, and how many times each is still to happen. */
#include <pthread.h>
#include <stdlib.h>

#include "sandbox.h"

#define X_NAME(id, name) [FAULT_##id] = name,
const char *const fault_names[] = { FAULTS(X_NAME) };
#undef X_NAME

struct faults {
	pthread_mutex_t lock;
	struct {
		int64_t left, ms; /* left < 0: for ever */
	} at[FAULT_COUNT];
};

struct faults *faults_new(void)
{
	struct faults *faults = calloc(1, sizeof(*faults));

	if (!faults || pthread_mutex_init(&faults->lock, NULL))
		abort();
	return faults;
}

void faults_free(struct faults *faults)
{
	if (!faults)
		return;
	pthread_mutex_destroy(&faults->lock);
	free(faults);
}

void faults_set(struct faults *faults, enum gateway_fault fault, int64_t times, int64_t ms)
{
	pthread_mutex_lock(&faults->lock);
	faults->at[fault].left = times;
	faults->at[fault].ms = ms;
	pthread_mutex_unlock(&faults->lock);
}

void faults_clear(struct faults *faults)
{
	pthread_mutex_lock(&faults->lock);
	memset(faults->at, 0, sizeof(faults->at));
	pthread_mutex_unlock(&faults->lock);
}

bool faults_take(struct faults *faults, enum gateway_fault fault, int64_t *ret_ms)
{
	bool due;

	pthread_mutex_lock(&faults->lock);
	due = faults->at[fault].left != 0;
	if (faults->at[fault].left > 0)
		faults->at[fault].left--;
	if (due && ret_ms)
		*ret_ms = faults->at[fault].ms;
	pthread_mutex_unlock(&faults->lock);
	return due;
}

void faults_json(struct faults *faults, struct buffer *out)
{
	buffer_add(out, TEXT("{\"items\":["));
	pthread_mutex_lock(&faults->lock);
	for (int i = 0; i < FAULT_COUNT; i++)
		buffer_format(out, "%s{\"name\":\"%s\",\"times\":%lld,\"ms\":%lld}", i ? "," : "", fault_names[i],
			      (long long)faults->at[i].left, (long long)faults->at[i].ms);
	pthread_mutex_unlock(&faults->lock);
	buffer_add(out, TEXT("]}"));
}

bool fault_by_name(struct text name, enum gateway_fault *ret)
{
	for (int i = 0; i < FAULT_COUNT; i++) {
		if (!text_is(name, fault_names[i]))
			continue;
		*ret = (enum gateway_fault)i;
		return true;
	}
	return false;
}
