#!/bin/sh
# deb.sh BUILD OUT [VERSION] - a Debian package of that build and of web/dist (or of the folder that ZHIFANG_WEB names) into the folder
# OUT; prints its name. What it installs: the program, the pages, the unit (enabled, started by whoever has read the settings), settings
# as a conffile, a user. Removed, data and settings stay; purged, they go, and backups in /var/backups/zhifang stay.
set -eu
umask 022
build=${1:?usage: deb.sh BUILD OUT [VERSION]} out=${2:?usage: deb.sh BUILD OUT [VERSION]}
build=$(cd "$build" && pwd) out=$(cd "$out" && pwd)
cd "$(dirname "$0")/.."
version=${3:-$(sed -n "s/^ *version: '\(.*\)',/\1/p" meson.build | head -1)}
web=${ZHIFANG_WEB:-web/dist}
[ -x "$build/zhifang" ] || { echo "deb.sh: there is no program in $build" >&2; exit 1; }
[ -f "$web/assets.json" ] || { echo "deb.sh: there are no built pages in $web; ./run makes them" >&2; exit 1; }

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
chmod 755 "$root"
install -d "$root/usr/bin" "$root/usr/share/zhifang" "$root/usr/share/doc/zhifang" "$root/lib/systemd/system" "$root/etc/zhifang" "$root/DEBIAN"
install -m 755 "$build/zhifang" "$root/usr/bin/zhifang"
strip --strip-unneeded "$root/usr/bin/zhifang" 2>/dev/null || :
cp -RL "$web" "$root/usr/share/zhifang/web"
rm -f "$root/usr/share/zhifang/web/.made-from"
sed 's|/usr/local/|/usr/|g' deploy/zhifang.service >"$root/lib/systemd/system/zhifang.service"
install -m 640 deploy/zhifang.conf "$root/etc/zhifang/zhifang.conf"
install -m 644 README.md README.zh-CN.md docs/*.md deploy/nginx.conf "$root/usr/share/doc/zhifang/"
gzip -9nc CHANGELOG.md >"$root/usr/share/doc/zhifang/changelog.gz"
printf 'Licence: Apache-2.0, see /usr/share/common-licenses/Apache-2.0\n' >"$root/usr/share/doc/zhifang/copyright"

# The packages of the libraries that the program itself asks for.
libraries() {
	readelf -d "$build/zhifang" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | while read -r name; do
		path=$(ldd "$build/zhifang" | awk -v name="$name" '$1 == name { print $3 }')
		dpkg-query -S "$path" "/usr$path" "${path#/usr}" 2>/dev/null | head -1 | cut -d: -f1
	done | sort -u | paste -sd, | sed 's/,/, /g'
}
depends=$(libraries)
cat >"$root/DEBIAN/control" <<END
Package: zhifang
Version: $version
Architecture: $(dpkg --print-architecture)
Maintainer: Zhifang <zhifang@localhost>
Installed-Size: $(du -sk "$root" | cut -f1)
Depends: passwd, init-system-helpers${depends:+, $depends}
Recommends: ffmpeg, libvips-tools, poppler-utils
Suggests: nginx, postgresql
Section: web
Priority: optional
Description: self-hosted knowledge-commerce platform
 Creators sell courses, columns and e-books; learners find, buy and learn.
 One program over SQLite or PostgreSQL.
END
echo /etc/zhifang/zhifang.conf >"$root/DEBIAN/conffiles"
for script in postinst prerm postrm; do install -m 755 "deploy/debian/$script" "$root/DEBIAN/$script"; done

package=$out/zhifang_${version}_$(dpkg --print-architecture).deb
dpkg-deb --root-owner-group --build "$root" "$package" >/dev/null
echo "$package"
