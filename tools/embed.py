#!/usr/bin/env python3
"""embed.py OUT FILE... - writes the migrations (NNNN_name.sql) and page templates (pages/*.html, *.md) of the rooms, in the order
given, as C tables: migrations_all and templates_all."""
import os
import re
import sys


def literal(text):
    lines = []
    for line in text.splitlines(keepends=True):
        escaped = line.replace('\\', '\\\\').replace('"', '\\"').replace('\n', '\\n').replace('\t', '\\t').replace('?', '\\?')
        lines.append('\t"%s"' % escaped)
    return '\n'.join(lines) or '\t""'


def main():
    out, files = sys.argv[1], sys.argv[2:]
    migrations, templates = [], []
    for path in files:
        with open(path, encoding='utf-8') as f:
            text = f.read()
        name = os.path.basename(path)
        if name.endswith('.sql'):
            room = os.path.basename(os.path.dirname(path))
            number, rest = re.fullmatch(r'(\d{4})_(\w+)\.sql', name).groups()
            migrations.append('{ "%s", %d, "%s",\n%s },' % (room, int(number), rest, literal(text)))
        else:
            room = os.path.basename(os.path.dirname(os.path.dirname(path)))
            templates.append('{ "%s/%s",\n%s },' % (room, os.path.splitext(name)[0], literal(text)))
    with open(out, 'w', encoding='utf-8') as f:
        f.write('/* made by tools/embed.py from the migrations and templates of the rooms */\n#include "db/embedded.h"\n#include "serve/embedded.h"\n\n')
        f.write('const struct migration migrations_all[] = {\n%s\n{ 0 } };\n' % '\n'.join(migrations))
        f.write('const size_t migrations_all_count = %d;\n\n' % len(migrations))
        f.write('const struct template_file templates_all[] = {\n%s\n{ 0 } };\n' % '\n'.join(templates))
        f.write('const size_t templates_all_count = %d;\n' % len(templates))


main()
