# setup.sh - sourced by ./run and ./test: what the machine needs, installed where it is missing. Functions only.
# need_packages NAME... installs Debian packages; need_node puts a Node.js that can build the front end first on PATH.

say() { printf '%s\n' "== $*"; }
stop() { printf '%s\n' "$0: $*" >&2; exit 1; }

as_root() {
	if [ "$(id -u)" = 0 ]; then "$@"
	elif command -v sudo >/dev/null; then sudo "$@"
	else stop "installing packages needs root or sudo: $*"
	fi
}

BUILD_PACKAGES="gcc meson ninja-build pkg-config python3 ca-certificates libevent-dev node-llhttp libjansson-dev libsqlite3-dev
	libpq-dev libssl-dev libsodium-dev libcurl4-openssl-dev libmd4c-dev libutf8proc-dev libqrencode-dev liboath-dev libarchive-dev libbrotli-dev zlib1g-dev libsvm-dev
	libcmocka-dev unicode-data libopencc-data"
# recordings, pictures and documents that creators upload, and posters that are drawn; without them, MP4 that plays as it is still works
MEDIA_PACKAGES="ffmpeg libvips-tools poppler-utils fonts-noto-cjk fontconfig"
NODE_PACKAGES="nodejs npm"

need_packages() {
	missing=
	for name in "$@"; do
		dpkg-query -W -f='${Status}' "$name" 2>/dev/null | grep -q 'ok installed' || missing="$missing $name"
	done
	[ -z "$missing" ] && return 0
	command -v apt-get >/dev/null || stop "these packages are missing, and there is no apt-get to install them:$missing"
	say "installing$missing"
	as_root apt-get update -q >/dev/null || stop "apt-get update failed"
	# shellcheck disable=SC2086
	as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing >/dev/null ||
		stop "apt-get could not install:$missing"
}

# npm_get FOLDER LOG ARGUMENTS...: npm in that folder; a name server or a registry that stumbles is asked again.
npm_get() {
	npm_folder=$1 npm_log=$2; shift 2
	for pause in 2 10 30 end; do
		(cd "$npm_folder" && npm "$@" --no-audit --no-fund) >"$npm_log" 2>&1 && return 0
		grep -qE 'EAI_AGAIN|ECONNRESET|ETIMEDOUT|ENOTFOUND|E50[0-9]|E429' "$npm_log" && [ $pause != end ] || break
		say "npm could not reach its registry, trying again in $pause s"
		sleep $pause
	done
	tail -20 "$npm_log" >&2
	return 1
}

# need_modules FOLDER LOG: what its package-lock.json names.
need_modules() {
	cmp -s "$1/package-lock.json" "$1/node_modules/.made-from" && return 0
	npm_get "$1" "$2" ci || stop "npm ci failed in $1, see above"
	cp "$1/package-lock.json" "$1/node_modules/.made-from"
}

# Vite needs Node.js 20.19 or newer and an npm that installs its native parts; Debian 12's own are older.
node_is_new() {
	node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' 2>/dev/null &&
		[ "$(npm --version 2>/dev/null | cut -d. -f1)" -ge 11 ] 2>/dev/null
}

need_node() {
	[ -d "$PWD/.tools/node_modules/.bin" ] && PATH="$PWD/.tools/node_modules/.bin:$PATH" && export PATH
	node_is_new && return 0
	command -v npm >/dev/null || need_packages $NODE_PACKAGES
	node_is_new && return 0
	say "installing Node.js 24 into .tools"
	mkdir -p .tools
	[ -f .tools/package.json ] || echo '{ "private": true }' >.tools/package.json
	npm_get .tools .tools/npm.log install node@24 npm@11 || stop "npm could not install Node.js 24, see above"
	PATH="$PWD/.tools/node_modules/.bin:$PATH" && export PATH
	node_is_new || stop "the Node.js in .tools does not run: $(node --version 2>&1)"
}

# build_program FOLDER [meson options]: quick when nothing changed.
build_program() {
	folder=$1; shift
	[ -f "$folder/build.ninja" ] || meson setup "$folder" "$@" >"$folder.log" 2>&1 || { tail -20 "$folder.log"; stop "meson failed"; }
	ninja -C "$folder" >"$folder.log" 2>&1 || { grep -E 'error|FAILED' "$folder.log" | head -20; stop "the build failed, see $folder.log"; }
}

# build_web BUILD: the pages, only when something they are made of changed.
build_web() {
	logs=$(cd "$1" && pwd)
	"$1/zhifang" openapi >"$1/openapi.json" || stop "zhifang openapi failed"
	cmp -s "$1/openapi.json" web/openapi.json || cp "$1/openapi.json" web/openapi.json
	sum=$(find web -path web/node_modules -prune -o -path web/dist -prune -o -type f ! -name '*.gen.*' -print | LC_ALL=C sort | xargs sha256sum | sha256sum)
	[ -f web/dist/.made-from ] && [ "$(cat web/dist/.made-from)" = "$sum" ] && return 0
	need_node
	say "building the pages"
	need_modules web "$logs/npm.log"
	(cd web && npm run build >"$logs/web.log" 2>&1) || { tail -30 "$logs/web.log"; stop "building the pages failed"; }
	printf '%s' "$sum" >web/dist/.made-from
}
