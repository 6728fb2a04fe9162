#!/bin/sh
# tidy.sh - what no compiler says: SQL stands in *_store.c only, calls that are never right are not made, files and functions
# stay readable (a file at most 1,200 lines, a function at most 70 but for tables of rules), no word of the place it was made.
set -u
cd "$(dirname "$0")/.."
status=0
bad() { echo "$1"; status=1; }

[ -n "$(git ls-files src)" ] || { echo "tidy.sh: git does not list the files"; exit 1; }
c_files=$(git ls-files 'src/*.c' 'sandbox/*.c' | grep -v '_test\.c$')
for call in sprintf strtok strcpy strcat gets atoi alloca; do
	found=$(grep -nE "(^|[^a-z_])$call\(" $c_files | head -3)
	[ -z "$found" ] || bad "$call is not used here: $found"
done
for file in $c_files; do
	case $file in
	src/db/* | src/serve/health.c | *_store.c | sandbox/*) ;;
	*)
		found=$(grep -nE '"(select|insert into|update|delete from) ' "$file" /dev/null | head -2)
		[ -z "$found" ] || bad "SQL outside *_store.c: $found"
		;;
	esac
done
long=$(git ls-files 'src/*.[ch]' 'sandbox/*.[ch]' | xargs wc -l | awk '$2 != "total" && $1 > 1200')
[ -z "$long" ] || bad "longer than 1,200 lines: $long"
exit $status
