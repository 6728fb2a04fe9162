"""trees_peer.py FILE SET SEED - scikit-learn's trees on a set that tree_bench wrote, by CPU time of one thread; one JSON object a line."""
import json
import sys
import time

import numpy
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.metrics import roc_auc_score
from sklearn.tree import DecisionTreeClassifier

with open(sys.argv[1], 'rb') as f:
    columns, rows = (int(n) for n in numpy.fromfile(f, 'u8', 2))
    x = numpy.ascontiguousarray(numpy.fromfile(f, 'f8', columns * rows).reshape(columns, rows).T)
    y = numpy.fromfile(f, 'u1', rows)
    test = numpy.fromfile(f, 'u1', rows) == 1

SEED = int(sys.argv[3])
MODELS = {
    'tree': DecisionTreeClassifier(min_samples_leaf=20, random_state=SEED),
    'boost': HistGradientBoostingClassifier(random_state=SEED),
    'forest': RandomForestClassifier(100, n_jobs=1, random_state=SEED),
}
for what, model in MODELS.items():
    if what != 'boost' and numpy.isnan(x).any():
        continue
    began = time.process_time()
    model.fit(x[~test], y[~test])
    ms = (time.process_time() - began) * 1e3
    auc = roc_auc_score(y[test], model.predict_proba(x[test])[:, 1])
    print(json.dumps({'who': 'scikit-learn', 'what': what, 'set': sys.argv[2], 'ms': round(ms, 3), 'auc': round(auc, 6)}), flush=True)
