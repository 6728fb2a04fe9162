#!/bin/sh
# upgrade.sh PROGRAM - a site that an earlier version kept, with an order, a refund and a lesson that was finished: this version brings it
# up to date, finds nothing wrong in it, and serves what was bought. tests/upgrade/ holds it as that version (d05afda) left it.
program=$1
source=$(cd "$(dirname "$0")" && pwd)
data=$(mktemp -d) || exit 1
chmod 755 "$data"
pid= name=
leave() {
	[ -z "$pid" ] || { kill "$pid" 2>/dev/null; wait "$pid" 2>/dev/null; }
	[ -z "$name" ] || psql -q "$ZHIFANG_TEST_POSTGRESQL" -c "drop database if exists $name with (force)" >/dev/null
	rm -rf "$data"
}
trap leave EXIT
failed=0
bad() { echo "$1"; failed=1; }
expect() { # WHAT WORDS TEXT
	case $3 in
	*"$2"*) ;;
	*) bad "$1: no \"$2\" in: $3" ;;
	esac
}

database=
tar -xzf "$source/upgrade/$ZHIFANG_TEST_DB.tar.gz" -C "$data" || exit 1
if [ "$ZHIFANG_TEST_DB" = postgresql ]; then
	[ -n "$ZHIFANG_TEST_POSTGRESQL" ] || { echo "skipped: no PostgreSQL (ZHIFANG_TEST_POSTGRESQL)"; exit 77; }
	name=upgrade_$$
	psql -q "$ZHIFANG_TEST_POSTGRESQL" -c "create database $name" || exit 1
	psql -q -v ON_ERROR_STOP=1 "${ZHIFANG_TEST_POSTGRESQL%/*}/$name" -f "$data/site.sql" >/dev/null || exit 1
	database="--database ${ZHIFANG_TEST_POSTGRESQL%/*}/$name"
else
	python3 -c 'import sqlite3, sys; sqlite3.connect(sys.argv[1]).executescript(open(sys.argv[2], encoding="utf-8").read())' "$data/zhifang.db" "$data/site.sql" || exit 1
fi
rm "$data/site.sql"

# shellcheck disable=SC2086
zhifang() { timeout 120 "$program" "$@" --data "$data" $database </dev/null 2>&1; }
zhifang migrate || bad "migrate: status $?"
said=$(zhifang check) || bad "check: $said"
expect "ledger verify" "5 entries, 12 postings; 1 orders" "$(zhifang ledger verify)"

# shellcheck disable=SC2086
"$program" serve --mode sandbox --port 0 --data "$data" $database </dev/null >"$data/said" 2>"$data/log" &
pid=$!
for _ in $(seq 300); do
	grep -q '^zhifang: http' "$data/said" && break
	kill -0 "$pid" 2>/dev/null || { bad "it does not serve: $(cat "$data/said" "$data/log")"; exit 1; }
	sleep 0.1
done
site=$(sed -n 's|^zhifang: \(http.*\)/$|\1|p' "$data/said")
ask() { curl -sS --noproxy '*' --max-time 30 -b "$data/cookies" -c "$data/cookies" -H "Origin: $site" -H 'Content-Type: application/json' "$@" 2>&1; }
expect "sign-in" '"name":"学员甲"' "$(ask -d "{\"login\":\"buyer@example.org\",\"password\":\"$(cat "$data/password")\"}" "$site/api/sessions")"
orders=$(ask "$site/api/orders")
expect "the order" '"state":"PART_REFUNDED"' "$orders"
expect "the order" '"refunded":2300' "$orders"
work=$(printf '%s' "$orders" | python3 -c 'import json, sys; print(json.load(sys.stdin)["items"][0]["work"]["id"])')
expect "the lesson that was finished" '"done":true' "$(ask "$site/api/learn/$work")"
exit $failed
