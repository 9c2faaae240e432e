# Sourced by the other scripts: what the system must have, and how it gets there.

BUILD_PACKAGES=(libnghttp2-dev libsodium-dev libsqlite3-dev libsecp256k1-dev pkg-config)
TEST_PACKAGES=(protobuf-compiler python3 python3-venv strace util-linux mount)
BENCH_PACKAGES=(nghttp2-client nghttp2-server)

# Installs the named Debian packages that are missing; says which, if it may not.
ensure_packages() {
    local missing=() package
    for package in "$@"; do
        if [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" != installed ]; then
            missing+=("$package")
        fi
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        if ! sudo -n true 2>/dev/null; then
            echo "missing packages: run 'sudo apt-get install ${missing[*]}'" >&2
            return 1
        fi
        as_root=(sudo)
    fi
    echo "installing ${missing[*]}"
    "${as_root[@]}" apt-get update -qq
    DEBIAN_FRONTEND=noninteractive "${as_root[@]}" \
        apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# Fails unless the Swift toolchain is the pinned one.
ensure_swift() {
    local pinned found
    pinned=$(cat .swift-version)
    if ! found=$(swift --version 2>/dev/null); then
        echo "no Swift toolchain found: install Swift $pinned (swift.org/install)" >&2
        return 1
    fi
    case "$found" in
        *"Swift version $pinned "*) ;;
        *)
            echo "Swift $pinned is pinned, found: ${found%%$'\n'*}" >&2
            return 1
            ;;
    esac
}
