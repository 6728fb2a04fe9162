/* stream_tls_test.c - stream_test.c once more, over TLS. */
#define OVER_TLS 1
#include "http/stream_test.c"
