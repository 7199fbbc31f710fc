# inih, one file, with the options that Debian chooses (the handler is told line numbers; all else as it comes), so that
# both kinds of tenantgate read a file alike.

$CC $CFLAGS -DINI_HANDLER_LINENO=1 -c ini.c -o ini.o
mkdir -p "$OUT/lib"
"$AR" Drcs "$OUT/lib/libinih.a" ini.o
install -D -m 644 -t "$OUT/include" ini.h
write_pc inih "${VERSION%-*}" 'Libs: -L${libdir} -linih'
