#!/usr/bin/env bash
# Everything the tests need, then every check and every test. Redis, PostgreSQL, Chromium, coturn and a Chinese font
# come from Debian's packages when they are missing and this user may install them; tests that miss one skip, loudly.
set -euo pipefail
cd "$(dirname "$0")/.."

missing=()
command -v redis-server >/dev/null || missing+=(redis-server)
command -v chromium >/dev/null || missing+=(chromium)
command -v turnserver >/dev/null || missing+=(coturn)
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing+=(postgresql)
fc-list :lang=zh 2>/dev/null | grep -q . || missing+=(fonts-wqy-zenhei)
if [ ${#missing[@]} -gt 0 ]; then
    if command -v apt-get >/dev/null && { [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; }; then
        run=""
        [ "$(id -u)" = 0 ] || run="sudo"
        echo "==> from Debian: ${missing[*]}"
        $run apt-get update -qq
        DEBIAN_FRONTEND=noninteractive $run apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
    else
        echo "==> missing and not installable by this user: ${missing[*]}; tests that need them will skip"
    fi
fi

KEEP_NODE=1 make --no-print-directory web models
echo "==> the tests' environment, from uv.lock"
.cache/uv/bin/uv sync --frozen --quiet --group test

echo "==> style and types"
.venv/bin/ruff check .
.venv/bin/ruff format --check --quiet .
.venv/bin/mypy
echo "==> the web client's own tests"
deploy/web.sh test
if [ $# -gt 0 ]; then
    echo "==> tests"
    exec .venv/bin/pytest "$@"
fi

# Browsers and whole interviews have the machine to themselves. What follows is two processes side by side: the doors,
# which mostly wait for each other, and all the rest, which mostly computes.
echo "==> tests: whole interviews"
failed=0
.venv/bin/pytest tests/e2e tests/web_client || failed=$?
echo "==> tests: everything else"
doors=$(mktemp)
trap 'rm -f "$doors"' EXIT
.venv/bin/pytest -p no:cacheprovider tests/server >"$doors" 2>&1 &
others=$!
.venv/bin/pytest --ignore=tests/e2e --ignore=tests/web_client --ignore=tests/server || failed=$?
wait "$others" || failed=$?
cat "$doors"
exit "$failed"
