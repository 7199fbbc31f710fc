/* Keeping secrets out of everything that is shown. */
#pragma once

/* A copy of `text` in which the password of every URL ("scheme://user:SECRET@host", also without a user) and the value
 * of every word like password=..., sslpassword=..., passwd=..., pwd=..., secret=..., token=... (in a key=value connection
 * string, quoted or not, or in a URL's query) is replaced by ***. To be freed. */
char *redact(const char *text);
