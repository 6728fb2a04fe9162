#!/bin/sh
# backup.sh PROGRAM - backup, restore and check as an operator calls them: killed half-way, on a disk that is full, where a file may not
# grow, with a mistyped word. On SQLite, and on PostgreSQL where ZHIFANG_TEST_POSTGRESQL names a server.
program=$1
root=$(mktemp -d) || exit 1
small=$root/small
database=zhifang_test_backup_$$
ends() {
	mountpoint -q "$small" && umount "$small"
	rm -rf "$root"
	[ -z "$ZHIFANG_TEST_POSTGRESQL" ] || for one in $database ${database}_2; do psql -q "$ZHIFANG_TEST_POSTGRESQL" -c "drop database if exists $one with (force)" >/dev/null 2>&1; done
}
trap ends EXIT
failed=0
wrong() { echo "$*"; failed=1; }

# expect STATUS WORDS ARGUMENT...
expect() {
	status=$1 words=$2
	shift 2
	said=$("$program" "$@" </dev/null 2>&1)
	got=$?
	[ "$got" = "$status" ] || wrong "zhifang $*: status $got, not $status: $said"
	case $said in
	*"$words"*) ;;
	*) wrong "zhifang $*: did not say \"$words\" but: $said" ;;
	esac
}
nothing_in() { [ -z "$(ls -A "$1")" ] || wrong "something was left in $1: $(ls -A "$1")"; }

# all_of BLOCKS FROM INTO: one site, from its beginning to its restored copy.
all_of() {
	blocks=$1 from=$2 into=$3
	data=$root/site to=$root/to
	rm -rf "$data" "$to" "$root/back"
	mkdir "$to"
	printf 'correct horse\n' >"$root/phrase"
	chmod 600 "$root/phrase"
	expect 1 'backup-no-site' backup --to "$to" --data "$data"
	[ ! -e "$data" ] || wrong "a backup of nothing made $data"
	expect 0 'empty shop' init --data "$data" $from
	expect 0 'somebody@example.org' user create somebody@example.org --data "$data" $from
	expect 0 'all is well' check --data "$data" $from
	expect 2 'usage: zhifang backup --to' backup --data "$data" $from
	expect 1 'backup-no-folder' backup --to "$root/none/x" --data "$data" $from

	# killed at its last step, and at moments by chance: no file of a good name, and the next one sweeps
	ZHIFANG_KILL_AT=1 "$program" backup --to "$to" --data "$data" $from >/dev/null 2>&1
	[ -z "$(ls "$to")" ] || wrong "killed before the end, and there is $(ls "$to")"
	[ -n "$(ls -A "$to")" ] || wrong "it was not killed half-way"
	expect 0 "$to/zhifang-" backup --to "$to" --data "$data" $from
	[ "$(ls -A "$to" | wc -l)" = 1 ] || wrong "not swept: $(ls -A "$to")"
	rm "$to"/*

	# a file that may not grow, a full disk: one word, nothing left
	(ulimit -f $blocks; "$program" backup --to "$to" --data "$data" $from 2>&1) | grep -q 'backup-full' || wrong "a file that may not grow was not told"
	nothing_in "$to"
	if mkdir -p "$small" && mount -t tmpfs -o size=$((blocks * 512)) tmpfs "$small" 2>/dev/null; then
		expect 1 'backup-full' backup --to "$small" --data "$data" $from
		nothing_in "$small"
		umount "$small"
	else
		echo "no small disk can be mounted here: only the file that may not grow was tried"
	fi

	# sealed, restored, looked through
	expect 0 "$root/to/mine.sealed" backup --to "$to/mine.sealed" --passphrase-file "$root/phrase" --data "$data" $from
	expect 1 'backup-exists' backup --to "$to/mine.sealed" --data "$data" $from
	expect 1 'backup-sealed' restore "$to/mine.sealed" --data "$root/back" $into
	chmod 644 "$root/phrase"
	expect 1 'secret-file-open' restore "$to/mine.sealed" --passphrase-file "$root/phrase" --data "$root/back" $into
	chmod 600 "$root/phrase"
	expect 1 'restore-not-empty' restore "$to/mine.sealed" --passphrase-file "$root/phrase" --data "$data" $into
	[ ! -e "$root/back" ] || wrong "a restore that failed made the folder"
	ZHIFANG_KILL_AT=1 "$program" restore "$to/mine.sealed" --passphrase-file "$root/phrase" --data "$root/back" $into >/dev/null 2>&1
	[ -z "$(ls "$root/back")" ] || wrong "a restore that was killed left $(ls "$root/back")"
	expect 0 'keyring: all is well' restore "$to/mine.sealed" --passphrase-file "$root/phrase" --data "$root/back" $into
	expect 0 'database: all is well' check --data "$root/back" $into
	expect 0 'There was no second factor' user one-step somebody@example.org --data "$root/back" $into
}

all_of 100 '' ''
if [ -n "$ZHIFANG_TEST_POSTGRESQL" ]; then
	for one in $database ${database}_2; do psql -q "$ZHIFANG_TEST_POSTGRESQL" -c "create database $one template template0 encoding 'UTF8'" || exit 1; done
	base=${ZHIFANG_TEST_POSTGRESQL%/*}
	all_of 16 "--database $base/$database" "--database $base/${database}_2"
	expect 1 'database-wrong-kind' restore "$root/to/mine.sealed" --passphrase-file "$root/phrase" --data "$root/other"
fi
exit $failed
