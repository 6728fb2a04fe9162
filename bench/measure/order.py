"""order.py - a durable order: many in one commit, beside one commit a request with the same rows, and PostgreSQL."""
import os
import shutil
import subprocess
import tempfile
import time

from . import data, kit

TABLES = ('serve_once', 'purchase', 'purchase_item', 'audit_entry', 'job')
ABOUT = """
`POST /api/orders` by 64 clients, each request another person and work (2,000 people, 10,000 works), answered when it is on the
disk. An order is five rows: `serve_once` (its Idempotency-Key, with the answer), `purchase`, `purchase_item`, `audit_entry`, `job`
(its deadline); the rows are counted behind the run, ours and the peers'. Ours commits all that wait at once (WAL,
synchronous = full); the audit's sealer runs meanwhile. One commit a request: Express 5 on better-sqlite3 with the same checks, the
same rows and one synchronous = full transaction each (its SQLite calls fsync, Debian's fdatasync); and our own program asked by
one client only, where nothing waits to share a commit. PostgreSQL is our program on a fresh server as Debian sets it up,
serializable, with fsync, the CPU time of all its processes counted; an order that it cannot serialize in twenty tries is refused
with 503, to be sent again, and counts as none. All but PostgreSQL stand in the folder of --data, PostgreSQL below /var/tmp;
"fdatasync" is what writing 8 KiB durably costs in the folder.
"""


class Buyers:
    """Goes on where the run before ended, so that no order is asked for twice."""
    STEP = 1_000_000

    def __init__(self, people, works):
        self.files, self.at = [people, works], 0

    def order(self, server, seconds, connections=64, may_refuse=False):
        self.at += self.STEP
        return kit.wrk(server, 'orders.lua', [*self.files, str(self.at)], seconds, connections, may_refuse)


def _fsync_ms(folder, times=200):
    with tempfile.NamedTemporaryFile(dir=folder) as f:
        f.write(bytes(1 << 20))
        os.fsync(f.fileno())
        taken = []
        for n in range(times):
            began = time.perf_counter()
            os.pwrite(f.fileno(), os.urandom(8192), n % 128 * 8192)
            os.fdatasync(f.fileno())
            taken.append((time.perf_counter() - began) * 1e3)
    return taken


# ---- PostgreSQL: a server of its own, gone afterwards ----

class PostgreSQL:
    def __init__(self):
        # not below the checkout: its user may not be let in there; not in memory either
        self.folder = tempfile.mkdtemp(dir='/var/tmp', prefix='zhifang-bench-')
        os.chmod(self.folder, 0o755)
        told = self._sh('postgres_start "$1" && echo "$postgres" && echo "$postgres_data"').split()
        if len(told) != 2:
            shutil.rmtree(self.folder)
            raise kit.Failed('PostgreSQL did not start')
        self.url, self.data = told
        with open(os.path.join(self.data, 'postmaster.pid'), encoding='utf-8') as f:
            self.pid = int(f.readline())

    def _sh(self, what):
        return subprocess.run(['sh', '-c', f'. {kit.SOURCE}/tools/postgres.sh; {what}', 'sh', self.folder], stdout=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL).stdout

    def ask(self, sql):
        """The first column of what it answers."""
        return subprocess.run(['psql', '-qtA', '-c', sql, self.url], capture_output=True, text=True, check=True).stdout.split()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._sh(f'postgres_bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1) postgres_data={self.data}; postgres_stop')
        shutil.rmtree(self.folder, ignore_errors=True)


# ---- what was written ----

def _count(ask):
    return {table: int(ask(f'select count(*) from {table}')[0]) for table in TABLES}


def _check_rows(name, ask, before, answered, in_flight):
    """Each order that was answered is there, with all its rows; those that were cut off at the end of a run may be as well."""
    for table, count in _count(ask).items():
        added = count - before[table]
        if not answered <= added <= answered + in_flight:
            raise kit.Failed(f'{name}: {answered} orders were answered, {added} rows of {table} were written')


def _orders_in(readings):
    return sum(one['requests'] for one in readings)


def _works(setup, name, ask):
    ids = ask("select id from work where state = 'published' and price > 0 order by id")
    return data.write_lines(setup, name, data.works_to_buy(ids))


def _take_readings(setup, servers, buyers):
    """Each run orders from where its database stands; what a run before warms is not measured."""
    ours, peer, postgresql = servers
    seconds = setup.seconds
    warm = [buyers[server].order(server, 1, may_refuse=server is postgresql) for server in servers]
    readings = kit.rounds(setup, {
        'ours': lambda: buyers[ours].order(ours, seconds),
        'peer': lambda: buyers[peer].order(peer, seconds),
        'alone': lambda: buyers[ours].order(ours, max(1, seconds // 2), connections=1),
        'postgresql': lambda: buyers[postgresql].order(postgresql, seconds, may_refuse=True),
    })
    answered = [_orders_in([one]) for one in warm]
    answered[0] += _orders_in(readings['ours']) + _orders_in(readings['alone'])
    answered[1] += _orders_in(readings['peer'])
    answered[2] += _orders_in(readings['postgresql'])
    return readings, answered


def measure(setup):
    result = kit.Result('order', ABOUT)
    small = data.small(setup)
    own, other, on_pg = data.copy(setup, small, 'order-ours'), data.copy(setup, small, 'order-peer'), data.empty(setup, 'order-postgresql')
    people = data.people_file(setup)
    fsync = _fsync_ms(setup.data)
    with PostgreSQL() as postgresql:
        data.small_on_postgresql(setup, postgresql.url, on_pg)
        asks = [lambda sql, folder=folder: [row[0] for row in data.rows(folder, sql)] for folder in (own, other)] + [postgresql.ask]
        before = [_count(ask) for ask in asks]
        with kit.ours(setup, own) as ours, kit.peer(setup, 'one-commit', 'order_express.mjs', f'{other}/zhifang.db') as peer, \
                kit.ours(setup, on_pg, 'zhifang-postgresql', postgresql.url, also=(postgresql.pid,)) as pg:
            servers = [ours, peer, pg]
            buyers = {server: Buyers(people, _works(setup, f'works-{server.name}.txt', ask)) for server, ask in zip(servers, asks)}
            readings, answered = _take_readings(setup, servers, buyers)
        for server, ask, was, count in zip(servers, asks, before, answered):
            _check_rows(server.name, ask, was, count, 65 * (setup.rounds + 1))
    _report(result, readings, fsync)
    result.write(setup)
    for folder in (own, other, on_pg):
        shutil.rmtree(folder)


def _report(result, readings, fsync):
    names = {'ours': 'ours', 'peer': 'one commit a request, Express + better-sqlite3', 'alone': 'ours with one client', 'postgresql': 'ours on PostgreSQL'}
    rates = {name: kit.pick(readings[name], 'rate') for name in names}

    result.add('orders a second, ours by one commit a request', 'times', kit.ratios(rates['ours'], rates['peer']), least=3)
    result.add('orders a second, ours by ours with one client', 'times', kit.ratios(rates['ours'], rates['alone']))
    for name, says in names.items():
        result.add(f'orders a second, {says}', '/s', rates[name])
        result.add(f'CPU an order, {says}', 'us', kit.pick(readings[name], 'cpu_us'))
        result.add(f'p99, {says}', 'ms', kit.pick(readings[name], 'p99'))
    result.add('refused, to be sent again, of 100 orders on PostgreSQL', '', [100 * one['refused'] / (one['refused'] + one['requests']) for one in readings['postgresql']])
    result.add('fdatasync of 8 KiB', 'ms', fsync)
