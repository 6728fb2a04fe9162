"""linear.py - linear models by themselves (bench/linear_bench.c), beside LIBLINEAR."""
import json
import os
import subprocess

from . import kit

ABOUT = """
Linear support vector machine with squared hinge loss and L2-regularised logistic regression, C = 1, on the training rows of five
public tables (`../shared/data/mining`), one thread, CPU time of the process, ours and LIBLINEAR's primal solver in turn in one run; each figure is the median of 21 turns. LIBLINEAR ends
by its default, eps .01; ours goes on until the objective can lose no more than a thousand-millionth: how far above it LIBLINEAR's
objective is stands beside the times. Reading and coding the table is in neither.
"""


def measure(setup):
    result = kit.Result('linear', ABOUT)
    program = setup.path('program', 'bench', 'linear_bench')
    if not os.path.exists(program):
        raise kit.Failed('linear_bench was not built: liblinear-dev is missing')
    told = subprocess.run([program, '1' if setup.quick else '21'], capture_output=True, text=True, env={**os.environ, 'ZHIFANG_SOURCE': kit.SOURCE})
    if told.returncode:
        raise kit.Failed(f'linear_bench: {told.stdout[-200:]}{told.stderr[-200:]}')
    for one in map(json.loads, told.stdout.splitlines()):
        result.add(f'{one["what"]}, {one["set"]}', one['unit'], [one['value']], **({'most': one['target']} if one['target'] else {}))
    result.write(setup)
