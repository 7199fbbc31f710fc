# libpq with TLS, and the two archives it leans on. No GSSAPI, LDAP or ICU: they cannot be linked statically or load
# plugins. Debian's patches make /var/run/postgresql the default socket directory, as in the official images.

CC=$CC ./configure --host="$HOST_TRIPLET" --prefix=/usr --sysconfdir=/etc/postgresql-common \
    --with-ssl=openssl --without-readline --without-zlib --without-icu \
    CFLAGS="$CFLAGS" CPPFLAGS="-I$SYSROOT/include" LDFLAGS="-L$SYSROOT/lib $LDFLAGS" AR="$AR" RANLIB="$RANLIB"

# Only what libpq needs: the server's own directories are not built.
make -C src/backend generated-headers
make -C src/port -j"$JOBS" libpgport_shlib.a
make -C src/common -j"$JOBS" libpgcommon_shlib.a
make -C src/interfaces/libpq -j"$JOBS" libpq.a

install -D -m 644 -t "$OUT/lib" src/interfaces/libpq/libpq.a
# The "_shlib" variants are the ones meant for linking into libpq.
install -m 644 src/common/libpgcommon_shlib.a "$OUT/lib/libpgcommon.a"
install -m 644 src/port/libpgport_shlib.a "$OUT/lib/libpgport.a"
install -D -m 644 -t "$OUT/include" src/include/postgres_ext.h src/include/pg_config_ext.h \
    src/interfaces/libpq/libpq-fe.h src/interfaces/libpq/libpq-events.h
write_pc libpq "${VERSION%-*}" 'Requires.private: libssl, libcrypto' 'Libs: -L${libdir} -lpq' \
    'Libs.private: -lpgcommon -lpgport -lm'
