#!/bin/sh
# run.sh BUILD_DIR [PLAYWRIGHT ARGUMENTS] - the journeys against that build: a site of its own with the demo, and its sandbox.
# ZHIFANG_TEST_DB=postgresql takes a database of its own on the server at ZHIFANG_TEST_POSTGRESQL.
set -eu
build=$(cd "${1:?usage: run.sh BUILD_DIR [PLAYWRIGHT ARGUMENTS]}" && pwd)
shift
cd "$(dirname "$0")/../.."

scratch=$(mktemp -d)
site= sandbox= database= name=
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
leave() {
	trap - EXIT INT TERM
	for process in $site $sandbox; do kill -TERM "$process" 2>/dev/null || :; done
	for process in $site $sandbox; do wait "$process" 2>/dev/null || :; done
	[ -z "$name" ] || psql -q "$ZHIFANG_TEST_POSTGRESQL" -c "drop database if exists $name with (force)" >/dev/null || :
	rm -rf "$scratch"
}
trap leave EXIT
trap 'exit 1' INT TERM

if [ "${ZHIFANG_TEST_DB:-sqlite}" = postgresql ]; then
	name=browser_$$
	psql -q "${ZHIFANG_TEST_POSTGRESQL:?}" -c "create database $name" >/dev/null
	database="--database ${ZHIFANG_TEST_POSTGRESQL%/*}/$name"
fi

creator_login= creator_password= admin_login= admin_password=
while IFS='	' read -r role login person about; do
	case $role in '#'* | '') continue ;; esac
	[ "$role" = learner ] && as= || as="--role $role"
	# shellcheck disable=SC2086
	line=$("$build/zhifang" user create "$login" --name "$person" --about "$about" $as --data "$scratch" $database </dev/null)
	[ "$role" != creator ] || [ -n "$creator_login" ] || { creator_login=$login creator_password=$(printf '%s' "$line" | awk '{ print $NF }'); }
	[ "$role" != admin ] || { admin_login=$login admin_password=$(printf '%s' "$line" | awk '{ print $NF }'); }
done <demo/people.tsv
# The owner of a shop writes and publishes: both roles in one person.
owner_login=owner@demo.zhifang.example owner_password=
for role in admin creator; do
	# shellcheck disable=SC2086
	line=$("$build/zhifang" user create "$owner_login" --name 店主 --role $role --again --data "$scratch" $database </dev/null)
	owner_password=$(printf '%s' "$line" | awk '{ print $NF }')
done
# Before the demo, so that the newest works are the demo's.
wild=../shared/data/courses/iot-for-beginners
# shellcheck disable=SC2086
[ ! -d "$wild" ] || "$build/zhifang" import "$wild" --creator 陈思源 --language zh-CN --data "$scratch" $database >>"$scratch/import.log"
while IFS='	' read -r folder creator language; do
	case $folder in '#'* | '') continue ;; esac
	# shellcheck disable=SC2086
	"$build/zhifang" import "demo/$folder" --creator "$creator" --language "$language" --data "$scratch" $database >>"$scratch/import.log"
done <demo/works.tsv

port=$(free_port) sandbox_port=$(free_port)
"$build/sandbox/zhifang-sandbox" --data "$scratch/sandbox" --port "$sandbox_port" --write-config "$scratch/sandbox.conf" >"$scratch/sandbox.log" 2>&1 &
sandbox=$!
for _ in $(seq 50); do [ -f "$scratch/sandbox.conf" ] && break; sleep 0.2; done
# shellcheck disable=SC2086
"$build/zhifang" serve --port "$port" --web web/dist --config "$scratch/sandbox.conf" --data "$scratch" $database >"$scratch/serve.out" 2>"$scratch/access.log" &
site=$!
for _ in $(seq 100); do
	grep -q '^zhifang: ' "$scratch/serve.out" && break
	kill -0 "$site" 2>/dev/null || { tail -5 "$scratch/access.log" >&2; exit 1; }
	sleep 0.2
done

export BASE_URL="http://127.0.0.1:$port" SANDBOX_URL="http://127.0.0.1:$sandbox_port"
export SEED_CREATOR="$creator_login" SEED_PASSWORD="$creator_password"
export SEED_OWNER="$owner_login" SEED_OWNER_PASSWORD="$owner_password"
export SEED_ADMIN="$admin_login" SEED_ADMIN_PASSWORD="$admin_password"
# The works that are there before anybody writes one: a journey chooses among these, whatever another one has just published.
SEED_WORKS=$(python3 -c 'import json, sys, urllib.request
print(",".join(str(work["id"]) for work in json.load(urllib.request.urlopen(sys.argv[1] + "/api/works?limit=50"))["items"]))' "$BASE_URL")
export SEED_WORKS
status=0
(cd web && BASE_URL="$BASE_URL" node scripts/size.mjs) || status=1
(cd web && npx playwright test -c ../tests/browser/playwright.config.ts "$@") || status=1
[ "$status" = 0 ] || [ -z "${KEEP_LOG:-}" ] || cp "$scratch/access.log" "$KEEP_LOG"
exit $status
