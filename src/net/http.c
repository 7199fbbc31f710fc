/* HTTP by libcurl. */
#include "net/http.h"

#ifdef TENANTGATE_HTTP
#include <curl/curl.h>

const char *net_http_library(void)
{
    return curl_version();
}
#else
const char *net_http_library(void)
{
    return "without http";
}
#endif
