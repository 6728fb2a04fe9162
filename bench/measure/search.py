"""search.py - search by the API with real queries, beside what one does without a search of one's own: LIKE, and FTS5."""
import json
import urllib.parse

from . import data, kit

ABOUT = """
`GET /api/search?keyword=…&limit=10` on 100,000 works, the real queries of `catalogue/queries/lat_real` in turn, 64 connections of
wrk, a signed-in cookie sent, log and limits on; no cache of results anywhere. "A core" is by CPU time of the server's process:
requests by seconds of user and system time. The peers are Express 5 on better-sqlite3, with the same log, limit and session. LIKE:
over title, author, tags and text; rows lie in order of popularity, so that it may stop at the tenth hit; asked by two clients, as
64 would wait for seconds. FTS5, phrase: an index by trigrams, what holds the query as it stands, best rank first. FTS5, any: and
where nothing does, what holds any three characters of it. (Below three characters both use LIKE.) They give ten cards; ours also
the exact total, facets, marks and corrections. "Queries that find something": the share of queries, one in ten asked, with at
least one hit.
"""


def _found(server, paths, cookie, step):
    asked = paths[::step]
    return sum(bool(json.loads(server.get(path, cookie)[1])['items']) for path in asked) / len(asked)


def measure(setup):
    result = kit.Result('search', ABOUT)
    site = data.site(setup)
    tables = data.search_tables(setup, site)
    token = data.token(2)
    paths = ['/api/search?' + urllib.parse.urlencode({'keyword': one, 'limit': 10}) for one in data.queries('lat_real')]
    arguments = [data.write_lines(setup, 'search.txt', paths), token]

    def way(name):
        return kit.peer(setup, f'search-{name}', 'search_express.mjs', f'{site}/zhifang.db', f'{tables}/zhifang.db', name)

    def asked(server, seconds):
        return kit.wrk(server, 'requests.lua', arguments, seconds, 2 if server.name == 'search-like' else 64)

    with kit.ours(setup, site) as ours, way('phrase') as phrase, way('any') as any_, way('like') as like:
        servers = {'ours': ours, 'Express + FTS5, phrase': phrase, 'Express + FTS5, any': any_, 'Express + LIKE': like}
        for server in servers.values():
            asked(server, min(3, setup.seconds))
        readings = kit.rounds(setup, {name: lambda server=server: asked(server, setup.seconds) for name, server in servers.items()})
        found = {name: _found(server, paths, {'Cookie': f'session={token}'}, 100 if setup.quick else 10) for name, server in servers.items()}
    result.add('requests a second and core, ours', '/s', [1e6 / us for us in kit.pick(readings['ours'], 'cpu_us')], least=5000)
    for name in list(servers)[1:]:
        result.add(f'CPU a request, {name} by ours', 'times', kit.ratios(kit.pick(readings[name], 'cpu_us'), kit.pick(readings['ours'], 'cpu_us')))
    for name in servers:
        result.add(f'CPU a request, {name}', 'us', kit.pick(readings[name], 'cpu_us'))
        result.add(f'requests a second, {name}', '/s', kit.pick(readings[name], 'rate'))
        result.add(f'p99, {name}', 'ms', kit.pick(readings[name], 'p99'))
        result.add(f'queries that find something, {name}', '', [found[name]])
    result.write(setup)
