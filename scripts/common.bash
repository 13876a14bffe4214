# What the scripts share. Sourced, not run; the caller has set -euo pipefail.
# shellcheck shell=bash disable=SC2034

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# Debian packages. COMMAND:PACKAGE is content with any COMMAND on the PATH, wherever it came from.
build_packages=(g++:g++ cmake:cmake ninja:ninja-build pkg-config:pkg-config libcpp-httplib-dev
    nlohmann-json3-dev libspdlog-dev libsqlite3-dev libssl-dev libzstd-dev zlib1g-dev
    prometheus-cpp-dev)
test_packages=("${build_packages[@]}" ccache:ccache doctest-dev python3:python3 ip:iproute2
    python3-jsonschema openssl:openssl)
browser_packages=(node:nodejs npm:npm chromium:chromium ca-certificates)
clang_packages=(clang++-14:clang-14 libclang-rt-14-dev)
# What run_benchmarks compares with; without them it leaves those rows open. Only CI installs them
# by itself: on other machines the package would start a web server.
benchmark_packages=(nginx:nginx libnginx-mod-nchan)
lint_packages=(git:git clang-format-14:clang-format-14 clang-tidy-14:clang-tidy-14
    shellcheck:shellcheck)

die() {
    echo "$(basename "$0"): $*" >&2
    exit 2
}

# The comment on top of the script is its help.
print_help() {
    sed -n '2,/^$/s/^# \{0,1\}//p' "$0"
}

is_installed() {
    [[ $(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null) == installed ]]
}

# missing_packages ENTRY...: those that neither a command nor dpkg knows, one a line.
missing_packages() {
    local entry
    for entry in "$@"; do
        [[ $entry == *:* ]] && command -v "${entry%%:*}" >/dev/null && continue
        is_installed "${entry#*:}" || echo "${entry#*:}"
    done
}

# install_packages ENTRY...: with apt-get, and only when something is missing.
install_packages() {
    if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
        echo "$(basename "$0"): no Debian system; what is needed is, by its names there:" \
            "${*//*:/}" >&2
        return
    fi
    local missing as_root=()
    mapfile -t missing < <(missing_packages "$@")
    [[ ${#missing[@]} -gt 0 ]] || return 0
    if [[ $(id -u) -ne 0 ]]; then
        as_root=(sudo)
        [[ -t 0 ]] || as_root=(sudo --non-interactive)  # nobody is there to type a password
        if ! command -v sudo >/dev/null || ! "${as_root[@]}" true; then
            die "packages are missing; as root, run: apt-get install ${missing[*]}"
        fi
    fi
    echo "installing ${missing[*]}"
    local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0)
    "${apt[@]}" update
    "${apt[@]}" install --yes --no-install-recommends "${missing[@]}" >/dev/null ||
        die "apt-get could not install ${missing[*]}"
}

# configure_build FOLDER [CMAKE OPTION]...: quick when nothing changed; quiet when all is well.
configure_build() {
    local build=$1 output
    shift
    output=$(cmake -S "$root" -B "$build" -G Ninja "$@" 2>&1) || {
        echo "$output" >&2
        die "cmake could not configure $build"
    }
}

# A cache of compilations that serves every clone of the tree, whatever folder it is in.
export CCACHE_BASEDIR=$root CCACHE_NOHASHDIR=1
