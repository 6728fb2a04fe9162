"""python3 -m measure --data DIR [--quick] [NAME...] - bench/run.sh calls it when all is built."""
import argparse
import os

from . import core, kit, list, order, page, search, visible

MEASURES = {'page': page.measure, 'quality': core.quality, 'core': core.core, 'visible': visible.measure, 'list': list.measure, 'search': search.measure,
            'order': order.measure}


def main():
    words = argparse.ArgumentParser()
    words.add_argument('--data', required=True)
    words.add_argument('--quick', action='store_true')
    words.add_argument('name', nargs='*')
    told = words.parse_args()
    setup = kit.Setup(told.data, told.quick)
    for name in told.name or MEASURES:
        print(f'== {name} (load average {os.getloadavg()[0]:.2f})', flush=True)
        MEASURES[name](setup)


main()
