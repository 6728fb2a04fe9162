"""numbers.py - distributions, regression and Bayesian networks by themselves (bench/numbers_bench.c), beside R where it is installed."""
import json
import os
import shutil
import subprocess

from . import kit

ABOUT = """
CPU time of one thread. Distributions: a call, of arguments over the whole range; ours one by one, R a vector of
the same arguments at once. Regression: 200,000 rows and 21 columns, with intervals,
leverage and all diagnostics; R's is lm, summary and hatvalues. Networks: a question, each node asked for with none, one and two nodes
known. Structure: alarm, 20,000 rows; its score less that of the network the rows were drawn from. {bnlearn}
"""
BNLEARN = 'bnlearn is R\'s, tabu search that remembers 50, of the same rows with the same scores, once.'
NO_BNLEARN = '**R has no bnlearn here, which is in no Debian package: its figures are missing.**'
CALLS = ('pnorm', 'qnorm', 'ppois', 'qpois', 'dbinom', 'pbinom', 'qbinom', 'pt', 'pchisq')


def _told(command):
    told = subprocess.run(command, capture_output=True, text=True, env={**os.environ, 'ZHIFANG_SOURCE': kit.SOURCE})
    if told.returncode:
        raise kit.Failed(f'{command[0]}: {told.stdout[-200:]}{told.stderr[-200:]}')
    return {one['key']: one['value'] for one in map(json.loads, told.stdout.splitlines())}


def _bnlearn(r):
    """-> milliseconds by score, None where R has none"""
    rows = os.path.join(kit.SOURCE, '..', 'shared', 'data', 'mining', 'bif', 'sample20000_alarm.csv.gz')
    told = subprocess.run([r, os.path.join(kit.HERE, 'peers', 'structure_peer.R'), rows, '1'], capture_output=True, text=True) if r else None
    if told is None or told.returncode == 3:
        return None
    if told.returncode:
        raise kit.Failed(f'bnlearn: {told.stderr[-200:]}')
    return {one['key']: one['value'] for one in map(json.loads, told.stdout.splitlines())}


def measure(setup):
    bnlearn = None if setup.quick else _bnlearn(shutil.which('Rscript'))
    result = kit.Result('numbers', ABOUT.format(bnlearn=BNLEARN if bnlearn else NO_BNLEARN))
    calls = '20000' if setup.quick else '1000000'
    r = shutil.which('Rscript')
    ours, peer = [], []
    for _ in range(setup.rounds):
        ours.append(_told([setup.path('program', 'bench', 'numbers_bench'), calls]))
        if r:
            peer.append(_told([r, '--vanilla', os.path.join(kit.HERE, 'peers', 'numbers_peer.R'), calls]))

    def add(key, what, unit, **target):
        result.add(f'{what}, ours', unit, [one[key] for one in ours], **target)

    def beside(key, what, unit, **target):
        if peer:
            result.add(f'{what}, R', unit, [one[key] for one in peer])
            if all(one[key] > 0 for one in peer):                # a quick round is below R's clock
                result.add(f'{what}, ours by R', 'times', [a[key] / b[key] for a, b in zip(ours, peer)], **target)

    for key in CALLS:
        add(key, key, 'ns')
        beside(key, key, 'ns', most=1)
    add('lm', 'regression, 200,000 x 21', 'ms', most=200)
    beside('lm', 'regression, 200,000 x 21', 'ms')
    add('alarm', 'question to alarm', 'us', most=50)
    add('hailfinder', 'question to hailfinder', 'us', most=1000)
    for score in ('bic', 'bdeu'):
        add(f'learn {score}', f'structure of alarm by {score}', 'ms')
        if bnlearn:
            result.add(f'structure of alarm by {score}, bnlearn', 'ms', [bnlearn[score]])
            result.add(f'structure of alarm by {score}, ours by bnlearn', 'times', [one[f'learn {score}'] / bnlearn[score] for one in ours], most=.5)
        add(f'gain {score}', f'score above the truth, alarm by {score}', '', least=0)
    result.write(setup)
