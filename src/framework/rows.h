/* The table itself. */
#pragma once

#include "framework/framework.h"

extern const struct framework_row framework_table[];
extern const size_t framework_table_count;
