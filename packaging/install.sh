#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs or upgrades gup-agent: a Debian package, or with --portable one folder without root.
#
#     curl -fsSLO @URL@/install.sh && sh install.sh
#
# Before it installs anything, it checks the release's signature with the key below, and each file's SHA-256 with the signed list. It
# needs curl or wget, and minisign or openssl 3. Nothing happens before the last line, so half a download of this file does nothing.
set -eu

PUBLIC_KEY='@PUBLIC_KEY@'
URL='@URL@'

usage() {
    cat <<'END'
usage: install.sh [--url URL]                     the Debian package, with apt-get or dpkg; uses sudo if you are not root
       install.sh [--url URL] --portable ROOT     the program as ROOT/gup-agent/gup-agent; ROOT is the folder of the connectors

Run it again to upgrade. An older version never replaces a newer one. URL: https://, http:// or file://.
END
}

say() { printf '%s\n' "$*"; }

# fail TEXT [HINT]
fail() {
    printf 'install.sh: %s\n' "$1" >&2
    if [ $# -gt 1 ]; then printf 'hint: %s\n' "$2" >&2; fi
    exit 1
}

has() { command -v "$1" >/dev/null 2>&1; }

# download NAME: from $URL to $work.
download() {
    say "  $URL/$1"
    case $URL in
        file://*)
            cp -- "${URL#file://}/$1" "$work/$1" || fail "$URL/$1 cannot be read" ;;
        *)
            # Both follow the usual variables for proxies: https_proxy, http_proxy, no_proxy.
            if has curl; then
                curl -fsSL --retry 3 --connect-timeout 30 -o "$work/$1" "$URL/$1" || fail "$URL/$1 cannot be downloaded" "$retry"
            elif has wget; then
                wget -q -T 30 -t 3 -O "$work/$1" "$URL/$1" || fail "$URL/$1 cannot be downloaded" "$retry"
            else
                fail "neither curl nor wget is installed" "apt-get install curl"
            fi ;;
    esac
    [ -s "$work/$1" ] || fail "$URL/$1 is empty" "$retry"
}

decode() { openssl base64 -d -A; }

# bytes FROM COUNT <FILE
bytes() { dd bs=1 skip="$1" count="$2" 2>/dev/null; }

# signed_by_key FILE SIGNATURE: Ed25519, by openssl.
signed_by_key() {
    openssl pkeyutl -verify -pubin -inkey "$work/key.pem" -rawin -in "$1" -sigfile "$2" >/dev/null 2>&1
}

# A signature of minisign has four lines: a comment; base64 of the algorithm (2 bytes), the key's number (8) and the signature (64);
# a signed comment; base64 of the signature over the signature and that comment.
verify_with_openssl() {
    printf '%s' "$PUBLIC_KEY" | decode >"$work/key"
    {
        say '-----BEGIN PUBLIC KEY-----'
        { printf '\060\052\060\005\006\003\053\145\160\003\041\000'; bytes 10 32 <"$work/key"; } | openssl base64 -A
        printf '\n'
        say '-----END PUBLIC KEY-----'
    } >"$work/key.pem"
    sed -n 2p "$1.minisig" | tr -d '\r\n' | decode >"$work/second"
    sed -n 3p "$1.minisig" | tr -d '\r\n' | sed 's/^trusted comment: //' >"$work/comment"
    sed -n 4p "$1.minisig" | tr -d '\r\n' | decode >"$work/over-comment"
    [ "$(bytes 2 8 <"$work/second" | openssl base64 -A)" = "$(bytes 2 8 <"$work/key" | openssl base64 -A)" ] || return 1
    bytes 10 64 <"$work/second" >"$work/signature"
    case $(bytes 0 2 <"$work/second") in
        ED) openssl dgst -blake2b512 -binary "$1" >"$work/signed" ;;
        Ed) cp -- "$1" "$work/signed" ;;
        *) return 1 ;;
    esac
    signed_by_key "$work/signed" "$work/signature" || return 1
    # The comment's line ends without a line feed in what is signed.
    { cat "$work/signature"; tr -d '\n' <"$work/comment"; } >"$work/signed"
    signed_by_key "$work/signed" "$work/over-comment"
}

verify_signature() {
    if has minisign && minisign -v 2>/dev/null | grep -q '^minisign [0-9]'; then
        minisign -V -q -P "$PUBLIC_KEY" -m "$1" >/dev/null 2>&1 || return 1
        say "the signature of the release is right (checked with minisign)"
    elif has openssl && openssl version | grep -q '^OpenSSL [3-9]'; then
        verify_with_openssl "$1" || return 1
        say "the signature of the release is right (checked with openssl)"
    else
        fail "no program here can check the signature" "apt-get install minisign"
    fi
}

# get NAME: downloads a file of the release and compares it with the signed list.
get() {
    download "$1"
    wanted=$(awk -v name="$1" '$2 == name { print $1 }' "$work/SHA256SUMS")
    found=$(sha256sum "$work/$1" | cut -d ' ' -f 1)
    if [ "$wanted" != "$found" ]; then
        fail "$1: its SHA-256 is $found, the signed list says ${wanted:-nothing}; nothing was installed" "$retry"
    fi
}

# listed PATTERN: the one file of the release whose whole name matches.
listed() { awk -v pattern="^$1\$" '$2 ~ pattern { print $2; exit }' "$work/SHA256SUMS"; }

program_target() {
    case $(uname -m) in
        x86_64 | amd64) echo x86_64 ;;
        aarch64 | arm64) echo aarch64 ;;
        armv7* | armv8*) echo armhf ;;
        armv6*) echo armv6 ;;
        *) fail "there is no program for $(uname -m)" "x86_64, aarch64, ARMv7 and ARMv6 have one" ;;
    esac
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

install_package() {
    has dpkg || fail "this system has no dpkg" "install.sh --portable ROOT needs no package manager"
    architecture=$(dpkg --print-architecture)
    case $architecture/$(uname -m) in
        armhf/armv6*) fail "the armhf package needs ARMv7; this is $(uname -m)" "install.sh --portable ROOT installs the program for ARMv6" ;;
    esac
    if [ "$(id -u)" != 0 ] && ! has sudo; then
        fail "you are not root, and sudo is not installed" "run it as root, or without root: install.sh --portable ROOT"
    fi
    package=$(listed "gup-agent_[^/]*_${architecture}[.]deb")
    [ -n "$package" ] || fail "the release has no package for $architecture" "install.sh --portable ROOT"
    version=${package#gup-agent_}
    version=${version%%_*}
    # shellcheck disable=SC2016  # the fields are dpkg's
    installed=$(dpkg-query -W -f '${db:Status-Status} ${Version}' gup-agent 2>/dev/null) || installed=
    case $installed in
        "installed $version") say "gup-agent $version is installed already"; return ;;
        "installed "*)
            if dpkg --compare-versions "${installed#installed }" gt "$version"; then
                fail "gup-agent ${installed#installed } is installed, which is newer than $version" "to go back: apt-get install --allow-downgrades"
            fi ;;
    esac
    get "$package"
    chmod 755 "$work"
    say "installing $package"
    if has apt-get; then
        as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=600 -o Dpkg::Options::=--force-confdef \
            -o Dpkg::Options::=--force-confold install "$work/$package"
    else
        as_root dpkg --force-confdef --force-confold --install "$work/$package"
    fi
    say
    say "gup-agent $version is installed. Next:"
    say "  gup-agent demo       # to see it work, without a repository"
    say "  set root in /etc/gup-agent/gup-agent.toml; the nightly run is in /etc/cron.d/gup-agent"
    say "  sudo gup-agent add URL-OF-A-REPOSITORY"
    say "  sudo gup-agent doctor"
}

# newer A B: version A is newer than B. A release is newer than its candidates (1.0.0 and 1.0.0-rc1).
newer() {
    [ "$1" != "$2" ] && [ "$(printf '%s\n%s\n' "$1" "$2" | sed 's/-/~/' | sort -V | tail -n 1 | sed 's/~/-/')" = "$1" ]
}

install_portable() {
    root=$1
    [ -d "$root" ] || fail "$root is not a folder" "mkdir -p $root"
    root=$(CDPATH='' && cd -- "$root" && pwd)
    target=$(program_target)
    program=$(listed "gup-agent-[^/]*-$target")
    [ -n "$program" ] || fail "the release has no program for $target"
    version=${program#gup-agent-}
    version=${version%"-$target"}
    place=$root/gup-agent
    if [ -x "$place/gup-agent" ]; then
        installed=$("$place/gup-agent" version 2>/dev/null | sed -n '1s/^gup-agent \([^ ]*\).*/\1/p') || installed=
        if [ "$installed" = "$version" ]; then
            say "$place/gup-agent is version $version already"
            return
        fi
        if [ -n "$installed" ] && newer "$installed" "$version"; then
            fail "$place/gup-agent is $installed, which is newer than $version" "remove it to go back"
        fi
    fi
    get "$program"
    say "installing $place/gup-agent"
    mkdir -p -- "$place" || fail "$place cannot be made"
    # One rename, so that cron never starts half a program. /tmp may be mounted without the right to execute.
    unfinished=$place/.gup-agent.install
    cp -- "$work/$program" "$unfinished" || fail "$unfinished cannot be written"
    chmod 755 "$unfinished"
    "$unfinished" version >/dev/null 2>&1 || fail "$program does not run on this machine ($(uname -m)), or not from $place"
    sync
    mv -f -- "$unfinished" "$place/gup-agent"
    say
    say "gup-agent $version is installed. Next:"
    say "  $place/gup-agent demo       # to see it work, without a repository"
    say "  $place/gup-agent add URL-OF-A-REPOSITORY"
    say "  $place/gup-agent doctor"
    say "For the nightly run, these lines belong in the crontab of the connectors' owner (crontab -e):"
    say "  @reboot $place/gup-agent recover >/dev/null"
    say "  @reboot sleep 610; $place/gup-agent recover >/dev/null"
    say "  0 2 * * * $place/gup-agent run >/dev/null"
}

main() {
    portable=
    while [ $# -gt 0 ]; do
        case $1 in
            --help | -h) usage; exit ;;
            --url | --portable)
                [ $# -gt 1 ] || fail "$1 needs a value" "install.sh --help"
                if [ "$1" = --url ]; then URL=$2; else portable=$2; fi
                shift ;;
            --url=*) URL=${1#*=} ;;
            --portable=*) portable=${1#*=} ;;
            *) fail "unknown argument: $1" "install.sh --help" ;;
        esac
        shift
    done
    URL=${URL%/}
    case $URL in
        https://?* | http://?* | file:///*) ;;
        *) fail "$URL is not a URL of https://, http:// or file://" "install.sh --url URL" ;;
    esac
    retry="run install.sh again; if it happens again, tell the project (SECURITY.md)"
    umask 022
    work=$(mktemp -d)
    unfinished=
    trap 'rm -rf "$work" ${unfinished:+"$unfinished"}' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    say "downloading:"
    download SHA256SUMS
    download SHA256SUMS.minisig
    verify_signature "$work/SHA256SUMS" || fail "the signature of $URL/SHA256SUMS is wrong; nothing was installed" "$retry"
    if [ -n "$portable" ]; then install_portable "$portable"; else install_package; fi
}

# The braces: the shell runs this line only if it is complete.
{ main "$@"; }
