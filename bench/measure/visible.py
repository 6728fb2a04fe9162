"""visible.py - how long after its commit a change of the catalogue is found by the API."""
import http.client
import json
import shutil
import subprocess
import time
import urllib.parse

from . import data, kit

ABOUT = """
A running site of 100,000 works. "Own commit": an administrator publishes a work that was suspended; the time runs from the answer of
that request to the first search that shows it. "Another process": `zhifang import-catalogue` brings a new work into the same
database; the time runs from the end of that process. Searches are asked without a pause.
"""
MOST_MS = 1000
PATIENCE_S = 20


def _until_found(server, keyword, work=None):
    """Milliseconds until a search shows the work: by its id, or by a title that is the keyword."""
    connection = http.client.HTTPConnection('127.0.0.1', server.port)
    path = '/api/search?' + urllib.parse.urlencode({'keyword': keyword, 'limit': 20})
    began = time.perf_counter()
    while time.perf_counter() - began < PATIENCE_S:
        connection.request('GET', path)
        items = json.loads(connection.getresponse().read())['items']
        if any(one['id'] == work or (work is None and one['title'] == keyword) for one in items):
            return (time.perf_counter() - began) * 1e3
    raise kit.Failed(f'{keyword} was not found within {PATIENCE_S} s')


def _documents(server):
    _, text = server.get('/metrics')
    return next(int(line.split()[1]) for line in text.decode().splitlines() if line.startswith('search_documents '))


def _move(server, work, to):
    status, answer = server.ask('POST', f'/api/works/{work}/state', {'to': to}, {'Cookie': f'session={data.token(1)}', 'Sec-Fetch-Site': 'same-origin'})
    if status != 204:
        raise kit.Failed(f'the work could not be moved to {to}: {status} {answer.decode()}')


def _own_commit(server, work, title):
    before = _documents(server)
    _move(server, work, 'suspended')
    while _documents(server) == before:
        time.sleep(0.01)
    _move(server, work, 'published')
    return _until_found(server, title, work)


def _another_process(setup, server, folder, number):
    title = f'Zq{number}x 可见性第{number}号'
    file = data.write_lines(setup, 'one.tsv', ['\t'.join((str(10_000_000 + number), title, '量测者', '科普', '一篇新的作品。', 'course', '1', '0'))])
    subprocess.run([setup.program, 'import-catalogue', file, '--data', folder], check=True, stdout=subprocess.DEVNULL)
    return _until_found(server, title)


def measure(setup):
    result = kit.Result('visible', ABOUT)
    folder = data.copy(setup, data.site(setup), 'visible')
    works = data.rows(folder, "select id, title from work where state = 'published' and length(title) between 12 and 30 order by popularity desc limit ?", setup.rounds)
    with kit.ours(setup, folder) as server:
        own = [_own_commit(server, work, title) for work, title in works]
        other = [_another_process(setup, server, folder, number) for number in range(setup.rounds)]
    result.add('found after a commit of its own', 'ms', own, most=MOST_MS)
    result.add('found after a commit of another process', 'ms', other, most=MOST_MS)
    result.write(setup)
    shutil.rmtree(folder)
