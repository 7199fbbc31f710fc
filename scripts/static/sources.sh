# Where the sources come from; sourced by scripts/build-static.
# shellcheck shell=bash
#
# scripts/static/sources.pin names every file with its checksum, so a build needs no index and trusts no mirror: a file
# that a mirror changed is refused. Only `--update-pins` reads the distribution's index, and believes it only when it is
# signed with the distribution's key.

ARCHIVE_KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg

# find_mirrors: set MIRROR and SECURITY_MIRROR from the environment, or else from what this machine's apt uses.
find_mirrors()
{
    MIRROR=${TENANTGATE_DEBIAN_MIRROR:-}
    SECURITY_MIRROR=${TENANTGATE_DEBIAN_SECURITY_MIRROR:-}
    local bases
    # "BASE SUITE" per configured suite; apt itself reads whichever format its sources are written in.
    bases=$(apt-get update --print-uris 2>/dev/null | sed -n "s|^'\(.*\)/dists/\([^']*\)/InRelease'.*|\1 \2|p") || true
    if [ -z "$MIRROR" ] && grep -qs '^ID=debian$' /etc/os-release; then
        # Debian's own archive is the one that also has an -updates suite; other vendors use the same suite names.
        MIRROR=$(awk '$2 ~ /-updates$/ {print $1; exit}' <<<"$bases")
        [ -n "$MIRROR" ] || MIRROR=$(awk '$1 ~ /\/debian\/?$/ {print $1; exit}' <<<"$bases")
        [ -n "$SECURITY_MIRROR" ] || SECURITY_MIRROR=$(awk '$2 ~ /-security$/ {print $1; exit}' <<<"$bases")
    fi
    MIRROR=$(resolve_mirror "$MIRROR")
    [ -n "$MIRROR" ] || die "no Debian archive among apt's sources: set TENANTGATE_DEBIAN_MIRROR (a URI above pool/)"
    SECURITY_MIRROR=$(resolve_mirror "${SECURITY_MIRROR:-$MIRROR-security}")
}

# resolve_mirror URI: without its final slash; of a list of mirrors (mirror+file:PATH, as cloud images have), the first.
resolve_mirror()
{
    local uri=$1
    case $uri in
    mirror+file:*) uri=$(awk '!/^#/ && NF {print $1; exit}' "/${uri#mirror+file:*/}") ;;
    esac
    printf '%s\n' "${uri%/}"
}

# fetch DIR ARCHIVE SHA256 POOL_PATH: have this very file in DIR. apt downloads, with its proxy and credentials, and
# compares the checksum.
fetch()
{
    local dir=$1 archive=$2 sha256=$3 path=$4
    local file=$dir/${path##*/} base
    if [ -f "$file" ] && echo "$sha256  $file" | sha256sum --check --status; then
        return 0
    fi
    [ -n "${MIRROR:-}" ] || find_mirrors
    base=$MIRROR
    [ "$archive" != security ] || base=$SECURITY_MIRROR
    path=${path//+/%2b} path=${path//\~/%7e}
    if ! /usr/lib/apt/apt-helper -q -o APT::Sandbox::User=root download-file "$base/$path" "$file.part" \
        "SHA256:$sha256" </dev/null >"$WORK/fetch.log" 2>&1; then
        sed 's/^/    /' "$WORK/fetch.log" >&2
        rm -f "$file.part"
        return 1
    fi
    mv "$file.part" "$file"
}

pinned_packages()
{
    awk '!/^#/ && NF == 4 && !seen[$1]++ {print $1}' "$PINS"
}

# pins_of PACKAGE: its lines, "PACKAGE ARCHIVE SHA256 POOL_PATH".
pins_of()
{
    awk -v package="$1" '!/^#/ && $1 == package' "$PINS"
}

pinned_version()
{
    pins_of "$1" | sed -n 's|.*_\(.*\)\.dsc$|\1|p'
}

# unpack PACKAGE DIR: the source with the distribution's patches applied.
unpack()
{
    local package=$1 dir=$2 archive sha256 path dsc=
    while read -r _ archive sha256 path; do
        fetch "$CACHE/downloads" "$archive" "$sha256" "$path" ||
            die "$package $(pinned_version "$package"): ${path##*/} could not be had with the pinned checksum." \
                "Mirrors drop a version soon after a newer one came. Either move the pins to what is served now:" \
                "    scripts/build-static --update-pins    (then look at the difference, test and commit it)" \
                "or name an archive that keeps old versions: TENANTGATE_DEBIAN_MIRROR=URI scripts/build-static"
        case $path in *.dsc) dsc=$CACHE/downloads/${path##*/} ;; esac
    done < <(pins_of "$package")
    # The files are the pinned ones; asking for the uploader's signature too would need every maintainer's key.
    dpkg-source --no-check --extract "$dsc" "$dir" >"$dir.log" 2>&1 ||
        { cat "$dir.log" >&2; die "cannot unpack $package"; }
}

# update_pins: rewrite the pins to the newest versions whose sources the mirror really serves.
update_pins()
{
    local state=$1 suite package new=$1/pins
    local apt=(-q -o "Dir::Etc::SourceList=$state/debian.sources" -o Dir::Etc::SourceParts=/dev/null
        -o "Dir::State::Lists=$state/lists" -o "Dir::Cache=$state/cache" -o Acquire::Languages=none
        -o Acquire::AllowInsecureRepositories=false -o APT::Sandbox::User=root)
    [ -r "$ARCHIVE_KEYRING" ] || die "$ARCHIVE_KEYRING is missing: apt-get install debian-archive-keyring"
    find_mirrors
    suite=$(sed -n 's/^# suite: //p' "$PINS")
    mkdir -p "$state/lists/partial" "$state/cache/archives/partial"
    # This machine's own sources are not touched: the list lives in a private directory.
    cat >"$state/debian.sources" <<EOF
Types: deb-src
URIs: $MIRROR
Suites: $suite $suite-updates
Components: main
Signed-By: $ARCHIVE_KEYRING

Types: deb-src
URIs: $SECURITY_MIRROR
Suites: $suite-security
Components: main
Signed-By: $ARCHIVE_KEYRING
EOF
    apt-get "${apt[@]}" update >"$state/log" 2>&1 || { cat "$state/log" >&2; die "the signed index could not be read"; }

    sed '/^[^#]/,$d' "$PINS" >"$new" # the comment at its top
    for package in $(pinned_packages); do
        pin_newest "$package" "$new" "${apt[@]}"
    done
    cat "$new" >"$PINS"
}

# pin_newest PACKAGE FILE APT_OPTION...: append its lines to FILE.
pin_newest()
{
    local package=$1 file=$2 version lines newest=
    shift 2
    for version in $(apt-cache "$@" showsrc --only-source "$package" | sed -n 's/^Version: //p' | sort -urV); do
        newest=${newest:-$version}
        lines=$(apt-get "$@" source --only-source --download-only --print-uris "$package=$version" 2>/dev/null |
            while read -r uri _ _ sha256; do
                uri=${uri//\'/}
                uri=${uri//%2b/+} uri=${uri//%7e/\~}
                case $uri in
                "$SECURITY_MIRROR"/*) echo "$package security ${sha256#SHA256:} ${uri#"$SECURITY_MIRROR"/}" ;;
                "$MIRROR"/*) echo "$package main ${sha256#SHA256:} ${uri#"$MIRROR"/}" ;;
                esac
            done)
        if all_served "$lines"; then
            printf '%s\n' "$lines" >>"$file"
            if [ "$version" = "$newest" ]; then
                say "$package $version"
            else
                say "$package $version: NOT the newest. $newest is announced, but this mirror does not serve its source"
            fi
            return 0
        fi
    done
    die "$package: the mirror serves no version of its source"
}

all_served()
{
    local lines=$1 archive sha256 path
    [[ $lines == *.dsc* ]] || return 1
    while read -r _ archive sha256 path; do
        fetch "$CACHE/downloads" "$archive" "$sha256" "$path" 2>/dev/null || return 1
    done <<<"$lines"
}
