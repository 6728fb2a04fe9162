/* server_tls_test.c - server_test.c once more, over TLS. */
#define OVER_TLS 1
#include "http/server_test.c"
