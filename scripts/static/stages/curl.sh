# libcurl for HTTP and HTTPS, proxies included.

options=(
    --with-openssl --disable-openssl-auto-load-config
    # No CA file of its own choice: OpenSSL's places in /etc/ssl, SSL_CERT_FILE and SSL_CERT_DIR decide, as for libpq.
    --without-ca-bundle --without-ca-path --with-ca-fallback
    # Other protocols. (Verbose strings stay: without them every error reads "Error". Proxies stay: many networks have
    # no other way out.)
    --disable-ftp --disable-file --disable-ldap --disable-ldaps --disable-rtsp --disable-dict --disable-telnet
    --disable-tftp --disable-pop3 --disable-imap --disable-smb --disable-smtp --disable-gopher --disable-mqtt
    --disable-ipfs --disable-websockets
    # Parts of HTTP that a health check or a notice has no use for.
    --disable-ntlm --disable-kerberos-auth --disable-negotiate-auth --disable-aws --disable-tls-srp --disable-cookies
    --disable-doh --disable-mime --disable-form-api --disable-netrc --disable-alt-svc --disable-hsts
    --disable-dateparse --disable-progress-meter
    # The command line tool.
    --disable-manual --disable-docs --disable-libcurl-option
    --without-zlib --without-brotli --without-zstd --without-libpsl --without-libidn2 --without-nghttp2
    --without-librtmp --without-libssh2 --without-libgsasl
)

[ -x configure ] || autoreconf -fi
# PKG_CONFIG=false: it would find the machine's own libraries.
CC=$CC AR=$AR RANLIB=$RANLIB ./configure --host="$HOST_TRIPLET" --prefix=/usr --disable-shared --enable-static \
    --disable-debug --disable-dependency-tracking "${options[@]}" \
    CFLAGS="$CFLAGS" CPPFLAGS="-I$SYSROOT/include" LDFLAGS="-L$SYSROOT/lib $LDFLAGS" PKG_CONFIG=false
make -C lib -j"$JOBS" libcurl.la

install -D -m 644 -t "$OUT/lib" lib/.libs/libcurl.a
mkdir -p "$OUT/include"
cp -R include/curl "$OUT/include/"
write_pc libcurl "${VERSION%-*}" 'Requires.private: libssl, libcrypto' 'Libs: -L${libdir} -lcurl'
