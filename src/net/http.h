/* HTTP by libcurl. Health checks, http dependencies and notices will live in this room; so far it only says which library
 * the binary was built with. */
#pragma once

/* "libcurl/8.14.1 OpenSSL/3.5.7", or "without http" in a build without it. Static. */
const char *net_http_library(void);
