# Makes or reuses the project's virtual environment. To be sourced by a POSIX shell, which has
# already gone to the root of the checkout:
#
#     . scripts/environment.sh
#     prepare requirements.lock
#     "$environment/bin/python" ...
#
# The environment is `.venv`, or the folder that ROADWORTHY_VENV names. It is made with `uv` where
# that is installed and with Python's own `venv` and `pip` where it is not, from a lock file with
# hashes. A stamp inside it says what it was made from, so that nothing is done when nothing changed.

environment=${ROADWORTHY_VENV:-.venv}

say() {
    printf '%s\n' "$*" >&2
}

give_up() {
    say "$@"
    exit 7
}

recent_enough() { # recent_enough PYTHON: is it a Python of version 3.11 or later that runs?
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

find_python() { # sets python to a command
    for python in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11 python; do
        if command -v "$python" >/dev/null 2>&1 && recent_enough "$python"; then
            return
        fi
    done
    found=$(python3 --version 2>/dev/null || true)
    give_up "Roadworthy needs Python 3.11 or later, and found ${found:-no python3}." \
        "Install it, or name it: PYTHON=/path/to/python3.12 $0"
}

make_environment() {
    find_python
    if [ -e "$environment" ]; then
        say "$environment does not hold a Python 3.11 or later that runs: making it anew"
    fi
    if command -v uv >/dev/null 2>&1; then
        uv venv --quiet --clear --python "$python" "$environment"
    elif ! "$python" -m venv --clear "$environment" >/dev/null 2>&1; then
        rm -rf "$environment"
        give_up "$python cannot make a virtual environment: its venv module is missing or incomplete." \
            "On Debian or Ubuntu: apt-get install python3-venv. Or install uv."
    fi
}

install_locked() { # install_locked LOCK: what the lock file lists, and this package itself
    if command -v uv >/dev/null 2>&1; then
        uv pip install --quiet --python "$environment/bin/python" --compile-bytecode \
            --require-hashes --requirements "$1"
        uv pip install --quiet --python "$environment/bin/python" \
            --no-deps --no-build-isolation --editable .
    else
        "$environment/bin/python" -m pip install --quiet --disable-pip-version-check \
            --require-hashes --requirement "$1"
        "$environment/bin/python" -m pip install --quiet --disable-pip-version-check \
            --no-deps --no-build-isolation --editable .
    fi
}

fingerprint() { # fingerprint LOCK: of everything that the environment follows from
    {
        pwd
        "$environment/bin/python" --version
        cat pyproject.toml "$1"
    } | cksum
}

prepare() { # prepare LOCK: afterwards $environment holds what LOCK lists, and this package
    if ! recent_enough "$environment/bin/python"; then
        make_environment
    fi
    stamp=$environment/installed-from-${1%.lock}
    if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$(fingerprint "$1")" ]; then
        return
    fi
    say "Installing the packages of $1 into $environment (about a minute; only this once)"
    rm -f "$stamp"
    install_locked "$1"
    fingerprint "$1" >"$stamp"
}
