"""kit.py - what all measurements share: processes and their CPU time, wrk, rounds that alternate, results as files."""
import json
import os
import platform
import signal
import socket
import statistics
import subprocess
import time
import urllib.error
import urllib.request

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SOURCE = os.path.dirname(HERE)
SHARED = os.path.join(SOURCE, '..', 'shared', 'data')
TICKS = os.sysconf('SC_CLK_TCK')
MIB = 1 << 20


class Failed(Exception):
    """Something did not do what it has to, so that a figure would mean nothing."""


class Setup:
    """Where things are, and how long to measure."""

    def __init__(self, data, quick):
        self.data = os.path.abspath(data)
        self.quick = quick
        self.rounds = 1 if quick else 5
        self.seconds = 1 if quick else 4
        self.results = os.path.join(self.data, 'results') if quick else os.path.join(HERE, 'results')

    def path(self, *parts):
        return os.path.join(self.data, *parts)

    @property
    def program(self):
        return self.path('program', 'zhifang')


# ---- processes ----

def _stat(pid):
    with open(f'/proc/{pid}/stat', encoding='utf-8', errors='replace') as f:
        fields = f.read().rpartition(')')[2].split()
    return int(fields[1]), [int(n) for n in fields[11:15]]     # parent; utime stime cutime cstime


def cpu_seconds(root):
    """User and system time of a process and of all below it, living or waited for."""
    parents, times = {}, {}
    for name in os.listdir('/proc'):
        if name.isdigit():
            try:
                parents[int(name)], times[int(name)] = _stat(name)
            except (FileNotFoundError, ProcessLookupError):
                pass
    family = {root}
    while True:
        more = {pid for pid, parent in parents.items() if parent in family} - family
        if not more:
            break
        family |= more
    return sum(sum(times[pid]) for pid in family if pid in times) / TICKS


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


class Server:
    """A program that serves HTTP on a port; ready when `probe` is answered with 200. Ends with the `with` block."""

    def __init__(self, name, command, port, log, probe, env=None, also=()):
        self.name, self.port, self.also = name, port, also       # also: processes whose CPU time counts as this one's
        self.url = f'http://127.0.0.1:{port}'
        self.log = log
        with open(log, 'wb') as out:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=out, env={**os.environ, **(env or {})})
        self._wait(probe)

    def _wait(self, probe):
        for _ in range(1200):
            if self.process.poll() is not None:
                break
            try:
                if self.get(probe)[0] == 200:
                    return
            except OSError:
                pass
            time.sleep(0.05)
        self.stop()
        with open(self.log, encoding='utf-8', errors='replace') as f:
            raise Failed(f'{self.name} did not become ready:\n' + ''.join(f.readlines()[-5:]))

    def cpu(self):
        return sum(cpu_seconds(pid) for pid in (self.process.pid, *self.also))

    def memory_mib(self):
        """What lies in memory of the process itself, files that it shares with others included, the kernel's buffers not."""
        with open(f'/proc/{self.process.pid}/status', encoding='utf-8') as f:
            return next(int(line.split()[1]) for line in f if line.startswith('VmRSS:')) / 1024

    def ask(self, method, path, body=None, headers=None):
        request = urllib.request.Request(self.url + path, method=method, headers=headers or {}, data=None if body is None else json.dumps(body).encode())
        if body is not None:
            request.add_header('Content-Type', 'application/json')
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read()

    def get(self, path, headers=None):
        return self.ask('GET', path, headers=headers)

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, failed, *_):
        self.stop()
        if not failed:
            os.remove(self.log)     # a line a request: large, and of no use any more


def ours(setup, folder, name='zhifang', database=None, also=()):
    """Our program as `zhifang serve` runs it; the limits are on, and so high that nobody is refused."""
    config = setup.path('bench.conf')
    with open(config, 'w', encoding='utf-8') as f:
        f.write('limits.factor = 1000000\n')
    port = free_port()
    command = [setup.program, 'serve', '--config', config, '--data', folder, '--port', str(port), '--web', os.path.join(SOURCE, 'web', 'dist')]
    return Server(name, command + (['--database', database] if database else []), port, setup.path(f'{name}.log'), '/readyz', also=also)


def peer(setup, name, program, *arguments):
    port = free_port()
    command = ['node', os.path.join(HERE, 'peers', program), str(port), *arguments]
    return Server(name, command, port, setup.path(f'{name}.log'), '/ready', env={'NODE_ENV': 'production'})


# ---- load ----

def wrk(server, script, arguments, seconds, connections=64, may_refuse=False, threads=1):
    """One run: requests, rate, latencies in ms, and the server's CPU time for it. Broken requests end the bench, and so do refused
    ones, unless they may be: then they are counted, and are no requests."""
    before = server.cpu()
    run = subprocess.run(['wrk', f'-t{threads}', f'-c{connections}', f'-d{seconds}s', '--timeout', '20s', '-s', os.path.join(HERE, 'wrk', script), server.url, '--', *arguments],
                         capture_output=True, text=True, check=True)
    cpu = server.cpu() - before
    lines = [line for line in run.stdout.splitlines() if line.startswith('{')]
    if not lines:
        raise Failed(f'wrk said nothing of {server.name}:\n{run.stdout}{run.stderr}')
    told = json.loads(lines[-1])
    done = told['requests'] - told['refused']
    if (told['refused'] and not may_refuse) or told['broken'] or not done:
        raise Failed(f'{server.name} answered wrongly: {lines[-1]}; see {server.log}')
    return {'requests': done, 'refused': told['refused'], 'rate': done / told['us'] * 1e6, 'p50': told['p50'] / 1e3, 'p99': told['p99'] / 1e3,
            'cpu_us': cpu / done * 1e6, 'mib_s': told['bytes'] / MIB / told['us'] * 1e6, 'cpu_s_gib': cpu / told['bytes'] * 1024 * MIB}


def rounds(setup, runs):
    """runs: name -> function that measures once. Alternating, so that a drifting load hits all; -> name -> readings."""
    readings = {name: [] for name in runs}
    for _ in range(setup.rounds):
        for name, run in runs.items():
            readings[name].append(run())
    return readings


def pick(readings, key):
    return [one[key] for one in readings]


def ratios(readings, over):
    """Round by round, so that both halves of a ratio saw the same load."""
    return [a / b for a, b in zip(readings, over)]


# ---- results ----

class Result:
    """Figures of one measurement; a figure is the median of its readings."""

    def __init__(self, name, about):
        self.name, self.about, self.figures = name, ' '.join(about.split()), []
        self.load = os.getloadavg()

    def add(self, what, unit, readings, most=None, least=None):
        """most or least: the target, if there is one."""
        assert most is None or least is None
        value = statistics.median(readings)
        figure = {'what': what, 'unit': unit, 'value': value, 'readings': list(readings)}
        if most is not None:
            figure |= {'target': most, 'compare': 'at most', 'met': value <= most}
        if least is not None:
            figure |= {'target': least, 'compare': 'at least', 'met': value >= least}
        self.figures.append(figure)
        says = '' if 'met' not in figure else f'  ({figure["compare"]} {figure["target"]}: {"met" if figure["met"] else "NOT MET"})'
        print(f'  {what}: {value:.4g} {unit}{says}', flush=True)

    def write(self, setup):
        os.makedirs(setup.results, exist_ok=True)
        told = {'name': self.name, 'about': self.about, 'command': f'bench/run.sh {self.name}', **commit(), 'machine': machine(self.load), 'figures': self.figures}
        with open(os.path.join(setup.results, f'{self.name}.json'), 'w', encoding='utf-8') as f:
            f.write(json.dumps(told, ensure_ascii=False, indent=1) + '\n')


def _git(*words):
    run = subprocess.run(['git', '-C', SOURCE, *words], capture_output=True, text=True)
    return run.stdout.strip() if run.returncode == 0 else ''


def commit():
    """changed: what is measured is not quite what that commit says."""
    return {'commit': _git('rev-parse', '--short=12', 'HEAD') or 'unknown', 'changed': bool(_git('status', '--porcelain', '--', 'src', 'web/src', 'bench', ':!bench/results', ':!bench/README.md')),
            'date': time.strftime('%Y-%m-%d', time.gmtime())}


def machine(load):
    with open('/proc/cpuinfo', encoding='utf-8') as f:
        model = next((line.partition(':')[2].strip() for line in f if line.startswith('model name')), platform.machine())
    return {'cpu': model, 'cores': os.cpu_count(), 'kernel': f'{platform.system()} {platform.release()}', 'load_average_at_start': [round(n, 2) for n in load]}
