# jansson: JSON.

autoreconf -fi
CC=$CC AR=$AR RANLIB=$RANLIB ./configure --host="$HOST_TRIPLET" --prefix=/usr --disable-shared --enable-static \
    --disable-dependency-tracking CFLAGS="$CFLAGS" LDFLAGS="$LDFLAGS"
make -C src -j"$JOBS" libjansson.la

install -D -m 644 -t "$OUT/lib" src/.libs/libjansson.a
install -D -m 644 -t "$OUT/include" src/jansson.h src/jansson_config.h
write_pc jansson "${VERSION%-*}" 'Libs: -L${libdir} -ljansson'
