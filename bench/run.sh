#!/bin/sh
# run.sh - measures what the project promises, beside its peers, and makes bench/README.md of the results.
set -eu
cd "$(dirname "$0")/.."
. tools/setup.sh

data=build-bench quick= names=
all="page quality core visible list search order upload files first backup linear numbers trees mining rec"
usage() {
	cat <<IN
usage: bench/run.sh [--data DIR] [--quick] [NAME...]

  --data DIR   where the program is built and the works are kept (build-bench)
  --quick      one short round each: that everything runs, not how fast; results go to DIR/results, README.md stays

names: $all (all of them)
IN
}
while [ $# -gt 0 ]; do
	case $1 in
	--help | -h) usage; exit 0 ;;
	--data) [ $# -gt 1 ] || stop "--data needs a value"; data=$2; shift 2 ;;
	--quick) quick=--quick; shift ;;
	-*) usage >&2; exit 2 ;;
	*)
		case " $all " in *" $1 "*) names="$names $1" ;; *) echo "$0: no bench $1" >&2; usage >&2; exit 2 ;; esac
		shift ;;
	esac
done
[ -f ../shared/data/catalogue/docs-100k.tsv.gz ] ||
	stop "the works to measure with are not here: ../shared/data/catalogue/docs-100k.tsv.gz (they are no part of the repository)"

# As ./run builds it.
need_packages $BUILD_PACKAGES $MEDIA_PACKAGES postgresql wrk g++ make libpcre2-8-0 liblinear-dev r-base-core libxgboost-dev libdnnl-dev python3-sklearn
mkdir -p "$data"
build_program "$data/program"
build_web "$data/program"
need_node
names=${names:-$all}
case " $names " in *" list "* | *" search "* | *" order "*)
	# better-sqlite3 is compiled for one version of Node.js; where none is ready for it, that takes some minutes.
	(cd bench/peers && node -e 'new (require("better-sqlite3"))(":memory:")') 2>/dev/null || { say "installing the peers"; rm -f bench/peers/node_modules/.made-from; }
	need_modules bench/peers "$data/peers.log" ;;
esac
# unpacked PACKAGE FILE: Debian's package in a folder of its own, where installing it would change the machine for others.
unpacked() {
	[ -e "$data/$2" ] && return 0
	mkdir -p "$data/${2%%/*}"
	(cd "$data/${2%%/*}" && { apt-get download -q "$1" || { as_root apt-get update -q && apt-get download -q "$1"; } } && dpkg-deb -x "$1"_*.deb .) \
		>"$data/$1.log" 2>&1 || { tail -5 "$data/$1.log"; stop "$1 could not be unpacked"; }
}
case " $names " in *" files "*) unpacked nginx nginx/usr/sbin/nginx ;; esac # installed, it would open a server on port 80
case " $names " in *" rec "*)
	unpacked libopenblas0-pthread openblas/usr/lib/x86_64-linux-gnu/openblas-pthread/libopenblas.so.0 # installed, R and others would take it
	need_packages python3-scipy
	(need_packages python3-torch) || say "PyTorch could not be installed: its figures are those recorded earlier" ;;
esac

status=0
# shellcheck disable=SC2086
PYTHONPATH=bench PYTHONDONTWRITEBYTECODE=1 python3 -m measure --data "$data" $quick $names || status=1
[ -n "$quick" ] || python3 tools/bench_readme.py
exit $status
