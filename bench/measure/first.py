"""first.py - from `git clone` to the first sandbox sale of a shop of one's own, once, as a newcomer has it (bench/first.sh)."""
import json
import os
import shutil
import subprocess

from . import data, kit

ABOUT = """
Once, not five times. In a fresh Debian 12 (debootstrap; where that or root is missing, in a clean clone on this machine, which "until the shop
is open" says): `git clone` from this disk; `./run --shop` until it prints the owner's address, which installs packages from Debian and npm, builds
the program and the pages, and so depends on the line as well; then by the API what the pages do: the owner's account and shop, a text course
of one lesson written, priced and published; a learner who proves a mail address, buys, pays in the sandbox, and reads the lesson. The minutes of a person
who reads and types are not in it: clicks and fields on the same way are counted in Chromium, `tests/browser/first.spec.ts`.
"""
BARE = os.path.join(kit.SOURCE, '..', 'shared', 'tools', 'bare.sh')
PARTS = {'clone': 'git clone', 'open': 'until the shop is open', 'owner': 'owner and shop', 'course': 'a text course, written and published',
         'learner': 'a learner, proven by mail', 'sale': 'ordered, paid, notified, read'}


def _way(setup, folder):
    """-> what is run, and where that is"""
    if setup.quick:
        return ['sale', setup.path('program'), folder], 'already built'
    if os.access(BARE, os.X_OK) and os.geteuid() == 0 and shutil.which('debootstrap'):
        return ['bare', folder, BARE], 'fresh Debian 12'
    return ['clone', folder], 'clean clone on this machine'


def _run(command):
    """-> seconds by stretch. Ended, not killed: what it has begun ends with it."""
    process = subprocess.Popen([os.path.join(kit.HERE, 'first.sh'), *command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, stdin=subprocess.DEVNULL)
    try:
        said, _ = process.communicate()
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()
    if process.returncode:
        raise kit.Failed(f'first.sh {command[0]}:\n' + '\n'.join(said.splitlines()[-8:]))
    taken = {}
    for line in said.splitlines():
        if line.startswith('{'):
            taken |= json.loads(line)
    return taken


def measure(setup):
    result = kit.Result('first', ABOUT)
    folder = data.empty(setup, 'first')
    try:
        command, where = _way(setup, folder)
        taken = _run(command)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    missing = [part for part in PARTS if part not in taken and not (setup.quick and part in ('clone', 'open'))]
    if missing:
        raise kit.Failed(f'nothing was said of {", ".join(missing)}')
    result.add(f'from git clone to the first sale, {where}', 'min', [sum(taken.values()) / 60])
    for part, seconds in taken.items():
        result.add(PARTS[part] + (f', {where}' if part == 'open' else ''), 's', [seconds])
    result.write(setup)
