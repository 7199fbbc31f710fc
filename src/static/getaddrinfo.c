/* getaddrinfo() that survives a name server that only answers half.
 *
 * For a name looked up in any family, musl asks for A and AAAA at once and gives up on both when one is refused, fails,
 * does not exist or stays unanswered; glibc then uses the other. Name servers that treat AAAA so are common behind old
 * load balancers and home-made DNS, and would keep the gate closed for a database that is there. So each family is
 * asked for alone before the look-up counts as failed. The linker's --wrap=getaddrinfo sends libpq and libcurl here. */
#include <netdb.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

int __real_getaddrinfo(const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **ret);
int __wrap_getaddrinfo(const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **ret);

/* Could this failure come from only one of two questions to a name server? */
static bool half_failed(int error, const char *host, const struct addrinfo *hints)
{
    if (error != EAI_AGAIN && error != EAI_NONAME && error != EAI_FAIL)
        return false;
    if (host == NULL)
        return false;
    return hints == NULL || (hints->ai_family == AF_UNSPEC && (hints->ai_flags & AI_NUMERICHOST) == 0);
}

int __wrap_getaddrinfo(const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **ret)
{
    int error = __real_getaddrinfo(host, service, hints, ret);
    if (!half_failed(error, host, hints))
        return error;

    struct addrinfo alone = {0};
    if (hints != NULL)
        alone = *hints;
    alone.ai_family = AF_INET;
    if (__real_getaddrinfo(host, service, &alone, ret) == 0)
        return 0;
    alone.ai_family = AF_INET6;
    if (__real_getaddrinfo(host, service, &alone, ret) == 0)
        return 0;
    return error; /* what the whole look-up said, not its second half */
}
