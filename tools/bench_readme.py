#!/usr/bin/env python3
"""bench_readme.py - makes bench/README.md of bench/results/*.json. bench/run.sh calls it; nothing in that page is typed by hand.
With --check: only whether the page is what the results say."""
import glob
import json
import os
import sys

BENCH = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'bench')
ORDER = ['list', 'search', 'order', 'quality', 'core', 'visible', 'page', 'files', 'upload', 'first', 'backup', 'linear', 'numbers', 'trees', 'mining', 'rec']
HEAD = """# bench: what is promised, and what was measured

This page is made by `tools/bench_readme.py` from `bench/results/`; do not edit it.

```sh
bench/run.sh              # all of it, about half an hour after the first build; makes this page anew
bench/run.sh list order   # some of it
bench/run.sh --quick      # one short round: does everything run
```

It builds the program as `./run` does, installs the peers by npm, wrk and ffmpeg by apt (nginx is unpacked from
Debian's package), and takes the works from `../shared/data`, which are
no part of the repository. A figure is the median of its readings (five, unless it is the same each time); measurements that are
compared alternate, so that a load that drifts hits both. Where other programs kept the machine busy it says so: then rates and times
are no measure of anything, and CPU time a request rises as well, ours and the peers' not alike.
"""


def read_results():
    found = {}
    for file in glob.glob(os.path.join(BENCH, 'results', '*.json')):
        with open(file, encoding='utf-8') as f:
            result = json.load(f)
        found[result['name']] = result
    return [found[name] for name in ORDER if name in found]


def number(n):
    if n == 0 or abs(n) >= 1000:
        return f'{n:,.0f}'
    return f'{n:.3g}' if abs(n) < 100 else f'{n:.0f}'


def with_unit(n, unit):
    if unit == 'times':
        return f'{number(n)} ×'
    return f'{number(n)}{"" if unit.startswith("/") else " "}{unit}'.strip()


def target(figure):
    return f'{"≤" if figure["compare"] == "at most" else "≥"} {with_unit(figure["target"], figure["unit"])}'


def table(head, rows):
    lines = [head, ['---'] * len(head), *rows]
    return '\n'.join('| ' + ' | '.join(line) + ' |' for line in lines) + '\n'


def targets(results):
    rows = []
    for result in results:
        for figure in result['figures']:
            if 'met' in figure:
                met = 'yes' if figure['met'] else '**no**'
                rows.append([f'[{result["name"]}](#{result["name"]})', figure['what'], target(figure), with_unit(figure['value'], figure['unit']), met])
    missed = sum(row[4] != 'yes' for row in rows)
    says = f'{len(rows)} targets, {"all met" if not missed else f"{missed} not met"}.'
    busy = [result['name'] for result in results if is_busy(result['machine'])]
    if busy:
        says += f' The machine was busy with other things during {", ".join(busy)}.'
    return f'## Targets\n\n{says}\n\n' + table(['bench', 'what', 'target', 'reading', 'met'], rows)


def is_busy(machine):
    return machine['load_average_at_start'][0] > machine['cores']


def section(result):
    machine, rows = result['machine'], []
    for figure in result['figures']:
        readings = figure['readings']
        spread = f'{number(min(readings))} – {number(max(readings))}' if len(readings) > 1 else ''
        rows.append([figure['what'], with_unit(figure['value'], figure['unit']), spread, str(len(readings))])
    load = ' '.join(f'{n:.2f}' for n in machine['load_average_at_start'])
    commit = result['commit'] + (' with changes' if result['changed'] else '')
    where = f'`{result["command"]}`, commit {commit}, {result["date"]}; {machine["cpu"]}, {machine["cores"]} cores, {machine["kernel"]}, load average at start {load}.'
    if is_busy(machine):
        where += ' **The machine was busy.**'
    return f'## {result["name"]}\n\n{result["about"]}\n\n{where}\n\n' + table(['what', 'median', 'lowest – highest', 'readings'], rows)


def main():
    results = read_results()
    page = '\n'.join([HEAD, targets(results), *map(section, results)])
    file = os.path.join(BENCH, 'README.md')
    if '--check' in sys.argv:
        with open(file, encoding='utf-8') as f:
            sys.exit(0 if f.read() == page else 'bench/README.md is not what bench/results says: run tools/bench_readme.py')
    with open(file, 'w', encoding='utf-8') as f:
        f.write(page)


main()
