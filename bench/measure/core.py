"""core.py - the search index by itself (bench/search_bench.c): what it finds, how long it takes, how large it is."""
import json
import os
import subprocess

from . import kit

QUALITY_ABOUT = """
Mean reciprocal rank of the wanted work among the first ten, 100,000 works, all queries of `catalogue/queries/ki_*`: four characters
(ex4), fragments (frag), slips in long and short ones (typo, typo4), a character left out (del), two swapped (swap), traditional
characters (trad), sound (py), initials (pyi); questions on passages from `search/qa`, one in four. It is the same at every run, so
it is taken once.
"""
CORE_ABOUT = """
The index alone, in one process, CPU time of the thread that asks: queries of one, two, four characters, mixed, and real ones; each
query's time is the median of five askings, and a figure the median over the rounds. Building takes up all 100,000 works.
"""


def _run(setup, part, step):
    program = setup.path('program', 'bench', 'search_bench')
    told = subprocess.run([program, part, str(step)], capture_output=True, text=True, check=True, env={**os.environ, 'ZHIFANG_SOURCE': kit.SOURCE})
    return [json.loads(line) for line in told.stdout.splitlines()]


def _targets(one):
    if not one['target']:
        return {}
    return {'least' if one['at_least'] else 'most': one['target']}


def quality(setup):
    result = kit.Result('quality', QUALITY_ABOUT)
    for one in _run(setup, 'quality', 20 if setup.quick else 1):
        result.add(f'{one["what"]}, {one["set"]}', one['unit'], [one['value']], **_targets(one))
    result.write(setup)


def core(setup):
    result = kit.Result('core', CORE_ABOUT)
    runs = [_run(setup, 'time', 1) for _ in range(setup.rounds)]
    for same in zip(*runs):
        result.add(f'{same[0]["what"]}, {same[0]["set"]}', same[0]['unit'], [one['value'] for one in same], **_targets(same[0]))
    result.write(setup)
