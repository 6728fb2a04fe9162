#!/bin/sh
# races.sh [SECONDS] - looks for data races: builds under ThreadSanitizer, runs the tests that have threads (SQLite), then serves two
# courses to sixteen clients at once for so many seconds (60): signing in and out, reading, searching, ordering. A race is printed;
# the exit status is 1 if there was one. Takes minutes to build the first time, so it is no part of ./test.
set -eu
cd "$(dirname "$0")/.."
. tools/setup.sh
seconds=${1:-60}
tests="db_test db_write_test db_jobs_test http_server_test http_stream_test http_stream_tls_test http_tls_test serve_test account_test search_test search_index_test wechat_test"

need_packages $BUILD_PACKAGES
[ -f build-races/build.ninja ] || { said=$(meson setup build-races -Db_sanitize=thread -Db_lundef=false) || stop "$said"; }
ninja -C build-races zhifang $tests >build-races/races.log || { tail -20 build-races/races.log; stop "it does not build"; }

scratch=$(mktemp -d)
site=
leave() {
	[ -z "$site" ] || kill "$site" 2>/dev/null || :
	rm -rf "$scratch"
}
trap leave EXIT
trap 'exit 1' INT TERM
export ZHIFANG_SOURCE="$PWD" ZHIFANG_TEST_DB=sqlite TSAN_OPTIONS="log_path=$scratch/race exitcode=0"

for test in $tests; do
	say "$test"
	build-races/"$test" >"$scratch/$test.log" 2>&1 || { tail -20 "$scratch/$test.log"; stop "$test failed"; }
done

say "sixteen clients for $seconds seconds"
set -- --data "$scratch/data"
for n in 1 2 3 4; do
	build-races/zhifang user create "reader$n@example.org" --name "Reader $n" "$@" </dev/null >>"$scratch/accounts"
done
for work in sql writing; do
	build-races/zhifang import "demo/$work" --creator 林致远 --language zh-CN "$@" >>"$scratch/import.log"
done
echo 'limits.factor = 0' >"$scratch/settings"
build-races/zhifang serve --port 0 --config "$scratch/settings" "$@" >"$scratch/serve.out" 2>"$scratch/access.log" &
site=$!
for _ in $(seq 300); do
	grep -q '^zhifang: ' "$scratch/serve.out" && break
	kill -0 $site 2>/dev/null || { tail -5 "$scratch/access.log" >&2; stop "the site did not start"; }
	sleep 0.1
done
python3 tests/crowd.py "$(sed -n 's|^zhifang: http://127.0.0.1:\([0-9]*\)/.*|\1|p' "$scratch/serve.out")" "$scratch/accounts" "$seconds"
kill -TERM $site
wait $site || stop "the site ended badly"
site=

races=$(cat "$scratch"/race.* 2>/dev/null | grep -c '^WARNING: ThreadSanitizer' || :)
[ "$races" = 0 ] || cat "$scratch"/race.*
echo "$races races"
[ "$races" = 0 ]
