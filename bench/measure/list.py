"""list.py - a list of ten works of a category by the API, beside Express and Fastify over the same database."""
import json
import urllib.parse

from . import data, kit

ABOUT = """
`GET /api/works?category=…&limit=10` on 100,000 works in SQLite, all categories in turn, 64 connections of wrk (two threads, one a core) on the
same cores, a signed-in cookie sent, log and limits on. CPU is user and system time of the server's process over the run, by
`/proc/PID/stat`. The peers read the same database file: Express 5 and Fastify 5 (with schemas for query and answer) on
better-sqlite3, one process each, statements prepared once, WAL, the same indexes, the same session lookup (SHA-256, remembered for
five seconds), a token bucket an address, one line of log a request written every 50 ms. Their answers are compared with ours,
value by value, before anything is measured. Ratios are taken round by round.
"""


def _paths(server):
    _, answer = server.get('/api/categories')
    return ['/api/works?' + urllib.parse.urlencode({'category': one['slug'], 'limit': 10}) for one in json.loads(answer)['items']]


def _compare(servers, paths, cookie):
    for path in paths:
        answers = [json.loads(server.get(path, cookie)[1]) for server in servers]
        for server, answer in zip(servers, answers):
            if answer != answers[0] or len(answer['items']) != 10:
                raise kit.Failed(f'{server.name} answers {path} differently; nothing was measured')


def measure(setup):
    result = kit.Result('list', ABOUT)
    site = data.site(setup)
    database = f'{site}/zhifang.db'
    token = data.token(2)
    with kit.ours(setup, site) as ours, kit.peer(setup, 'express', 'list_express.mjs', database) as express, \
            kit.peer(setup, 'fastify', 'list_fastify.mjs', database) as fastify:
        servers = [ours, express, fastify]
        paths = _paths(ours)
        _compare(servers, paths, {'Cookie': f'session={token}'})
        arguments = [data.write_lines(setup, 'list.txt', paths), token]
        for server in servers:
            kit.wrk(server, 'requests.lua', arguments, min(3, setup.seconds))        # warm: compiled, cached
        runs = {server.name: lambda server=server: kit.wrk(server, 'requests.lua', arguments, setup.seconds, threads=2) for server in servers}
        readings = kit.rounds(setup, runs)
    own_cpu = kit.pick(readings['zhifang'], 'cpu_us')
    for name, least in (('express', 8), ('fastify', 4)):
        result.add(f'CPU a request, {name.capitalize()} + better-sqlite3 by ours', 'times', kit.ratios(kit.pick(readings[name], 'cpu_us'), own_cpu), least=least)
    result.add('requests a second, ours', '/s', kit.pick(readings['zhifang'], 'rate'), least=30000)
    result.add('p99 at 64 connections, ours', 'ms', kit.pick(readings['zhifang'], 'p99'), most=5)
    for name in runs:
        result.add(f'CPU a request, {name}', 'us', kit.pick(readings[name], 'cpu_us'))
    for name in ('express', 'fastify'):
        result.add(f'requests a second, {name}', '/s', kit.pick(readings[name], 'rate'))
        result.add(f'p99, {name}', 'ms', kit.pick(readings[name], 'p99'))
    result.write(setup)
