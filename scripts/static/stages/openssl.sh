# OpenSSL: what TLS 1.2 and 1.3 servers and client certificates use, and nothing else.

options=(
    # Nothing that is loaded at run time, and nothing that asks on a terminal.
    no-shared no-dso no-engine no-module no-legacy no-ui-console
    no-async # musl has no makecontext
    no-tests no-apps no-docs
    # Protocols beside TLS 1.2 and 1.3 over TCP.
    no-ssl3 no-tls1 no-tls1_1 no-dtls no-quic no-srtp no-psk no-srp no-nextprotoneg no-comp no-ktls
    no-integrity-only-ciphers
    # Formats and services that only the command line tool offers.
    no-cms no-cmp no-ct no-ocsp no-ts no-rfc3779 no-afalgeng no-multiblock no-thread-pool no-default-thread-pool
    # Algorithms that no PostgreSQL or web server of today negotiates. AES (GCM, CCM, CBC), ChaCha20-Poly1305, RSA,
    # (EC)DH, ECDSA, Ed25519/Ed448 and ML-KEM stay, as do MD5 (PostgreSQL's md5 passwords), DES (old encrypted
    # client keys) and scrypt (newer ones).
    no-idea no-camellia no-seed no-aria no-bf no-cast no-rc2 no-rc4 no-md4 no-mdc2 no-rmd160 no-whirlpool
    no-sm2 no-sm3 no-sm4 no-siphash no-siv no-ocb no-blake2 no-argon2 no-gost no-dsa no-ec2m no-slh-dsa no-ml-dsa
)

# /etc/ssl: where nearly every image keeps its CA certificates (cert.pem, certs/).
CC=$CC AR=$AR RANLIB=$RANLIB \
    ./Configure "$OPENSSL_TARGET" --prefix=/usr --libdir=lib --openssldir=/etc/ssl "${options[@]}" $CFLAGS

if [ "$ARCH" = x86_64 ]; then
    # Unrolled AVX-512 code for bulk encryption is 0.8 MB of machine code, useless for a few kilobytes at start-up. Its
    # generators write stubs when the assembler is too old to know AVX-512, so they are shown an old one; make then
    # finds the files up to date.
    for generator in modes/asm/aes-gcm-avx512 aes/asm/aesni-xts-avx512; do
        output=crypto/${generator/asm\//}.s
        CC='echo GNU assembler version 2.20 #' perl "crypto/$generator.pl" elf "$output"
        [ "$(wc -c <"$output")" -lt 10000 ] || { echo "$output is no stub: has its generator changed?"; exit 1; }
    done
fi

make -j"$JOBS" build_generated
make -j"$JOBS" libcrypto.a libssl.a

install -D -m 644 -t "$OUT/lib" libcrypto.a libssl.a
mkdir -p "$OUT/include"
cp -R include/openssl "$OUT/include/"
write_pc libcrypto "${VERSION%-*}" 'Libs: -L${libdir} -lcrypto'
write_pc libssl "${VERSION%-*}" 'Requires.private: libcrypto' 'Libs: -L${libdir} -lssl'
