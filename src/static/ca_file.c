/* Where the image keeps its CA certificates.
 *
 * OpenSSL looks into /etc/ssl/cert.pem and, by hashed file names, into /etc/ssl/certs. An image made from scratch
 * often has only the one file that was copied into it, under the name its builder's distribution uses. So where
 * OpenSSL's own places are empty, the other usual ones are looked at. SSL_CERT_FILE and SSL_CERT_DIR still come first.
 * The linker's --wrap=X509_get_default_cert_file makes OpenSSL ask here. */
#include <dirent.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

const char *__real_X509_get_default_cert_file(void);
const char *__wrap_X509_get_default_cert_file(void);

static const char *const usual_files[] = {
    "/etc/ssl/certs/ca-certificates.crt",                /* Debian, Ubuntu, Alpine, distroless */
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", /* Red Hat, Fedora, Amazon */
    "/etc/pki/tls/certs/ca-bundle.crt",                  /* their older releases */
    "/etc/ssl/ca-bundle.pem",                            /* SUSE */
};

/* Is there a file named by the hash of its certificate's subject, as OpenSSL looks for? */
static bool has_hashed_names(const char *path)
{
    DIR *dir = opendir(path);
    if (dir == NULL)
        return false;
    bool found = false;
    for (const struct dirent *entry; !found && (entry = readdir(dir)) != NULL;)
        found = strspn(entry->d_name, "0123456789abcdef") == 8 && strcmp(entry->d_name + 8, ".0") == 0;
    closedir(dir);
    return found;
}

const char *__wrap_X509_get_default_cert_file(void)
{
    const char *openssl_file = __real_X509_get_default_cert_file();
    if (access(openssl_file, R_OK) == 0 || has_hashed_names(X509_get_default_cert_dir()))
        return openssl_file;
    for (size_t i = 0; i < sizeof usual_files / sizeof *usual_files; i++)
        if (access(usual_files[i], R_OK) == 0)
            return usual_files[i];
    return openssl_file;
}
