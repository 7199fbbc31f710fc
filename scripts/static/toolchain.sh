# The compiler, its flags and the sysroot; sourced by scripts/build-static and by every stage.
# This file is part of every stage's cache key: a change here rebuilds everything.
# shellcheck shell=bash disable=SC2016,SC2034

# What every object is compiled with: small, position-independent, in sections that the linker can drop one by one.
CFLAGS_COMMON='-Os -fPIE -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables'
CFLAGS_HARDENING='-fstack-protector-strong -fstack-clash-protection -ftrivial-auto-var-init=zero'
LDFLAGS_COMMON='-static-pie -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--gc-sections,--build-id=none,--hash-style=gnu'
# Relative relocations packed into a bitmap: the half megabyte that makes a static PIE larger than a static non-PIE.
LDFLAGS_COMMON="$LDFLAGS_COMMON -Wl,-z,pack-relative-relocs"
# musl gives a thread 128 KiB of stack unless the program asks for more: little for a TLS handshake or a name look-up.
LDFLAGS_COMMON="$LDFLAGS_COMMON -Wl,-z,stack-size=0x100000"

# select_arch ARCH: everything that differs between the architectures.
#   CROSS         prefix of gcc and the binutils, empty for the machine's own
#   HOST_TRIPLET  what autoconf calls the target; never the machine's own name, so that configure treats both alike
select_arch()
{
    ARCH=$1
    CROSS='' KERNEL_HEADERS=/usr/include
    case $ARCH in
    x86_64)
        # CET needs marked objects throughout, and musl's assembly has none.
        ARCH_CFLAGS='-fcf-protection=none' OPENSSL_TARGET=linux-x86_64
        MULTIARCH=x86_64-linux-gnu DEBIAN_ARCH=amd64
        ;;
    aarch64)
        ARCH_CFLAGS='-mbranch-protection=pac-ret' OPENSSL_TARGET=linux-aarch64
        MULTIARCH=aarch64-linux-gnu DEBIAN_ARCH=arm64
        ;;
    *) return 1 ;;
    esac
    HOST_TRIPLET=$ARCH-linux-musl
    if [ "$ARCH" != "$(uname -m)" ]; then
        CROSS=$MULTIARCH- KERNEL_HEADERS=/usr/$MULTIARCH/include
    fi
    CFLAGS="$CFLAGS_COMMON $CFLAGS_HARDENING $ARCH_CFLAGS"
    LDFLAGS=$LDFLAGS_COMMON
    AR=${CROSS}gcc-ar RANLIB=${CROSS}gcc-ranlib
}

# What the objects depend on besides sources and flags.
toolchain_id()
{
    "${CROSS}gcc" -v 2>&1 | tail -n 1
    "${CROSS}ld" -v
    cat "$KERNEL_HEADERS/linux/version.h"
}

# make_compiler SYSROOT: put bin/musl-cc, its specs and the kernel's headers into a sysroot that has musl in it.
#
# The compiler is found on PATH by its bare name and holds the paths itself: OpenSSL records the compiler line it was
# built with, and a path there would make every build directory give another binary.
make_compiler()
{
    local sysroot=$1 asm=$KERNEL_HEADERS/asm
    # Only these three: beside them lie glibc's headers, which musl's must not be mixed with.
    [ -d "$asm" ] || asm=$KERNEL_HEADERS/$MULTIARCH/asm
    mkdir -p "$sysroot/bin" "$sysroot/kernel"
    ln -sfn "$KERNEL_HEADERS/linux" "$sysroot/kernel/linux"
    ln -sfn "$KERNEL_HEADERS/asm-generic" "$sysroot/kernel/asm-generic"
    ln -sfn "$asm" "$sysroot/kernel/asm"
    sh "$sysroot/share/musl/musl-gcc.specs.sh" "$sysroot/include" "$sysroot/lib" /lib/no-dynamic-linker \
        >"$sysroot/lib/musl-gcc.specs"
    cat >"$sysroot/bin/musl-cc" <<EOF
#!/bin/sh
# STATIC_BUILD_DIR: a directory whose name must not end up in the objects.
exec ${CROSS}gcc -specs '$sysroot/lib/musl-gcc.specs' -ffile-prefix-map='$sysroot'=/sysroot \\
    \${STATIC_BUILD_DIR:+-ffile-prefix-map="\$STATIC_BUILD_DIR"=.} "\$@" -idirafter '$sysroot/kernel'
EOF
    chmod +x "$sysroot/bin/musl-cc"
}

# write_pc NAME VERSION [FIELD: VALUE]...: a pkg-config file that still holds when the sysroot is moved.
write_pc()
{
    local name=$1 version=$2
    shift 2
    mkdir -p "$OUT/lib/pkgconfig"
    {
        printf '%s\n' 'prefix=${pcfiledir}/../..' 'libdir=${prefix}/lib' 'includedir=${prefix}/include' ''
        printf '%s\n' "Name: $name" "Description: $name, for static linking" "Version: $version" \
            'Cflags: -I${includedir}' "$@"
    } >"$OUT/lib/pkgconfig/$name.pc"
}
