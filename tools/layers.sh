#!/bin/sh
# layers.sh - dependencies go one way: a folder of src/ includes only rooms named after its colon in src/LAYERS, each by its
# public header ROOM/ROOM.h (base: any; others may list further public headers in src/PUBLIC). Tests may include more of the
# lower rooms. sandbox/ may use base, crypto, db and http only.
set -eu
cd "$(dirname "$0")/.."
status=0
files=$(git ls-files 'src/*.[ch]' 'sandbox/*.[ch]') # fails where there is no git, and so does this script
[ -n "$files" ]
awk -F'[:" ]+' '
  FILENAME == "src/LAYERS" { for (i = 2; i <= NF; i++) if ($i != "") { if (!($i in up)) { print "src/LAYERS: " $i " stands below " $1; exit bad = 2 } ok[$1, $i] = 1 } up[$1]; next }
  FILENAME == "src/PUBLIC" { open[$1]; next }
  /^#include "/ {
    split(FILENAME, f, "/"); n = split($2, p, "/"); room = f[2]; if (f[1] == "sandbox") room = "sandbox"
    if (n != 2 || p[1] == room) next
    if (room == "sandbox" ? p[1] !~ /^(base|crypto|db|http)$/ : !ok[room, p[1]]) { print FILENAME ":" FNR ": " $2 " is not below"; bad = 1 }
    else if (p[1] != "base" && p[2] != p[1] ".h" && !($2 in open) && FILENAME !~ /_test\.c$|_fuzz\.c$|[\/_]testing\.h$/) { print FILENAME ":" FNR ": " $2 " is private"; bad = 1 }
  }
  END { exit bad }' src/LAYERS src/PUBLIC $files || status=1
# only a room touches its own tables, and only its *_store.c (or db) holds SQL: checked in tools/tidy.sh
exit $status
