/* Texts for JSON documents: what comes from outside need not be UTF-8. */
#pragma once

#include <jansson.h>

#include "base/strv.h"

/* A JSON string of the text; where it is not UTF-8, of its escaped form. A null for NULL. Never NULL itself. */
json_t *json_text(const char *text);
json_t *json_text_array(const struct strv *list);
/* The document as text with two blanks of indentation and a final line end; releases the document. To be freed. */
char *json_finish(json_t *document);
