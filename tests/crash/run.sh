#!/bin/sh
# run.sh BUILD_DIR [--pairs] [TEST_FILE...] - a purchase against that build, with the site or the payment gateway killed at each
# durable step, and with a gateway that is silent, down, slow or lying. ZHIFANG_TEST_DB=postgresql takes databases of its own on
# the server at ZHIFANG_TEST_POSTGRESQL. --pairs: a second crash at each step of the recovery as well, which takes long.
set -eu
build=$(cd "${1:?usage: run.sh BUILD_DIR [--pairs] [TEST_FILE...]}" && pwd)
shift
[ "${1:-}" != --pairs ] || { export CRASH_PAIRS=1; shift; }
cd "$(dirname "$0")"

scratch=$(mktemp -d)
prefix=
leave() {
	trap - EXIT INT TERM
	[ -z "$prefix" ] || psql -qAt "$ZHIFANG_TEST_POSTGRESQL" -c "select 'drop database ' || datname || ' with (force);' from pg_database where datname like '$prefix%'" |
		psql -q "$ZHIFANG_TEST_POSTGRESQL" >/dev/null || :
	rm -rf "$scratch"
}
trap leave EXIT
trap 'exit 1' INT TERM

# What every run starts from is made once and copied: one work for sale, and the gateway's keys.
data="$scratch/base/site"
mkdir -p "$data"
database=
if [ "${ZHIFANG_TEST_DB:-sqlite}" = postgresql ]; then
	prefix=crash_$$_
	psql -q "${ZHIFANG_TEST_POSTGRESQL:?}" -c "create database ${prefix}base" >/dev/null
	export CRASH_PREFIX=$prefix
	database="--database ${ZHIFANG_TEST_POSTGRESQL%/*}/${prefix}base"
fi
# shellcheck disable=SC2086
{
	"$build/zhifang" user create author@example.org --name 沈知 --role creator --data "$data" $database </dev/null
	# by the owner's word, so that no code need be sent before he buys
	echo 'correct horse battery' | "$build/zhifang" user create buyer@example.org --data "$data" $database
	"$build/zhifang" import ../../demo/bookkeeping --creator 沈知 --language zh-CN --price 9900 --data "$data" $database
} >"$scratch/base.log"

export CRASH_BUILD="$build" CRASH_BASE="$scratch/base" CRASH_SCRATCH="$scratch"
status=0
node --test "$@" || status=$?
exit $status
