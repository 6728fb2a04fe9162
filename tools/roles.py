#!/usr/bin/env python3
"""roles.py ZHIFANG ROLES OUTPUT - fails unless each route that the program lists has one row in src/ROLES, and each row a
route; OUTPUT gets the list."""
import subprocess
import sys


def key(line):
    return tuple(line.split()[:2])


program, file, output = sys.argv[1:]
listed = subprocess.run([program, 'routes'], stdout=subprocess.PIPE, check=True, encoding='utf-8').stdout
routes = {key(line) for line in listed.splitlines()}
wrong = []
rows = {}
with open(file, encoding='utf-8') as lines:
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith('#'):
            continue
        row = key(line)
        if len(line.split()) < 3:
            wrong.append(f'{file}:{number}: a row is METHOD PATH WHO...')
        elif row in rows:
            wrong.append(f'{file}:{number}: {" ".join(row)} has a row already, in line {rows[row]}')
        elif row not in routes:
            wrong.append(f'{file}:{number}: there is no route {" ".join(row)}')
        rows[row] = number
for route in sorted(routes - rows.keys()):
    wrong.append(f'{file}: the route {" ".join(route)} has no row: who may call it?')
if wrong:
    sys.exit('\n'.join(wrong))
with open(output, 'w', encoding='utf-8') as out:
    out.write(listed)
