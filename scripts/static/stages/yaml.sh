# libyaml: YAML.

autoreconf -fi
CC=$CC AR=$AR RANLIB=$RANLIB ./configure --host="$HOST_TRIPLET" --prefix=/usr --disable-shared --enable-static \
    --disable-dependency-tracking CFLAGS="$CFLAGS" LDFLAGS="$LDFLAGS"
make -C src -j"$JOBS" libyaml.la

install -D -m 644 -t "$OUT/lib" src/.libs/libyaml.a
install -D -m 644 -t "$OUT/include" include/yaml.h
write_pc yaml-0.1 "${VERSION%-*}" 'Libs: -L${libdir} -lyaml'
