#!/usr/bin/env python3
"""clusters_peer.py FILE ROUNDS - scikit-learn's k-means on the rows that `mine_bench points` wrote, from the first different ones on, one
thread: CPU milliseconds, the median of ROUNDS, for each of its two ways."""
import json
import sys
import time
import warnings

import numpy
from sklearn.cluster import KMeans
from threadpoolctl import threadpool_limits

warnings.simplefilter('ignore')                                  # that 300 rounds may not be enough
data = numpy.fromfile(sys.argv[1])
columns, k = int(data[0]), int(data[1])
rows = data[2:].reshape(-1, columns)
first, seen = [], set()
for row in rows:
    if row.tobytes() not in seen:
        seen.add(row.tobytes())
        first.append(row)
    if len(first) == k:
        break
with threadpool_limits(limits=1):
    for way in ('lloyd', 'elkan'):
        readings = []
        for _ in range(int(sys.argv[2])):
            begun = time.process_time()
            fitted = KMeans(n_clusters=k, init=numpy.array(first), n_init=1, max_iter=300, tol=0, algorithm=way).fit(rows)
            readings.append((time.process_time() - begun) * 1e3)
        print(json.dumps({'key': way, 'values': readings, 'inertia': fitted.inertia_}))
