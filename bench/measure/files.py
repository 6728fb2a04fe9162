"""files.py - a protected recording: ranges of it beside nginx, a thousand people who watch, and what checking an address costs."""
import http.client
import json
import os
import shutil
import subprocess
import urllib.parse

from . import author, data, kit

SIZE = 256 * kit.MIB
PLAYED = 250_000                # bytes a second: 2 Mbit/s
ABOUT = """
A recording of 256 MiB (MP4, by tus into a course of a site with 100,000 works, bought by each who watches it), in the page cache.
Ranges: 1 MiB from random offsets, 16 connections of wrk (two threads) on the same cores; ours through a signed address with the buyer's cookie, so
that each request is read, its session looked up, its signature checked and its line logged; nginx of Debian serves the same file
(the same inode) as plain static, one worker a core, sendfile and tcp_nopush on, connections kept open, its log buffered. CPU is
that of all processes of the server. Viewers: 1,000 people, each with an address and session of his own, ask for all from some
point on and read no faster than 2 Mbit/s, every tenth of a second, with 128 KiB of receive buffer (bench/viewers.c on the same
cores); a stall is a second of film missing. Searches meanwhile: the search bench's queries, 64 connections that rest 64 ms on average behind an
answer, some 1,000 a second, alternating with the same undisturbed; ratios round by round. Memory is the process's resident set; socket buffers are
the kernel's. Checking an address: the query read by the route's shape and the HMAC taken and compared (bench/ticket_bench.c), CPU
time, mean of 100,000.
"""
NGINX = """
daemon off;
pid nginx.pid;
{user}
worker_processes {cores};
events {{ worker_connections 1024; }}
http {{
	sendfile on;
	tcp_nopush on;
	keepalive_requests 1000000000;
	access_log access.log combined buffer=64k flush=1s;
	default_type video/mp4;
	client_body_temp_path temp;
	proxy_temp_path temp;
	fastcgi_temp_path temp;
	uwsgi_temp_path temp;
	scgi_temp_path temp;
	server {{
		listen 127.0.0.1:{port};
		root {root};
		location = /ready {{ return 200; }}
	}}
}}
"""


def _make_film(path):
    """An MP4 that plays as it is: some seconds of noise, over and over."""
    short = path + '.short.mp4'
    quiet = ['ffmpeg', '-nostdin', '-v', 'error', '-y']
    subprocess.run([*quiet, '-f', 'lavfi', '-i', 'testsrc2=size=640x360:rate=25:duration=8,noise=alls=80:allf=t', '-c:v', 'libx264', '-preset', 'ultrafast',
                    '-crf', '8', '-pix_fmt', 'yuv420p', short], check=True)
    subprocess.run([*quiet, '-stream_loop', '-1', '-i', short, '-c', 'copy', '-fs', str(SIZE + 4 * kit.MIB), '-movflags', '+faststart', path], check=True)
    os.remove(short)
    if os.path.getsize(path) < SIZE:
        raise kit.Failed(f'the recording has only {os.path.getsize(path)} bytes')


def _publish(who, asset):
    """A free course of one lesson that shows it; -> work, key of the lesson"""
    work = who.ask('POST', '/api/studio/works', {'kind': 'video', 'title': '录像', 'language': 'zh-CN'})['id']
    section = who.ask('POST', f'/api/studio/works/{work}/sections', {'title': '全部'})['added']
    made = who.ask('POST', f'/api/studio/sections/{section}/lessons', {'title': '第一讲'})
    lesson = made['added']
    key = next(one['key'] for section in made['sections'] for one in section['lessons'] if one['id'] == lesson)
    doc = {'type': 'doc', 'content': [{'type': 'video', 'attrs': {'asset': asset, 'title': '录像'}}]}
    who.ask('PUT', f'/api/studio/lessons/{lesson}/draft', {'version': 1, 'doc': doc, 'quizzes': []})
    who.ask('PATCH', f'/api/studio/works/{work}', {'price': 0, 'summary': '一段录像。'})
    who.ask('POST', f'/api/studio/works/{work}/publish', {})
    return work, key


def _address_of(server, person, work, key):
    """What a learner is given, when it is his."""
    headers = {'Cookie': f'session={data.token(person)}', 'Sec-Fetch-Site': 'same-origin', 'Idempotency-Key': f'viewer-{person}'}
    status, answer = server.ask('POST', '/api/orders', {'work': work}, headers)
    if status not in (200, 201):
        raise kit.Failed(f'person {person} could not take the course: {status} {answer.decode()}')
    status, answer = server.get(f'/api/works/{work}/lessons/{key}', headers)
    if status != 200:
        raise kit.Failed(f'person {person} does not get the lesson: {status} {answer.decode()}')
    return json.loads(answer)['media'][0]['url']


# ---- ranges ----

def _nginx(setup, root):
    folder = data.empty(setup, 'nginx-run')
    port = kit.free_port()
    config = os.path.join(folder, 'nginx.conf')
    with open(config, 'w', encoding='utf-8') as f:
        f.write(NGINX.format(user='user root;' if os.geteuid() == 0 else '', cores=os.cpu_count(), port=port, root=root))
    program = setup.path('nginx', 'usr', 'sbin', 'nginx')
    return kit.Server('nginx', [program, '-e', 'stderr', '-p', folder, '-c', config], port, setup.path('nginx.log'), '/ready')


def _range(server, path, token, first, last):
    line = http.client.HTTPConnection('127.0.0.1', server.port)
    line.request('GET', path, headers={'Range': f'bytes={first}-{last}', **({'Cookie': f'session={token}'} if token else {})})
    answer = line.getresponse()
    bytes_ = answer.read()
    line.close()
    return answer.status, answer.getheader('Content-Range'), bytes_


def _compare(ways, setup, film):
    """Both answer with these bytes of the recording, and nobody without being its buyer gets ours."""
    first = SIZE // 3 + 1
    with open(film, 'rb') as f:
        f.seek(first)
        wanted = f.read(kit.MIB)
    for server, (path, token) in ways.items():
        if _range(server, path, token, first, first + kit.MIB - 1) != (206, f'bytes {first}-{first + kit.MIB - 1}/{os.path.getsize(film)}', wanted):
            raise kit.Failed(f'{server.name} answers with other bytes')
    ours, (path, _) = next(iter(ways.items()))
    if _range(ours, path, data.token(2000), 0, 99)[0] != 403:
        raise kit.Failed('a stranger gets the recording')


def _ranges(setup, ways):
    def run(server):
        path, token = ways[server]
        return kit.wrk(server, 'ranges.lua', [path, token, str(SIZE)], setup.seconds, 16, threads=2)
    for server in ways:
        run(server)
    return kit.rounds(setup, {server.name: lambda server=server: run(server) for server in ways})


# ---- viewers ----

class Viewers:
    """They watch from the beginning of the `with` block to its end."""

    def __init__(self, setup, server, listed, seconds):
        command = [setup.path('program', 'bench', 'viewers'), str(server.port), str(seconds), str(PLAYED), str(SIZE)]
        with open(listed, 'rb') as lines:
            self.process = subprocess.Popen(command, stdin=lines, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if self.process.stdout.readline() != 'playing\n':
            raise kit.Failed(self.process.communicate()[1])

    def __enter__(self):
        return self

    def told(self):
        """What came of it, at their end; they must have stayed until now."""
        if self.process.poll() is not None:
            raise kit.Failed(f'they went before their time: {self.process.communicate()}')
        said, wrong = self.process.communicate()
        if self.process.returncode:
            raise kit.Failed(wrong)
        return json.loads(said)

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def _watched(setup, server, listed, search):
    """One reading: the server alone with them, then with those who search."""
    before, seconds = server.memory_mib(), setup.seconds
    undisturbed = search()
    with Viewers(setup, server, listed, 3 * seconds + 3) as viewers:
        cpu = server.cpu()
        _wait(viewers, seconds)
        cores = (server.cpu() - cpu) / seconds
        memory = server.memory_mib()
        meanwhile = search()
        told = viewers.told()
    return {'p99': meanwhile['p99'], 'undisturbed': undisturbed['p99'], 'searches': meanwhile['rate'], 'searches before': undisturbed['rate'], 'cores': cores,
            'memory': memory, 'more': memory - before, 'stalled': told['stalled'], 'mbit': told['bytes'] * 8e-6 / told['seconds'], 'least': 100 * told['least_share']}


def _wait(viewers, seconds):
    try:
        viewers.process.wait(seconds)
    except subprocess.TimeoutExpired:
        return
    raise kit.Failed(viewers.process.communicate()[1])


def _view(setup, server, addresses):
    listed = data.write_lines(setup, 'viewers.txt', [f'{url}\t{data.token(person)}' for person, url in addresses.items()])
    paths = ['/api/search?' + urllib.parse.urlencode({'keyword': one, 'limit': 10}) for one in data.queries('lat_real')]
    arguments = [data.write_lines(setup, 'search.txt', paths), data.token(2)]

    def search():
        return kit.wrk(server, 'paced.lua', arguments, 2 * setup.seconds)
    search()
    return kit.rounds(setup, {'viewers': lambda: _watched(setup, server, listed, search)})['viewers']


# ---- ----

def _check_us(setup):
    told = subprocess.run([setup.path('program', 'bench', 'ticket_bench')], capture_output=True, text=True, check=True)
    return [ns / 1000 for ns in json.loads(told.stdout)['check_ns']]


def _report(result, ranges, viewers, count, check):
    ours, nginx = ranges['zhifang'], ranges['nginx']
    result.add('bytes a second, ranges of 1 MiB, ours by nginx', 'times', kit.ratios(kit.pick(ours, 'mib_s'), kit.pick(nginx, 'mib_s')), least=0.8)
    result.add(f'p99 of search while {count:,} watch, by undisturbed', 'times', kit.ratios(kit.pick(viewers, 'p99'), kit.pick(viewers, 'undisturbed')), most=2)
    result.add(f'who stalled, of {count:,} viewers', '', kit.pick(viewers, 'stalled'), most=0)
    result.add('checking a signed address, CPU', 'us', check, most=5)
    result.add('CPU a GiB, ours by nginx', 'times', kit.ratios(kit.pick(ours, 'cpu_s_gib'), kit.pick(nginx, 'cpu_s_gib')))
    for name, readings in (('ours', ours), ('nginx', nginx)):
        result.add(f'bytes a second, ranges of 1 MiB, {name}', 'MiB/s', kit.pick(readings, 'mib_s'))
        result.add(f'CPU a GiB, {name}', 's', kit.pick(readings, 'cpu_s_gib'))
        result.add(f'p99 of 1 MiB, {name}', 'ms', kit.pick(readings, 'p99'))
    for what, unit, key in ((f'{count:,} viewers, together', 'Mbit/s', 'mbit'), ('what the slowest of them got', '%', 'least'), (f'CPU of the server, {count:,} viewers', 'cores', 'cores'),
                            (f'memory of the server, {count:,} viewers', 'MiB', 'memory'), ('of it because of them', 'MiB', 'more'),
                            ('p99 of search, undisturbed', 'ms', 'undisturbed'), ('p99 of search, meanwhile', 'ms', 'p99'),
                            ('searches a second, undisturbed', '/s', 'searches before'), ('searches a second, meanwhile', '/s', 'searches')):
        result.add(what, unit, kit.pick(viewers, key))


def measure(setup):
    result = kit.Result('files', ABOUT)
    count = 100 if setup.quick else 1000
    folder = data.copy(setup, data.small(setup) if setup.quick else data.site(setup), 'files')
    film = os.path.join(folder, 'film.mp4')
    try:
        data.make_creator(folder, 1)
        _make_film(film)
        with kit.ours(setup, folder) as ours:
            who = author.Author(ours, f'session={data.token(1)}')
            asset = who.upload(film, 'film.mp4', 64 * kit.MIB)
            who.ready(asset)
            work, key = _publish(who, asset)
            addresses = {person: _address_of(ours, person, work, key) for person in range(2, count + 2)}
            with _nginx(setup, os.path.join(folder, 'assets', f'{asset % 100:02d}', str(asset))) as nginx:
                ways = {ours: (addresses[2], data.token(2)), nginx: ('/video.mp4', '')}
                _compare(ways, setup, film)
                ranges = _ranges(setup, ways)
            viewers = _view(setup, ours, addresses)
        _report(result, ranges, viewers, count, _check_us(setup))
    finally:
        shutil.rmtree(folder)
        shutil.rmtree(setup.path('nginx-run'), ignore_errors=True)
    result.write(setup)
