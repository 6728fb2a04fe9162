#!/bin/sh
# run.sh - fuzzes for long: builds the fuzzers under sanitizers, gives each of them its time, and says what came of it.
# usage: fuzz/run.sh [-j JOBS] [SECONDS] [TARGET...]   (60 seconds, all targets, one at a time)
#
# Starts from fuzz/corpus/TARGET and from what earlier runs left in build-fuzz/found/TARGET. A line per target: seconds,
# executions, crashes; what crashed lies in build-fuzz/crashes. The exit status is 1 if anything did.
set -eu
cd "$(dirname "$0")/.."
. tools/setup.sh

usage() { echo "usage: fuzz/run.sh [-j JOBS] [SECONDS] [TARGET...]" >&2; exit 2; }
jobs=1 seconds=60
while getopts j: option; do
	case $option in j) jobs=$OPTARG ;; *) usage ;; esac
done
shift $((OPTIND - 1))
case ${1:-} in *[!0-9]*|'') ;; *) seconds=$1; shift ;; esac

need_packages $BUILD_PACKAGES clang libclang-rt-dev
[ -f build-fuzz/build.ninja ] ||
	said=$(CC=clang meson setup build-fuzz -Dfuzz=true -Db_sanitize=address,undefined -Db_lundef=false) || { echo "$said" >&2; exit 2; }
all=$(ninja -C build-fuzz -t targets all | sed -n 's/^\(fuzz_[a-z0-9_]*\): .*/\1/p' | sort)
[ $# -gt 0 ] || set -- $(echo "$all" | sed 's/^fuzz_//')
for target; do
	echo "$all" | grep -qx "fuzz_$target" || { echo "there is no fuzzer $target; there are:" $all >&2; exit 2; }
done
ninja -C build-fuzz $(printf 'fuzz_%s\n' "$@") >build-fuzz/fuzz.log || { tail -20 build-fuzz/fuzz.log; exit 2; }
mkdir -p build-fuzz/crashes

one() { # one TARGET: its line; libFuzzer's own words go to build-fuzz/TARGET.log
	log=build-fuzz/$1.log found=build-fuzz/found/$1 scratch=build-fuzz/scratch/$1
	mkdir -p "$found" "$scratch"
	began=$(date +%s)
	TMPDIR=$scratch UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 "build-fuzz/fuzz_$1" -max_total_time="$seconds" -timeout=25 -rss_limit_mb=2048 \
		-print_final_stats=1 -artifact_prefix="build-fuzz/crashes/$1-" "$found" "fuzz/corpus/$1" >"$log" 2>&1 && crashes=0 || crashes=1
	rm -rf "$scratch" # a fuzzer ends without tidying up
	runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
	printf '%-16s %6s s %12s executions %2s crashes\n' "$1" "$(($(date +%s) - began))" "${runs:--}" "$crashes"
	[ "$crashes" = 0 ] || grep -E '^(==[0-9]+== ?ERROR|SUMMARY|.*Assertion|.*runtime error)' "$log" | head -3
	return $crashes
}

# JOBS shells side by side, each of which takes the next target
if [ "$jobs" -gt 1 ] && [ $# -gt 1 ]; then
	printf '%s\n' "$@" | xargs -n 1 -P "$jobs" "fuzz/$(basename "$0")" "$seconds" || exit 1
	exit
fi
status=0
for target; do
	one "$target" || status=1
done
exit $status
