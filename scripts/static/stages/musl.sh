# musl: the C library. It must be 1.2.5 or newer: 1.2.3 cannot ask a name server again over TCP when an answer was cut
# off, knows no packed relocations, and its specs silently make a dynamic binary of -static-pie.

./configure --prefix="$OUT" --syslibdir="$OUT/lib" --disable-shared --disable-wrapper --target="$HOST_TRIPLET" \
    CROSS_COMPILE="$CROSS" CC="${CROSS}gcc" AR="$AR" RANLIB="$RANLIB" \
    CFLAGS="-Os -fPIE -fstack-protector-strong $ARCH_CFLAGS -ffile-prefix-map=$PWD=."
make -j"$JOBS"
make install-headers install-libs
install -D -m 644 -t "$OUT/share/musl" tools/musl-gcc.specs.sh
