#!/bin/sh
# first.sh - how long it takes from `git clone` to the first sandbox sale of a shop of one's own; a line of JSON with seconds for each stretch.
#   first.sh clone FOLDER        in a clean clone in FOLDER, on this machine with what is installed on it
#   first.sh bare FOLDER BARE    in a clean clone in a fresh Debian 12, which the program BARE makes (BARE CHECKOUT test: runs ./test there)
#   first.sh here DATA           in this checkout, from ./run --shop on; the others end up here
#   first.sh sale BUILD DATA     the sale alone, by a program that is built
set -eu
me=$(cd "$(dirname "$0")/.." && pwd)

now() { date +%s.%N; }
since() { echo "$1 $(now)" | awk '{ printf "%.3f", $2 - $1 }'; }
# perl is part of any Debian; Python is not there yet when ./run begins
free_port() { perl -MIO::Socket::INET -e 'print IO::Socket::INET->new(LocalAddr => "127.0.0.1", Listen => 1)->sockport'; }

shop= sandbox=
leave() {
	for process in $shop $sandbox; do kill -TERM "$process" 2>/dev/null || :; done
	for process in $shop $sandbox; do wait "$process" 2>/dev/null || :; done
	shop= sandbox=
}
trap leave EXIT
trap 'exit 1' INT TERM

# wait_for FILE PATTERN PROCESS: until the program that writes FILE has said so
wait_for() {
	until grep -q "$2" "$1" 2>/dev/null; do
		kill -0 "$3" 2>/dev/null || { tail -5 "$1" >&2; exit 1; }
		sleep 0.1
	done
}

clone() { # FOLDER
	began=$(now)
	git clone -q "file://$me" "$1/shop"
	echo "{\"clone\":$(since "$began")}"
}

here() { # DATA
	port=$(free_port) began=$(now)
	cd "$me"
	./run --shop --port "$port" --data "$1" >"$1.log" 2>&1 &
	shop=$!
	wait_for "$1.log" '^Ctrl-C' "$shop"
	echo "{\"open\":$(since "$began")}"
	python3 bench/first_sale.py "$(sed -n 's/^Nobody owns.*begins here: //p' "$1.log")" "http://127.0.0.1:$((port + 1))"
}

sale() { # BUILD DATA
	mkdir -p "$2"
	port=$(free_port) sandbox_port=$(free_port)
	"$1/sandbox/zhifang-sandbox" --data "$2/sandbox" --port "$sandbox_port" --write-config "$2/sandbox.conf" >"$2/sandbox.log" 2>&1 &
	sandbox=$!
	wait_for "$2/sandbox.conf" . "$sandbox"
	"$1/zhifang" serve --port "$port" --web "$me/web/dist" --config "$2/sandbox.conf" --data "$2/data" >"$2/serve.out" 2>"$2/access.log" &
	shop=$!
	wait_for "$2/serve.out" 'begins at http' "$shop"
	python3 "$me/bench/first_sale.py" "$(sed -n 's/.*begins at \(http[^ ]*\)$/\1/p' "$2/serve.out")" "http://127.0.0.1:$sandbox_port"
}

case ${1:-} in
clone)
	clone "$2"
	"$2/shop/bench/first.sh" here "$2/data" & shop=$!
	wait "$shop" || { tail -5 "$2/data.log" >&2; exit 1; }
	shop= ;;
bare)
	clone "$2"
	# the one command that BARE runs and does not end by itself is ./test: here it stands for the way to the sale
	printf '#!/bin/sh\nexec bench/first.sh here /root/first\n' >"$2/shop/test"
	git -C "$2/shop" -c user.name=bench -c user.email=bench@example.org commit -qam "the way to the first sale"
	"$3" "$2/shop" test & shop=$!
	wait "$shop"
	shop= ;;
here) here "$2" ;;
sale) sale "$2" "$3" ;;
*) sed -n '2,6s/^# //p' "$0" >&2; exit 2 ;;
esac
