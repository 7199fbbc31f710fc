/* Forced into every file by the build: calls that have no safe use here do not compile. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#pragma GCC poison gets strcpy strcat strncpy strncat sprintf vsprintf strtok atoi atol atoll atof
