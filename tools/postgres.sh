# postgres.sh - sourced: a PostgreSQL of the tests' own, in a scratch folder, on a free port of the loopback.
# postgres_start FOLDER sets $postgres to its URI; postgres_stop ends it.

# PostgreSQL refuses root. Where / is closed to everybody else (a chroot in a folder of root's), its user keeps root's right to look.
postgres_run() {
	if [ "$(id -u)" != 0 ]; then sh -c "$1"
	elif su postgres -s /bin/sh -c : 2>/dev/null; then su postgres -s /bin/sh -c "$1"
	else setpriv --reuid postgres --regid postgres --clear-groups --inh-caps=+dac_read_search --ambient-caps=+dac_read_search --securebits=+no_setuid_fixup sh -c "$1"
	fi
}

# What a crash of the whole machine would leave matters to no test; programs that die find all that the server was told.
postgres_start() {
	postgres_bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1)
	[ -x "$postgres_bin/initdb" ] || { echo "initdb is not there: is the package postgresql installed?" >&2; return 1; }
	postgres_data=$1/postgresql
	postgres_port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
	mkdir -p "$postgres_data"
	[ "$(id -u)" != 0 ] || chown postgres "$postgres_data"
	postgres_run "$postgres_bin/initdb -D $postgres_data -A trust -U zhifang --locale=C -E UTF8" >"$1/initdb.log" 2>&1 || { tail -5 "$1/initdb.log" >&2; return 1; }
	postgres_run "$postgres_bin/pg_ctl -D $postgres_data -w -l $postgres_data/log -o '-p $postgres_port -k $postgres_data -c listen_addresses=127.0.0.1 -c max_connections=200 -c fsync=off' start" >/dev/null 2>&1 ||
		{ tail -5 "$postgres_data/log" >&2; return 1; }
	postgres="postgresql://zhifang@127.0.0.1:$postgres_port/postgres"
}

postgres_stop() {
	postgres_run "$postgres_bin/pg_ctl -D $postgres_data -m immediate stop" >/dev/null 2>&1
}
