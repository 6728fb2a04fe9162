#!/bin/sh
# shop.sh BUILD_DIR [PROJECT:LANGUAGE...] - the journey of an owner and the first week of the shop, each time from an empty site of its
# own with a sandbox beside it; the shortest way to a first course is counted once, where desktop:zh-CN is run.
# ZHIFANG_TEST_DB=postgresql takes databases of its own on the server at ZHIFANG_TEST_POSTGRESQL.
set -eu
build=$(cd "${1:?usage: shop.sh BUILD_DIR [PROJECT:LANGUAGE...]}" && pwd)
shift
[ $# -gt 0 ] || set -- desktop:zh-CN phone:en dark:en phone:zh-CN
cd "$(dirname "$0")/../.."

scratch= site= sandbox= database= name=
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
close_shop() {
	for process in $site $sandbox; do kill -TERM "$process" 2>/dev/null || :; done
	for process in $site $sandbox; do wait "$process" 2>/dev/null || :; done
	for one in $name ${name:+${name}_restored}; do psql -q "$ZHIFANG_TEST_POSTGRESQL" -c "drop database if exists $one with (force)" >/dev/null || :; done
	[ -z "$scratch" ] || rm -rf "$scratch"
	scratch= site= sandbox= database= name=
}
trap close_shop EXIT
trap 'exit 1' INT TERM

open_shop() {
	scratch=$(mktemp -d)
	if [ "${ZHIFANG_TEST_DB:-sqlite}" = postgresql ]; then
		name=shop_$$
		for one in "$name" "${name}_restored"; do psql -q "${ZHIFANG_TEST_POSTGRESQL:?}" -c "create database $one" >/dev/null; done
		database="--database ${ZHIFANG_TEST_POSTGRESQL%/*}/$name"
	fi
	port=$(free_port) sandbox_port=$(free_port)
	"$build/sandbox/zhifang-sandbox" --data "$scratch/sandbox" --port "$sandbox_port" --write-config "$scratch/sandbox.conf" >"$scratch/sandbox.log" 2>&1 &
	sandbox=$!
	for _ in $(seq 50); do [ -f "$scratch/sandbox.conf" ] && break; sleep 0.2; done
	# shellcheck disable=SC2086
	"$build/zhifang" serve --port "$port" --web web/dist --config "$scratch/sandbox.conf" --data "$scratch/data" $database >"$scratch/serve.out" 2>"$scratch/access.log" &
	site=$!
	for _ in $(seq 100); do
		grep -q '^zhifang: http' "$scratch/serve.out" && break
		kill -0 "$site" 2>/dev/null || { tail -5 "$scratch/access.log" >&2; exit 1; }
		sleep 0.2
	done
}

status=0
play() { # PROJECT:LANGUAGE CHAPTER...: one after the other on a site that nobody owns
	run=$1; shift
	open_shop
	export PROGRAM="$build/zhifang" DATA="$scratch/data" DATABASE="${database#--database }" RESTORED="$scratch/restored" RESTORED_DATABASE="${database:+${database#--database }_restored}"
	setup=$(sed -n 's/.*begins at \(http[^ ]*\)$/\1/p' "$scratch/serve.out")
	for chapter; do
		(cd web && SETUP_URL="$setup" JOURNEY_LANGUAGE="${run#*:}" BASE_URL="http://127.0.0.1:$port" SANDBOX_URL="http://127.0.0.1:$sandbox_port" \
			npx playwright test -c ../tests/browser/playwright.config.ts "$chapter.spec.ts" --project="${run%%:*}") || status=1
	done
	[ "$status" = 0 ] || [ -z "${KEEP_LOG:-}" ] || cp "$scratch/access.log" "$KEEP_LOG"
	close_shop
}
for run; do
	[ "$run" != desktop:zh-CN ] || play "$run" first
	case $run in
	desktop:*) play "$run" setup round hostile ;;
	*) play "$run" setup round ;; # a program is none on a phone either
	esac
done
exit $status
