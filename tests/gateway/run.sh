#!/bin/sh
# run.sh BUILD_DIR - other people's WeChat Pay clients against the sandbox of that build.
set -eu
build=$(cd "${1:?usage: run.sh BUILD_DIR}" && pwd)
cd "$(dirname "$0")"
export ZHIFANG_SANDBOX="$build/sandbox/zhifang-sandbox"
[ -x "$ZHIFANG_SANDBOX" ] || { echo "run.sh: $ZHIFANG_SANDBOX is not built" >&2; exit 1; }
lock=node_modules/.installed
if [ ! -f "$lock" ] || [ package-lock.json -nt "$lock" ]; then
	npm ci --silent
	touch "$lock"
fi
exec node --test
