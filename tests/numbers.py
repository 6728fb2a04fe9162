#!/usr/bin/env python3
"""numbers.py PROGRAM - each example of docs/numbers, and of the --help of its commands, runs as printed.

A block of a page that begins with ```csv NAME is a file of that name. In a block that has lines beginning with `$ `, each such line is
run where the page's files lie, and what follows it up to the next, or the end, is what it must print. A page without one fails.
"""
import os, pathlib, re, subprocess, sys, tempfile

program = os.path.abspath(sys.argv[1])
pages = sorted((pathlib.Path(__file__).parent.parent / 'docs' / 'numbers').glob('*.md'))
failed = []


def run(line, folder):
    line = re.sub(r'(^|\| |; |&& )zhifang ', lambda m: m.group(1) + "'" + program + "' ", line)
    done = subprocess.run(['sh', '-c', line], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
    return done.returncode, done.stdout.decode()


def runs_as_printed(name, block, folder):
    for part in re.split(r'^\$ ', block, flags=re.M)[1:]:
        line, _, printed = part.partition('\n')
        said = run(line, folder)[1]
        if [l.rstrip() for l in said.rstrip().split('\n')] != [l.rstrip() for l in printed.rstrip().split('\n')]:
            failed.append(f'{name}: $ {line}\nprints\n{said}and not\n{printed}')


def check_page(page):
    ran = 0
    with tempfile.TemporaryDirectory() as folder:
        for info, block in re.findall(r'^```(.*)\n((?:(?!```).*\n)*)```', page.read_text(), flags=re.M):
            if info.startswith('csv '):
                pathlib.Path(folder, os.path.basename(info[4:].strip())).write_text(block)
            elif block.startswith('$ '):
                runs_as_printed(page.name, block, folder)
                ran += 1
    if not ran and page.name != 'README.md':
        failed.append(f'{page.name} has no example')


def check_help(command):
    with tempfile.TemporaryDirectory() as folder:
        said = run(f'zhifang {command} --help', folder)[1]
        example = re.search(r'Example:\n  (.*)\n', said)
        if not example or run(example.group(1), folder)[0]:
            failed.append(f'the example of zhifang {command} --help does not run: {said}')


for page in pages:
    check_page(page)
COMMANDS = {
    'rec': 'evaluate explain fit fit-context fit-graph fit-next next recommend related rerank similar',
    'stats': 'chance fit network regress structure test',
    'mine': 'bayes boost cluster features forest logit predict rfm rules sales survival svm tree trial',
}
for group, names in COMMANDS.items():
    for name in names.split():
        check_help(f'{group} {name}')
print('\n'.join(failed) or f'{len(pages)} pages')
sys.exit(1 if failed else 0)
