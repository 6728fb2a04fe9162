# test_web.sh - sourced by ./test: the front end's units and budgets, other people's payment clients against the sandbox,
# programs broken on purpose, and, on both databases, a purchase with crashes at each step and the journeys in a browser.
# Uses count, say, scratch and postgres of ./test.

need_node
build_program build
build_web build

what_failed() { # what_failed OUTPUT: the tests that failed, each with what stands under it, and the end
	grep -A30 -E '^ *not ok |^ *✗|^ FAIL ' "$1" | head -200
	tail -60 "$1"
}

node_count() { # node_count NAME STATUS: what the runner said of itself
	node_name=$1
	set -- $(python3 tools/count_node.py "$scratch/$node_name.out" "$2")
	[ "$2" = 0 ] || what_failed "$scratch/$node_name.out"
	say "$node_name: $1 passed, $2 failed"
	count "$1" "$2"
}

node_run() { # node_run NAME FOLDER COMMAND...
	node_name=$1 node_folder=$2; shift 2
	(cd "$node_folder" && "$@") >"$scratch/$node_name.out" 2>&1
	node_count "$node_name" $?
}

both_run() { # both_run NAME COMMAND...: on both databases at once; each has a site, a port and a folder of its own
	both_name=$1; shift
	ZHIFANG_TEST_DB=sqlite "$@" >"$scratch/$both_name-sqlite.out" 2>&1 & both_first=$!
	ZHIFANG_TEST_DB=postgresql "$@" >"$scratch/$both_name-postgresql.out" 2>&1 & both_second=$!
	wait $both_first; node_count "$both_name-sqlite" $?
	wait $both_second; node_count "$both_name-postgresql" $?
}

say "units of the front end, its budgets"
node_run web-units web npx vitest run
check web-size sh -c 'cd web && node scripts/size.mjs'

say "other people's payment clients against the sandbox"
node_run gateway . sh tests/gateway/run.sh build

say "another tus client, a line that breaks, a program that is killed"
both_run upload sh tests/upload/run.sh build
say "a purchase with crashes and a faulty gateway"
both_run crash sh tests/crash/run.sh build

say "programs broken on purpose"
need_packages patch
node_run mutants . sh tests/mutants/run.sh

need_packages chromium fonts-noto-cjk
# Screens are the same on both databases: every journey on each, and on one of them also on a phone and in the dark.
browse() { # browse DATABASE JOURNEYS OWNERS: arguments for run.sh and for shop.sh
	say "journeys in the browser, $1"
	# shellcheck disable=SC2086
	node_run "browser-$1" . env ZHIFANG_TEST_DB="$1" sh tests/browser/run.sh build $2
	say "an owner opens a shop, and its first week, $1"
	# shellcheck disable=SC2086
	node_run "shop-$1" . env ZHIFANG_TEST_DB="$1" sh tests/browser/shop.sh build $3
}
browse sqlite "" "desktop:zh-CN phone:en dark:en"
browse postgresql --project=desktop "desktop:en phone:zh-CN"
