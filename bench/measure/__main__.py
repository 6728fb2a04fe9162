"""python3 -m measure --data DIR [--quick] [NAME...] - bench/run.sh calls it when all is built. What cannot be measured is said, and
does not keep the others from it; the status is then 1."""
import argparse
import os
import signal
import subprocess
import sys

from . import backup, core, files, first, kit, linear, list, mining, numbers, order, page, rec, search, trees, upload, visible

MEASURES = {'page': page.measure, 'quality': core.quality, 'core': core.core, 'visible': visible.measure, 'list': list.measure, 'search': search.measure,
            'order': order.measure, 'upload': upload.measure, 'files': files.measure, 'first': first.measure, 'backup': backup.measure, 'linear': linear.measure, 'mining': mining.measure, 'numbers': numbers.measure, 'rec': rec.measure, 'trees': trees.measure}


def _measure(name, setup):
    """True when it was measured."""
    print(f'== {name} (load average {os.getloadavg()[0]:.2f})', flush=True)
    try:
        MEASURES[name](setup)
    except (kit.Failed, subprocess.CalledProcessError) as why:
        print(f'{name} was not measured: {why}', flush=True)
        return False
    return True


def main():
    words = argparse.ArgumentParser()
    words.add_argument('--data', required=True)
    words.add_argument('--quick', action='store_true')
    words.add_argument('name', nargs='*')
    told = words.parse_args()
    setup = kit.Setup(told.data, told.quick)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))      # servers are stopped on the way out
    missed = [name for name in told.name or MEASURES if not _measure(name, setup)]
    sys.exit(1 if missed else 0)


main()
