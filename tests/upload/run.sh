#!/bin/sh
# run.sh BUILD_DIR - somebody else's tus client (tus-js-client) against a site of its own, through a line that breaks, and a
# program that is killed. ZHIFANG_TEST_DB=postgresql takes a database of its own on the server at ZHIFANG_TEST_POSTGRESQL.
set -eu
build=$(cd "${1:?usage: run.sh BUILD_DIR}" && pwd)
cd "$(dirname "$0")/../.."

scratch=$(mktemp -d)
database= name=
leave() {
	trap - EXIT INT TERM
	[ -z "$name" ] || psql -q "$ZHIFANG_TEST_POSTGRESQL" -c "drop database if exists $name with (force)" >/dev/null || :
	rm -rf "$scratch"
}
trap leave EXIT
trap 'exit 1' INT TERM
if [ "${ZHIFANG_TEST_DB:-sqlite}" = postgresql ]; then
	name=upload_$$
	psql -q "${ZHIFANG_TEST_POSTGRESQL:?}" -c "create database $name" >/dev/null
	database="--database ${ZHIFANG_TEST_POSTGRESQL%/*}/$name"
fi
# shellcheck disable=SC2086
line=$("$build/zhifang" user create author@example.org --name Author --role creator --data "$scratch" $database </dev/null)
PROGRAM="$build/zhifang" DATA="$scratch" DATABASE="$database" LOGIN=author@example.org PASSWORD=$(printf '%s' "$line" | awk '{ print $NF }')
export PROGRAM DATA DATABASE LOGIN PASSWORD
node --test tests/upload/tus.test.mjs
