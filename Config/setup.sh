# Sourced by Config/run and Config/test: sees to it that the system packages are there. Sets nothing else.

bandit_router_setup() {
    if ! command -v swift >/dev/null 2>&1; then
        echo "Swift is not installed (6.2 or newer is needed): https://www.swift.org/install/linux/" >&2
        exit 1
    fi
    local missing=() package header
    for package in libsqlite3-dev:sqlite3.h libcurl4-openssl-dev:curl/curl.h zlib1g-dev:zlib.h \
        libssl-dev:openssl/evp.h "$@"; do
        header="${package#*:}"
        package="${package%%:*}"
        case "$header" in
        *.h)
            # Any provider of the header will do (another Debian flavour of libcurl, say).
            if ! compgen -G "/usr/include/$header" >/dev/null && ! compgen -G "/usr/include/*/$header" >/dev/null; then
                missing+=("$package")
            fi
            ;;
        *) if ! command -v "$header" >/dev/null 2>&1; then missing+=("$package"); fi ;;
        esac
    done
    [ "${#missing[@]}" -eq 0 ] && return 0
    echo "Missing Debian packages: ${missing[*]}" >&2
    if ! command -v apt-get >/dev/null 2>&1; then
        echo "This is no Debian system: install their counterparts, then run this again." >&2
        exit 1
    fi
    if [ "$(id -u)" -eq 0 ]; then
        apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${missing[@]}" >&2
    elif [ -n "${CI:-}" ]; then
        sudo apt-get update -qq && sudo DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${missing[@]}" >&2
    else
        local answer=""
        read -r -p "Install them now with sudo apt-get? [y/N] " answer </dev/tty || true
        case "$answer" in
        y | Y | yes) sudo apt-get update -qq && sudo apt-get install -y "${missing[@]}" ;;
        *)
            echo "Install them with: sudo apt-get install ${missing[*]}" >&2
            exit 1
            ;;
        esac
    fi
}
