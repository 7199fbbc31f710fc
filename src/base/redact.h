/* Keeping secrets out of everything that is shown. */
#pragma once

/* A copy of `text` in which the password of every URL ("scheme://user:SECRET@host", also without a user) and the value
 * of every word that ends like password=..., passwd=..., pwd=..., secret=..., token=..., passphrase=... (in a key=value
 * connection string, quoted or not, in a URL's query, or in front of a command) is replaced by ***. Where the text leaves
 * open how far a secret reaches, rather too much is hidden than too little. To be freed. */
char *redact(const char *text);
