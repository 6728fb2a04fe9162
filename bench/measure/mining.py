"""mining.py - itemsets and clusters by themselves (bench/mine_bench.c), beside R's arules and scikit-learn where they are installed."""
import collections
import json
import os
import shutil
import statistics
import subprocess
import tempfile

from . import kit

ABOUT = """
CPU time of one thread, public data (`../shared/data/mining`). Itemsets: from the bytes of the file to the number of frequent sets, and with
each set handed out. Their targets are 1.2 times of Borgelt's eclat, for chess and bms1 twice of his fpgrowth, which are in no package: CPU
time measured once on such a machine, reading and counting. {arules} Clusters: k-means from the first k different rows until no row changes; scikit-learn's two ways on
the same rows, its faster one counts.
"""
ARULES = """arules is R's, apriori to frequent itemsets of any size, once, the time of its reading the file (longer by far) left out, as many sets as
ours; ours reads and hands out each set."""
NO_ARULES = '**R has no arules here, which is in no Debian package: its figures are missing.**'
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


def _has_arules():
    return shutil.which('Rscript') and subprocess.run(['Rscript', '-e', 'library(arules)'], capture_output=True).returncode == 0


def _clusters_peer(program, name, rounds):
    """The faster way's readings"""
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, 'points')
        _lines([program, 'points', name, file])
        ways = [one['values'] for one in _lines([PYTHON, os.path.join(kit.HERE, 'peers', 'clusters_peer.py'), file, str(rounds)])]
        return min(ways, key=statistics.median)


def _sets_peer(key, count):
    name, support = key.split()
    file = os.path.join(kit.SOURCE, '..', 'shared', 'data', 'mining', 'fim', f'{name}.dat.gz')
    one = _lines(['Rscript', os.path.join(kit.HERE, 'peers', 'sets_peer.R'), file, support, '1'])[0]
    if one['sets'] != count:
        raise kit.Failed(f'{key}: arules has {one["sets"]} sets, ours {count}')
    return one['value']


def measure(setup):
    has_arules = _has_arules()
    result = kit.Result('mining', ABOUT.format(arules=ARULES if has_arules else NO_ARULES))
    program = setup.path('program', 'bench', 'mine_bench')
    ours = collections.defaultdict(list)
    for one in _lines([program, str(setup.rounds)]):
        ours[one['key']].append(one['value'])
    for key, most in SETS.items():
        told = ours[f'tell {key}']
        result.add(f'{key}, counted', 'ms', ours[f'count {key}'], most=most)
        result.add(f'{key}, told', 'ms', told)
        if has_arules and not setup.quick:
            peer = _sets_peer(key, ours[f'sets {key}'][0])
            result.add(f'{key}, arules', 'ms', [peer])
            result.add(f'{key}, arules by ours', 'times', [peer / one for one in told], least=3)
    for name, least in CLUSTERS.items():
        own = ours[f'cluster {name}']
        result.add(f'clusters of {name}', 'ms', own)
        if _has_sklearn() and not (setup.quick and name == 'blobs1m'):
            peer = _clusters_peer(program, name, min(setup.rounds, 3) if name == 'blobs1m' else setup.rounds)
            result.add(f'clusters of {name}, scikit-learn', 'ms', peer)
            result.add(f'clusters of {name}, scikit-learn by ours', 'times', [a / b for a, b in zip(peer, own)], least=least)
    result.write(setup)
