"""backup.py - what a backup of 1 GB costs those who buy meanwhile, and how long it and the way back take."""
import hashlib
import os
import shutil
import sqlite3
import subprocess
import threading
import time

from . import data, kit
from .order import Buyers

RATE, CONNECTIONS, BLOB = 500, 64, 256 * 1024
ABOUT = """
`zhifang backup` of a site with 10,000 works and 4,000 pictures of 256 KiB (1 GB), as another process, again and again, while 64 clients
place about 500 orders a second (`bench/wrk/backup.lua`; see the bench "order" for what an order is); beside the same orders with no
backup. Each backup is made into the folder of --data, on the disk that the database stands on, and synced. The last one is restored into
an empty folder and looked through (`zhifang restore`, which ends with `check`). Pictures hold random bytes.
"""


def _add_pictures(setup, folder, count):
    rows = []
    for _ in range(count):
        bytes_ = b'\x89PNG\r\n\x1a\n' + os.urandom(BLOB - 8)
        name = hashlib.sha256(bytes_).hexdigest()
        os.makedirs(os.path.join(folder, 'blobs', name[:2]), exist_ok=True)
        with open(os.path.join(folder, 'blobs', name[:2], name[2:] + '.png'), 'wb') as f:
            f.write(bytes_)
        rows.append((name, 'png', len(bytes_), 9, 9, 1))
    with sqlite3.connect(os.path.join(folder, 'zhifang.db')) as db:
        db.executemany('insert into blob (hash, ext, size, width, height, created_ms) values (?, ?, ?, ?, ?, ?)', rows)
    db.close()


class Backups:
    """One behind the other until it is stopped; the seconds that each took that was made whole."""

    def __init__(self, setup, folder, to):
        self.setup, self.folder, self.to = setup, folder, to
        self.seconds, self.failed, self.stopping = [], None, False
        self.thread = threading.Thread(target=self._run)

    def _run(self):
        while not self.stopping:
            shutil.rmtree(self.to, ignore_errors=True)
            os.makedirs(self.to)
            began = time.perf_counter()
            run = subprocess.run([self.setup.program, 'backup', '--to', os.path.join(self.to, 'one.tar'), '--data', self.folder], capture_output=True, text=True)
            if run.returncode:
                self.failed = run.stderr or run.stdout
                return
            self.seconds.append(time.perf_counter() - began)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stopping = True
        self.thread.join()
        if self.failed:
            raise kit.Failed(f'no backup was made: {self.failed}')


class Paced(Buyers):
    def order(self, server, seconds):
        self.at += self.STEP
        return kit.wrk(server, 'backup.lua', [*self.files, str(self.at), str(RATE), str(CONNECTIONS)], seconds, CONNECTIONS)


def _restore(setup, archive, to):
    shutil.rmtree(to, ignore_errors=True)
    began = time.perf_counter()
    run = subprocess.run([setup.program, 'restore', archive, '--data', to], capture_output=True, text=True)
    if run.returncode:
        raise kit.Failed(f'it cannot be restored: {run.stdout}{run.stderr}')
    taken = time.perf_counter() - began
    shutil.rmtree(to)
    return taken


def measure(setup):
    result = kit.Result('backup', ABOUT)
    folder, to = data.copy(setup, data.small(setup), 'backup-site'), setup.path('backup-to')
    seconds, made = setup.seconds * 3, []
    works = data.works_to_buy([row[0] for row in data.rows(folder, "select id from work where state = 'published' and price > 0 order by id")])
    with kit.ours(setup, folder) as server:
        _add_pictures(setup, folder, 400 if setup.quick else 4000)
        buyers = Paced(data.people_file(setup), data.write_lines(setup, 'backup-works.txt', works))
        buyers.order(server, 1)

        def while_backed_up():
            with Backups(setup, folder, to) as backups:
                reading = buyers.order(server, seconds)
            made.extend(backups.seconds)
            return reading
        readings = kit.rounds(setup, {'plain': lambda: buyers.order(server, seconds), 'backup': while_backed_up})
    archive = os.path.join(to, 'one.tar')
    size = os.path.getsize(archive)
    back = _restore(setup, archive, setup.path('backup-back'))
    plain, during = kit.pick(readings['plain'], 'p99'), kit.pick(readings['backup'], 'p99')
    result.add('p99 of orders while a backup is made, by without', 'times', kit.ratios(during, plain), most=2)
    result.add('p99 of orders, without', 'ms', plain)
    result.add('p99 of orders, while a backup is made', 'ms', during)
    result.add('orders a second, while a backup is made', '/s', kit.pick(readings['backup'], 'rate'))
    result.add('a backup while orders come', 's', made)
    result.add('size of the archive', 'MB', [size / 1e6])
    result.add('restored and looked through', 's', [back])
    result.write(setup)
    for used in (folder, to):
        shutil.rmtree(used)
