/* time_tls_test.c - time_test.c once more, over TLS. */
#define OVER_TLS 1
#include "http/time_test.c"
