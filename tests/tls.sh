#!/bin/sh
# tls.sh PROGRAM - https by files, as an owner without a proxy has it: cookies and headers are those of https, plain http leads
# there, an authority finds its challenge, a renewed certificate is taken while it serves, a broken one is not, and files that
# cannot be used are refused by the name of their setting. The clients are curl and openssl.
program=$1
data=$(mktemp -d) || exit 1
pid=
trap '[ -z "$pid" ] || kill "$pid" 2>/dev/null; rm -rf "$data"' EXIT
failed=0

bad() { echo "$1"; failed=1; }

certificate() { # SERIAL DAYS
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost -addext subjectAltName=DNS:localhost \
		-set_serial "$1" -days "$2" -keyout "$data/key.new" -out "$data/chain.new" 2>/dev/null || exit 1
	chmod 600 "$data/key.new"
	mv "$data/chain.new" "$data/chain" && mv "$data/key.new" "$data/key"
}

wait_for() { # WORDS: in what the program has said
	for _ in $(seq 200); do
		grep -q "$1" "$data/said" && return
		kill -0 "$pid" 2>/dev/null || break
		sleep 0.1
	done
	bad "did not say \"$1\": $(cat "$data/said")"
}

serial() { echo | openssl s_client -connect "localhost:$port" 2>/dev/null | openssl x509 -noout -serial; }
ask() { curl -sS --noproxy '*' --max-time 20 --cacert "$data/chain" "$@" 2>&1; }
expect() { # WHAT WORDS TEXT
	case $3 in
	*"$2"*) ;;
	*) bad "$1: no \"$2\" in: $3" ;;
	esac
}
refused() { # WORDS ARGUMENT...
	words=$1
	shift
	expect "$*" "$words" "$(env "$@" timeout 20 "$program" serve --port 0 --data "$data/other" </dev/null 2>&1)"
}

# ---- what is refused ----
certificate 1 90
refused 'are set both, or neither' ZHIFANG_TLS_KEY_FILE="$data/key"
refused 'tls.certificate_file cannot be read' ZHIFANG_TLS_KEY_FILE="$data/key" ZHIFANG_TLS_CERTIFICATE_FILE="$data/none"
chmod 644 "$data/key"
refused 'chmod 600' ZHIFANG_TLS_KEY_FILE="$data/key" ZHIFANG_TLS_CERTIFICATE_FILE="$data/chain"
refused 'tls.key_file are needed' ZHIFANG_HTTP_PORT=0
refused 'http.port: This is not a whole number' ZHIFANG_HTTP_PORT=x

# ---- a shop ----
certificate 17 20
mkdir -p "$data/acme/.well-known/acme-challenge"
echo thumb >"$data/acme/.well-known/acme-challenge/token"
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
plain=$(free_port)
ZHIFANG_TLS_CERTIFICATE_FILE="$data/chain" ZHIFANG_TLS_KEY_FILE="$data/key" ZHIFANG_HTTP_PORT=$plain ZHIFANG_ACME_FOLDER="$data/acme" \
	"$program" serve --port 0 --data "$data/shop" >"$data/said" 2>&1 &
pid=$!
wait_for 'zhifang: https://127.0.0.1:'
wait_for 'certificate-ends-soon'
port=$(sed -n 's|^zhifang: https://127.0.0.1:\([0-9]*\)/$|\1|p' "$data/said")
expect 'the first page' 'Strict-Transport-Security: max-age=' "$(ask -i "https://localhost:$port/" | tr -d '\r')"
token=$(sed -n 's|.*/setup#||p' "$data/said")
post() { # PATH BODY
	ask -i -H "Origin: https://localhost:$port" -H 'Content-Type: application/json' -d "$2" "https://localhost:$port$1" | tr -d '\r'
}
login='"login":"owner@example.org","password":"a long pass phrase"'
expect 'the first owner' ' 204' "$(post /api/setup "{\"token\":\"$token\",$login,\"name\":\"Owner\",\"shop_name\":\"Shop\"}")"
session=$(post /api/sessions "{$login}")
cookie=$(echo "$session" | sed -n 's/^Set-Cookie: \(__Host-session=[^;]*\);.*Secure.*/\1/p')
[ -n "$cookie" ] || bad "no cookie of https: $session"
expect 'the check-list' '"key":"tls","state":"wrong","detail":"20' "$(ask -H "Cookie: $cookie" "https://localhost:$port/api/site/checks")"

# ---- plain http ----
expect 'plain http on this port' 'speaks https' "$(ask "http://localhost:$port/")"
expect 'plain http beside it' "301 https://localhost:$port/x?y" "$(ask -o /dev/null -w '%{http_code} %{redirect_url}' "http://localhost:$plain/x?y")"
expect 'a challenge' thumb "$(ask "http://localhost:$plain/.well-known/acme-challenge/token")"

# ---- renewal ----
expect 'the certificate' 'serial=11' "$(serial)"
certificate 18 90
kill -HUP "$pid"
wait_for 'certificate-renewed'
expect 'the renewed certificate' 'serial=12' "$(serial)"
expect 'the check-list' '"key":"tls","state":"good","detail":"20' "$(ask -H "Cookie: $cookie" "https://localhost:$port/api/site/checks")"
echo broken >"$data/chain"
kill -HUP "$pid"
wait_for 'tls-certificate-unreadable'
expect 'after a broken renewal' 'serial=12' "$(serial)"

kill "$pid"
wait "$pid" || bad "did not end well: $?"
pid=
exit $failed
