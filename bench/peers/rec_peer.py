#!/usr/bin/env python3
"""rec_peer.py FOLDER ROUNDS - what recommenders cost in NumPy, and what it finds, on what `rec_bench export FOLDER` wrote: CPU seconds
of one thread, one JSON object a line. With `large`: the inverse of a matrix of 10,000 rows alone."""
import json
import os
import sys
import time

import numpy
import scipy.linalg

FOLDER, ROUNDS = sys.argv[1], int(sys.argv[2])
SHOWN, AT_ONCE = 20, 512


def tell(what, unit, values):
    print(json.dumps({'what': what, 'unit': unit, 'values': values}), flush=True)


def read(name):
    return numpy.load(os.path.join(FOLDER, f'{name}.npy'))


def timed(run, rounds=ROUNDS):
    spent = []
    for _ in range(rounds):
        began = time.process_time()
        found = run()
        spent.append(time.process_time() - began)
    return found, spent


# ---- EASE: the closed form with NumPy's inverse ----

def seen_matrix(start, column, items):
    whole = numpy.zeros((len(start) - 1, items))
    for user in range(len(start) - 1):
        whole[user, column[start[user]:start[user + 1]]] = 1
    return whole


def ease(seen):
    gram = seen.T @ seen
    gram[numpy.diag_indices_from(gram)] += 600
    inverse = numpy.linalg.inv(gram)
    links = inverse / -numpy.diag(inverse)
    links[numpy.diag_indices_from(links)] = 0
    return links


def lists_of(scores, seen):
    scores[seen > 0] = -numpy.inf
    best = numpy.argpartition(-scores, SHOWN, axis=1)[:, :SHOWN]
    order = numpy.argsort(-numpy.take_along_axis(scores, best, 1), axis=1, kind='stable')
    return numpy.take_along_axis(best, order, 1)


def same_lists(a, b):
    """Share of users whose lists hold the same items; of equal scores either may be there."""
    return float((numpy.sort(a, axis=1) == numpy.sort(b, axis=1)).all(axis=1).mean())


def ease_beside():
    ours = read('ease')
    seen = seen_matrix(read('seen_start')[:, 0], read('seen_column')[:, 0], len(ours))
    links, spent = timed(lambda: ease(seen))
    tell('EASE, ML-1M', 's', spent)
    tell('EASE, ML-1M, largest difference of a link', '', [float(numpy.abs(links - ours).max())])
    tell('EASE, ML-1M, lists that are the same', '', [same_lists(lists_of(seen @ links, seen), lists_of(seen @ ours, seen))])


def inverse_of_many(items=10000):
    """LAPACK's way for positive definite ones: the operations of ours, no more"""
    random = numpy.random.default_rng(3)
    some = random.standard_normal((items, 64))
    gram = some @ some.T
    gram[numpy.diag_indices_from(gram)] += 600
    began = time.process_time()
    root, wrong = scipy.linalg.lapack.dpotrf(gram.T, lower=1, overwrite_a=1)
    assert not wrong
    _, wrong = scipy.linalg.lapack.dpotri(root, lower=1, overwrite_c=1)
    assert not wrong
    tell('inverse, 10,000 items', 's', [time.process_time() - began])


# ---- the best of everybody ----

def top_of_all(users, items, start, column):
    found = numpy.empty((len(users), SHOWN), dtype=numpy.int64)
    for first in range(0, len(users), AT_ONCE):
        scores = users[first:first + AT_ONCE] @ items.T
        for user in range(len(scores)):
            scores[user, column[start[first + user]:start[first + user + 1]]] = -numpy.inf
        best = numpy.argpartition(scores, len(items) - SHOWN, axis=1)[:, -SHOWN:]
        order = numpy.argsort(-numpy.take_along_axis(scores, best, 1), axis=1)
        found[first:first + AT_ONCE] = numpy.take_along_axis(best, order, 1)
    return found


def top_beside(factors):
    users, items = read(f'users{factors}'), read(f'items{factors}')
    start, column = read('seen_start')[:, 0], read('seen_column')[:, 0]
    found, spent = timed(lambda: top_of_all(users, items, start, column))
    tell(f'top 20 for all users, ML-1M, k={factors}', 'users/s', [len(users) / s for s in spent])
    tell(f'top 20 for all users, ML-1M, k={factors}, lists that are the same', '', [same_lists(found, read(f'lists{factors}'))])


if sys.argv[3:] == ['large']:
    inverse_of_many()
else:
    ease_beside()
    top_beside(64)
    top_beside(128)
