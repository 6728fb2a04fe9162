#!/bin/sh
# deb.sh BUILD - the Debian package, in a system of its own (the root of this one under an overlay that is thrown away): installed,
# started as its unit starts it, upgraded, removed, purged. Without root or overlays it says so and is skipped (77).
build=$(cd "${1:?usage: deb.sh BUILD}" && pwd)
cd "$(dirname "$0")/.." || exit 1
skip() { echo "skipped: $*"; exit 77; }
command -v dpkg-deb >/dev/null && command -v readelf >/dev/null || skip "dpkg-deb and readelf are needed"
[ "$(id -u)" = 0 ] || skip "a package is installed by root"
top=$(mktemp -d) || exit 1
pid=
ends() {
	[ -z "$pid" ] || { kill "$pid" && wait "$pid"; } 2>/dev/null
	mountpoint -q "$top/root/proc" && umount "$top/root/proc"
	mountpoint -q "$top/root" && umount "$top/root"
	mountpoint -q "$top" && umount "$top"
	rmdir "$top"
}
trap ends EXIT
mount -t tmpfs tmpfs "$top" 2>/dev/null || skip "nothing can be mounted here"
mkdir "$top/up" "$top/work" "$top/root" "$top/out" "$top/web"
mount -t overlay overlay -o "lowerdir=/,upperdir=$top/up,workdir=$top/work" "$top/root" 2>/dev/null || skip "no overlay can be mounted here"
mount -t proc proc "$top/root/proc" 2>/dev/null

failed=0
wrong() { echo "$*"; failed=1; }
inside() { chroot "$top/root" "$@"; }
holds() { inside test "$@" || wrong "not so: test $*"; }
holds_not() { ! inside test "$@" || wrong "still so: test $*"; }

echo '{}' >"$top/web/assets.json"
cp -R web/src/locales "$top/web/locales"
[ ! -f web/dist/assets.json ] || { rm -rf "$top/web" && cp -RL web/dist "$top/web"; }
for version in 0.1.0 0.1.1; do
	ZHIFANG_WEB=$top/web tools/deb.sh "$build" "$top/out" $version >/dev/null || exit 1
	cp "$top"/out/zhifang_${version}_*.deb "$top/root/root/zhifang-$version.deb"
done

install_package() { inside dpkg --force-confold -i "/root/zhifang-$1.deb" >"$top/said" 2>&1 || wrong "dpkg -i $1: $(cat "$top/said")"; }
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
# As the unit does: its own command line, its own user.
start() {
	line=$(sed -n 's/^ExecStart=//p' "$top/root/lib/systemd/system/zhifang.service")
	# shellcheck disable=SC2086
	chroot --userspec=zhifang:zhifang "$top/root" $line --port "$port" >"$top/serve.out" 2>"$top/serve.err" &
	pid=$!
	for _ in $(seq 100); do
		grep -q '^zhifang: http' "$top/serve.out" && break
		kill -0 "$pid" 2>/dev/null || { wrong "it does not serve: $(tail -3 "$top/serve.err")"; return; }
		sleep 0.1
	done
	[ "$(curl -sS --noproxy '*' "http://127.0.0.1:$port/readyz")" = ready ] || wrong "it is not ready"
}
stop() {
	kill -TERM "$pid"
	wait "$pid" || wrong "it ended with $?: $(tail -3 "$top/serve.err")"
	pid=
}

install_package 0.1.0
[ "$(inside stat -c '%U %a' /var/lib/zhifang)" = 'zhifang 700' ] || wrong "the data folder is $(inside stat -c '%U %a' /var/lib/zhifang)"
[ "$(inside stat -c '%U %G %a' /etc/zhifang/zhifang.conf)" = 'root zhifang 640' ] || wrong "the settings are $(inside stat -c '%U %G %a' /etc/zhifang/zhifang.conf)"
holds -L /etc/systemd/system/multi-user.target.wants/zhifang.service
start
stop
holds -s /var/lib/zhifang/zhifang.db
chroot --userspec=zhifang:zhifang "$top/root" zhifang backup --to /var/backups/zhifang --data /var/lib/zhifang >/dev/null || wrong "no backup can be made"

echo 'site_name = mine' >>"$top/root/etc/zhifang/zhifang.conf"
install_package 0.1.1
[ "$(inside dpkg-query -W -f='${Version}' zhifang)" = 0.1.1 ] || wrong "it was not upgraded"
inside grep -q '^site_name = mine' /etc/zhifang/zhifang.conf || wrong "the settings were overwritten"
start
stop

inside dpkg -r zhifang >"$top/said" 2>&1 || wrong "dpkg -r: $(cat "$top/said")"
holds_not -e /usr/bin/zhifang
holds -s /var/lib/zhifang/zhifang.db
holds -s /etc/zhifang/zhifang.conf
install_package 0.1.1
holds -L /etc/systemd/system/multi-user.target.wants/zhifang.service
inside dpkg -r zhifang >"$top/said" 2>&1
inside dpkg -P zhifang >"$top/said" 2>&1 || wrong "dpkg -P: $(cat "$top/said")"
holds_not -e /var/lib/zhifang
holds_not -e /etc/zhifang
holds_not -e /usr/share/zhifang
holds_not -L /etc/systemd/system/multi-user.target.wants/zhifang.service
inside getent passwd zhifang >/dev/null && wrong "the user is still there"
[ -n "$(inside ls /var/backups/zhifang)" ] || wrong "the backup went with the package"
exit $failed
