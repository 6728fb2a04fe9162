#!/bin/sh
# command-line.sh PROGRAM - what an operator mistypes is refused in words, and nothing is started or written.
program=$1
data=$(mktemp -d) || exit 1
trap 'rm -rf "$data"' EXIT
failed=0

# expect STATUS WORDS ARGUMENT...
expect() {
	status=$1 words=$2
	shift 2
	said=$(timeout 20 "$program" "$@" </dev/null 2>&1)
	got=$?
	if [ "$got" != "$status" ]; then
		echo "zhifang $*: status $got, not $status: $said"
		failed=1
	fi
	case $said in
	*"$words"*) ;;
	*) echo "zhifang $*: did not say \"$words\" but: $said"; failed=1 ;;
	esac
}

expect 2 'usage: zhifang COMMAND'
expect 0 'usage: zhifang COMMAND' --help
expect 0 'usage: zhifang COMMAND' serve --help
expect 2 'no command frob' frob
expect 2 'no option --frob' serve --frob
expect 2 'no option --frob' import --frob value
expect 2 '--port needs a value' serve --port
expect 1 "$data/none: There is no such file of settings" serve --config "$data/none" --data "$data"
echo 'port' >"$data/broken"
expect 1 "$data/broken:1: A line of the configuration" serve --config "$data/broken" --data "$data"
expect 1 'port: This is not a whole number within its bounds' serve --port 99999999 --data "$data"
expect 1 'port: This is not a whole number within its bounds' config --port abc
echo 'order.commission_permille = 1001' >"$data/share"
expect 1 'order.commission_permille: This is not a whole number' config --config "$data/share"
expect 1 'front end that was named (web) is not there' serve --web "$data/none" --port 0 --data "$data"
expect 2 'usage: zhifang import FOLDER' import "$data" --data "$data"
expect 2 'whole number of fen' import "$data" --creator somebody --language en --price -5 --data "$data"
expect 1 'no such folder' import "$data/none" --creator somebody --language en --data "$data"
expect 1 'no such file' import-catalogue "$data/none" --data "$data"
expect 2 'usage: zhifang ledger verify' ledger --data "$data"
expect 2 'no role king' user create somebody@example.org --role king --data "$data"
exit $failed
