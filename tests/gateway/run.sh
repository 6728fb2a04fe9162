#!/bin/sh
# run.sh BUILD_DIR - other people's WeChat Pay clients against the sandbox of that build.
set -eu
build=$(cd "${1:?usage: run.sh BUILD_DIR}" && pwd)
cd "$(dirname "$0")"
export ZHIFANG_SANDBOX="$build/sandbox/zhifang-sandbox"
[ -x "$ZHIFANG_SANDBOX" ] || { echo "run.sh: $ZHIFANG_SANDBOX is not built" >&2; exit 1; }
. ../../tools/setup.sh
need_modules . "$build/npm.log"
exec node --test
