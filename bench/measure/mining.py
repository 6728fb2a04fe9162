"""mining.py - itemsets and clusters by themselves (bench/mine_bench.c), clusters beside scikit-learn where it is installed."""
import json
import os
import subprocess
import tempfile

from . import kit

ABOUT = """
CPU time of one thread, public data (`../shared/data/mining`). Itemsets: from the bytes of the file to the number of frequent sets, and with
each set handed out. Their targets are 1.2 times of Borgelt's eclat, for chess and bms1 twice of his fpgrowth, which are in no package: CPU
time measured once on such a machine, reading and counting. Clusters: k-means from the first k different rows until no row changes; scikit-learn's two ways on the same rows, its faster one
counts.
"""
SETS = {'mushroom 1625': None, 'chess 1598': 2 * 10, 'retail 88': 1.2 * 120, 'retail 9': 1.2 * 240, 't10i4d100k 100': 1.2 * 160,
        't10i4d100k 10': 1.2 * 320, 'bms1 36': 2 * 20, 'kosarak25k 50': None, 'onlineretail 93': 1.2 * 50}     # at most, ms
CLUSTERS = {'rfm': 1.7, 'osi': 1.7, 'blobs1m': 6}                 # so many times as quick, at least
PYTHON = '/usr/bin/python3'                                       # that of Debian, which has Debian's scikit-learn


def _lines(command):
    told = subprocess.run(command, capture_output=True, text=True, env={**os.environ, 'ZHIFANG_SOURCE': kit.SOURCE})
    if told.returncode:
        raise kit.Failed(f'{command[0]}: {told.stdout[-200:]}{told.stderr[-200:]}')
    return [json.loads(line) for line in told.stdout.splitlines()]


def _has_sklearn():
    return os.path.exists(PYTHON) and subprocess.run([PYTHON, '-c', 'import sklearn'], capture_output=True).returncode == 0


def _peer(program, name, rounds):
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, 'points')
        _lines([program, 'points', name, file])
        return min(one['value'] for one in _lines([PYTHON, os.path.join(kit.HERE, 'peers', 'clusters_peer.py'), file, rounds]))


def measure(setup):
    result = kit.Result('mining', ABOUT)
    program = setup.path('program', 'bench', 'mine_bench')
    ours = {one['key']: one['value'] for one in _lines([program, '1' if setup.quick else '7'])}
    for key, most in SETS.items():
        result.add(f'{key}, counted', 'ms', [ours[f'count {key}']], most=most)
        result.add(f'{key}, told', 'ms', [ours[f'tell {key}']])
    for name, least in CLUSTERS.items():
        result.add(f'clusters of {name}', 'ms', [ours[f'cluster {name}']])
        if _has_sklearn() and not (setup.quick and name == 'blobs1m'):
            peer = _peer(program, name, '1' if name == 'blobs1m' or setup.quick else '7')
            result.add(f'clusters of {name}, scikit-learn', 'ms', [peer])
            result.add(f'clusters of {name}, scikit-learn by ours', 'times', [peer / ours[f'cluster {name}']], least=least)
    result.write(setup)
