"""trees.py - decision trees, forests and gradient boosting by themselves (bench/tree_bench.c), beside XGBoost and scikit-learn."""
import json
import os
import statistics
import subprocess
import tempfile

from . import kit

ABOUT = """
CPU time of learning, one thread, on four public tables (`../shared/data/mining`) and 200,000 made rows of 20 columns: a tree with leaves of
20 rows, a forest of 100 whole trees, 100 boosted trees. XGBoost: hist, depth 6, rate .1; scikit-learn: DecisionTree, RandomForest,
HistGradientBoosting. Each reading has a seed of its own, ours and theirs (there is one of the made rows: a forest of theirs takes minutes).
Beside each the AUC on the rows that were left out. Reading and coding the table is in none.
"""
LONGEST = 540                                                     # seconds of one command; what takes longer is left out and said
BEHIND = {'forest': .003, 'boost': .002}                          # how far the mean AUC may be behind that of the best peer
PYTHON = '/usr/bin/python3'                                       # Debian's, which has python3-sklearn


def _told(command, **environment):
    told = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST,
                          env={**os.environ, 'ZHIFANG_SOURCE': kit.SOURCE, **environment})
    if told.returncode:
        raise kit.Failed(f'{command[0]}: {told.stdout[-200:]}{told.stderr[-200:]}')
    return [json.loads(line) for line in told.stdout.splitlines() if line.startswith('{')]


def _sklearn(program, name, folder, rounds):
    _told([program, '--export', folder, name])
    peer = [PYTHON, os.path.join(kit.HERE, 'peers', 'trees_peer.py'), os.path.join(folder, f'{name}.bin'), name]
    return [one for seed in range(rounds) for one in _told([*peer, str(seed)], OMP_NUM_THREADS='1', OPENBLAS_NUM_THREADS='1')]


def _add(result, told, name):
    def of(who, what, key):
        return [one[key] for one in told if (one['who'], one['what']) == (who, what)]

    for what, targets in (('tree', {}), ('forest', {'scikit-learn': 12 if name == 'synth200k' else 4}), ('boost', {'XGBoost': 1 / 1.2})):
        for who in ('ours', 'scikit-learn', 'XGBoost'):
            if not of(who, what, 'ms'):
                continue
            result.add(f'{what}, {name}, {who}', 'ms', of(who, what, 'ms'))
            result.add(f'AUC of {what}, {name}, {who}', '', of(who, what, 'auc'))
            if who != 'ours':
                target = {'least': targets[who]} if who in targets else {}
                result.add(f'{what}, {name}, {who} by ours', 'times', [a / b for a, b in zip(of(who, what, 'ms'), of('ours', what, 'ms'))], **target)
        peers = [statistics.mean(of(who, what, 'auc')) for who in ('scikit-learn', 'XGBoost') if of(who, what, 'auc')]
        if peers and what in BEHIND:
            result.add(f'AUC of {what}, {name}, mean, ours less the best peer\'s', '', [statistics.mean(of('ours', what, 'auc')) - max(peers)], least=-BEHIND[what])


def measure(setup):
    result = kit.Result('trees', ABOUT)
    program = setup.path('program', 'bench', 'tree_bench')
    if not os.path.exists(program):
        raise kit.Failed('tree_bench was not built: libxgboost-dev is missing')
    has_sklearn = subprocess.run([PYTHON, '-c', 'import sklearn'], capture_output=True).returncode == 0
    sets = ['osi', 'students'] if setup.quick else ['osi', 'students', 'adult', 'bank', 'synth200k']
    with tempfile.TemporaryDirectory() as folder:
        for name in sets:
            rounds = 1 if setup.quick or name == 'synth200k' else setup.rounds   # a forest of scikit-learn takes two minutes there
            told = _told([program, str(rounds), name])
            try:
                told += _sklearn(program, name, folder, rounds) if has_sklearn else []
            except subprocess.TimeoutExpired:
                print(f'scikit-learn on {name} took more than {LONGEST} s: left out', flush=True)
            _add(result, told, name)
    result.write(setup)
