"""rec.py - recommenders by themselves (bench/rec_bench.c), beside NumPy and PyTorch where they are installed."""
import json
import os
import statistics
import subprocess
import tempfile

from . import kit

ABOUT = """
Public sets (`../shared/data/recs`) and generated ones. A time is the CPU time of all threads by the number of threads that share the work
(two; a figure of one person, and of one list below 32,768 items, is of one; an answer is somebody with 50 events folded in, the best 20 that
they have not had, and the reasons for each): what it takes where nothing else runs and no thread waits. What the
clock said is beside it, and is no measure of anything while the machine is busy. Targets of iALS and of the lists are those of
implicit 0.7.3 and cmfrec, which Debian does not have: **as recorded earlier on two such cores, not measured here**, divided by what is
promised (2.5 at k = 64, 2 at k = 128; of lists 15 times). NumPy and PyTorch are Debian's, on one thread, with OpenBLAS told which processor
it runs on; ratios are of CPU time. PyTorch's step is measured on two threads as well, and there by the clock, as ours: what is promised of it is of two. NumPy's lists are by argpartition. NDCG and recall:
the split of UltraGCN, all items ranked that were not had, settings chosen on a tenth of the training, five seeds. Gradients of a gated recurrent unit are compared with PyTorch's in doubles and with oneDNN's (its
"linear before reset"). {torch}
"""
TORCH = 'The step of GRU4Rec is PyTorch 1.13 of Debian, rows gathered and followed by hand, since its own sparse Adagrad is slower.'
NO_TORCH = '**PyTorch could not be installed: its step is what was recorded earlier (6.06 ms on two threads), and gradients were not compared.**'
RECORDED = 128 / 6.06e-3                                          # events a second: PyTorch tuned, two threads
PYTHON = '/usr/bin/python3'                                       # Debian's, which has python3-scipy and python3-torch
BLAS = 'usr/lib/x86_64-linux-gnu/openblas-pthread'
LONG = 'generated, 10 M, k=128'


def _lines(command, **environment):
    told = subprocess.run(command, capture_output=True, text=True, env={**os.environ, 'ZHIFANG_SOURCE': kit.SOURCE, **environment})
    if told.returncode:
        raise kit.Failed(f'{command[0]}: {told.stdout[-200:]}{told.stderr[-400:]}')
    return [json.loads(line) for line in told.stdout.splitlines() if line.startswith('{')]


def _has(module):
    return subprocess.run([PYTHON, '-c', f'import {module}'], capture_output=True).returncode == 0


def _blas(setup):
    """The library that run.sh unpacked; Debian's OpenBLAS does not know newer processors, and would be three to five times as slow."""
    with open('/proc/cpuinfo', encoding='utf-8') as f:
        wide = ' avx512dq ' in f.read()
    return {'LD_LIBRARY_PATH': setup.path('openblas', BLAS), 'OPENBLAS_NUM_THREADS': '1', 'OMP_NUM_THREADS': '1',
            'MALLOC_MMAP_THRESHOLD_': '1000000000', 'MALLOC_TRIM_THRESHOLD_': '2000000000', **({'OPENBLAS_CORETYPE': 'SKYLAKEX'} if wide else {})}


def _ours(result, told):
    """-> readings by name"""
    found = {}
    for one in told:
        name = f'{one["what"]}, {one["set"]}'
        target = {'least' if one['at_least'] else 'most': one['target']} if one['target'] else {}
        found[name] = one['values']
        if one['threads'] == 0 and len(one['values']) > 1:         # one value a seed
            result.add(f'{name}, mean', one['unit'], [statistics.mean(one['values'])], **target)
            result.add(f'{name}, standard deviation', one['unit'], [statistics.stdev(one['values'])])
            continue
        result.add(name, one['unit'], one['values'], **target)
        if one['threads'] > 1:
            found[f'{name}, by the clock'] = one['clock']
            result.add(f'{name}, by the clock', one['unit'], one['clock'])
    if f'iALS epoch, {LONG}' in found:
        long = [10 * epoch + 138493 / rate for epoch, rate in zip(found[f'iALS epoch, {LONG}'], found[f'top 20 for all users, {LONG}'])]
        result.add(f'10 epochs and the lists of 138,493 users, {LONG}', 's', long, most=13)
    return found


def _peer(setup, program, folder, *arguments):
    peer = [PYTHON, os.path.join(kit.HERE, 'peers', program), folder, str(min(setup.rounds, 3)), *arguments]
    return {one['what']: one for one in _lines(peer, **_blas(setup))}


def _numpy(setup, result, ours, folder):
    told = _peer(setup, 'rec_peer.py', folder)
    if not setup.quick:
        told |= _peer(setup, 'rec_peer.py', folder, 'large')
    for what, one in told.items():
        result.add(f'{what}, NumPy', one['unit'], one['values'], **({'least': 1} if what == 'EASE, ML-1M, lists that are the same' else {}))
        if what == 'EASE, ML-1M':
            result.add(f'{what}, NumPy by ours', 'times', [peer / (2 * our) for peer, our in zip(one['values'], ours[what])])
        if one['unit'] == 'users/s':
            result.add(f'{what}, ours by NumPy', 'times', [our / 2 / peer for peer, our in zip(one['values'], ours[what])])


def _torch(setup, result, ours, folder):
    step = 'GRU4Rec, 128 wide'
    one, two = ours[f'{step}, one thread'], ours[f'{step}, two threads, by the clock']
    if folder:
        told = _peer(setup, 'gru_peer.py', folder)
        peer_one, peer_two = (told.pop(n)['values'] for n in ('one thread', 'two threads'))
        result.add(f'{step}, one thread, PyTorch', 'events/s', peer_one)
        result.add(f'{step}, two threads, by the clock, PyTorch', 'events/s', peer_two)
        result.add('GRU4Rec, one thread, ours by PyTorch', 'times', [our / peer for our, peer in zip(one, peer_one)])
        result.add('GRU4Rec, two threads, by the clock, ours by PyTorch', 'times', [our / peer for our, peer in zip(two, peer_two)], least=2.5)
        for what, found in told.items():
            result.add(f'{what}: largest difference from PyTorch in doubles', '', found['values'], most=1e-4)
    result.add('GRU4Rec, two threads, by the clock, ours by PyTorch as recorded', 'times', [our / RECORDED for our in two], **({} if folder else {'least': 2.5}))


def _onednn(setup, result, folder):
    program = setup.path('program', 'bench', 'gru_onednn')
    if not os.path.exists(program):
        print('oneDNN of version 2 is not here: gradients are not compared with it', flush=True)
        return
    for one in _lines([program, folder]):
        result.add(f'{one["what"]}: largest difference from oneDNN', '', one['values'], most=1e-4)


def measure(setup):
    has_torch = _has('torch')
    result = kit.Result('rec', ABOUT.format(torch=TORCH if has_torch else NO_TORCH))
    program = setup.path('program', 'bench', 'rec_bench')
    with tempfile.TemporaryDirectory() as folder:
        ours = _ours(result, _lines([program] + (['quick'] if setup.quick else [])))
        _lines([program, 'export', folder])
        if _has('scipy'):
            _numpy(setup, result, ours, folder)
        _torch(setup, result, ours, folder if has_torch else None)
        _onednn(setup, result, folder)
    result.write(setup)
