#!/bin/sh
# run.sh [NAME...] - proves that tests catch what they are for: each NAME.patch here breaks the program in one way, and the test that it
# names must then fail, and be the one that the patch says; without it that test passes. A copy of the sources is built in a
# folder of its own. A patch's first lines say: "mutant:" what is broken, "test:" the program in the build, "fails:" the test in it.
set -u
cd "$(dirname "$0")/../.." || exit 2
export ZHIFANG_TEST_DB="${ZHIFANG_TEST_DB:-sqlite}"
source=$(pwd)
patches=
for name in "$@"; do patches="$patches $source/tests/mutants/$name.patch"; done
[ -n "$patches" ] || patches=$(echo "$source"/tests/mutants/*.patch)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' INT TERM

mkdir "$scratch/tests"
cp tests/*.sh tests/*.py "$scratch/tests"
cp -r src fuzz tools meson.build meson_options.txt "$scratch"
cd "$scratch" || exit 2
export ZHIFANG_SOURCE="$scratch"
meson setup build -Dbuildtype=debug >setup.out 2>&1 || { tail -20 setup.out; exit 1; }

says() { sed -n "s/^$1: //p" "$2"; }
build() { ninja -C build "$1_test" >build.out 2>&1 || { grep -m3 -E 'error|FAILED' build.out; return 1; }; }
# The names of the tests that failed, of a run that has an end.
failed_tests() { sed -n 's/^\[  FAILED  \] \(test_[A-Za-z0-9_]*\)$/\1/p' "$1" | sort -u; }
run() { timeout 300 "build/$1_test" >"$1.out" 2>&1; }

passed=0 failed=0
verdict() { # verdict NAME WHY: why it is not caught, or nothing
	if [ -z "$2" ]; then passed=$((passed + 1)); echo "ok $((passed + failed)) - $1"
	else failed=$((failed + 1)); echo "not ok $((passed + failed)) - $1: $2"
	fi
}

try() { # try PATCH: prints why the mutant is not caught
	test=$(says test "$1") fails=$(says fails "$1")
	patch -s -p1 <"$1" >patch.out 2>&1 || { echo "the patch does not apply"; return; }
	if ! build "$test"; then echo "it does not build"
	elif run "$test"; then echo "it survives $test"
	elif ! failed_tests "$test.out" | grep -qx "$fails"; then echo "$test fails, but not by $fails"
	fi
	patch -s -p1 -R <"$1" || exit 1
}

for test in $(cat $patches | sed -n 's/^test: //p' | sort -u); do
	why=
	build "$test" || why="it does not build"
	[ -n "$why" ] || run "$test" || why="$(failed_tests "$test.out" | tr '\n' ' ')"
	verdict "unbroken, $test passes" "$why"
done
for patch in $patches; do
	verdict "$(says mutant "$patch")" "$(try "$patch")"
done
printf '# tests %d\n# pass %d\n# fail %d\n' $((passed + failed)) $passed $failed
[ "$failed" = 0 ]
