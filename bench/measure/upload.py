"""upload.py - a large file by tus, beside cp to the same disk; and cut a hundred times, the same file in the end."""
import hashlib
import http.client
import os
import random
import shutil
import subprocess
import time

from . import author, data, kit

CUTS = 100
SEED = 20260101
ABOUT = """
A file of 1 GiB of random bytes in the folder of --data, in the page cache, sent by tus over loopback to a running site whose data
lie in the same folder, in PATCHes of 64 MiB, or in one: the time runs from its creation to the last answer. Each PATCH is synced
before its answer, and so are file and folder at the end. Beside it `cp --reflink=never` of the same file to the same folder: "cp" is
that command by itself, which leaves the bytes in memory; "cp with fsync" the same and then fsync of file and folder, which is the
promise that tus gives, and what the target is about. All alternate; what was written is deleted, and its making ready awaited,
before the next one begins. Cut: the client sends so much as chance says, closes its socket in the middle of a PATCH, asks HEAD where
to go on, a hundred times, counted where something of it was kept; what its owner then downloads is compared by SHA-256 ("sent twice": bytes that had been sent and were not
kept). Smaller files are cut by somebody else's client in `tests/upload`.
"""


def _make_file(path, size):
    with open(path, 'wb') as f:
        f.write(b'PK\x03\x04')
        for at in range(4, size, kit.MIB):
            f.write(os.urandom(min(kit.MIB, size - at)))
        f.flush()
        os.fsync(f.fileno())


def _sha256(read):
    sum_ = hashlib.sha256()
    while piece := read(kit.MIB):
        sum_.update(piece)
    return sum_.hexdigest()


def _sync(path):
    fd = os.open(path, os.O_RDONLY)
    os.fsync(fd)
    os.close(fd)


# ---- the two that are compared ----

def _copy(source, to):
    """Seconds of cp, and of cp with fsync of the same copy."""
    began = time.perf_counter()
    subprocess.run(['cp', '--reflink=never', source, to], check=True)
    plain = time.perf_counter() - began
    _sync(to)
    _sync(os.path.dirname(to))
    synced = time.perf_counter() - began
    os.remove(to)
    return {'cp': plain, 'cp with fsync': synced}


def _remove(who, folder, asset):
    """With its files, and the disk is quiet: nothing of it weighs on what is measured next."""
    who.ask('DELETE', f'/api/assets/{asset}')
    stored = os.path.join(folder, 'assets', f'{asset % 100:02d}', str(asset))
    ends = time.monotonic() + 60
    while os.path.exists(stored):
        if time.monotonic() > ends:
            raise kit.Failed(f'{stored} is not removed')
        time.sleep(0.02)
    subprocess.run(['sync', '-f', folder], check=True)


def _send(who, folder, source, piece):
    cpu, began = who.server.cpu(), time.perf_counter()
    asset = who.upload(source, 'large.zip', piece)
    taken = {'s': time.perf_counter() - began, 'cpu_s': who.server.cpu() - cpu}
    who.ready(asset)
    _remove(who, folder, asset)
    return taken


# ---- cut ----

def _send_with_cuts(who, source):
    """-> the asset, bytes that had to be sent twice. A PATCH that was left may not have been looked at yet when HEAD is answered:
    then nothing was kept, the next one is refused, and it is no cut."""
    size, chance = os.path.getsize(source), random.Random(SEED)
    line = http.client.HTTPConnection('127.0.0.1', who.server.port)
    address = who.begin(line, 'cut.zip', size)
    offset = reached = total = tries = 0
    left = CUTS
    with open(source, 'rb') as file:
        while left:
            tries += 1
            if tries > 50 * CUTS:
                raise kit.Failed(f'of {tries} pieces that were cut hardly one was kept')
            sent = chance.randrange(1, max(2, 2 * (size - offset) // (left + 1)))
            who.patch_and_leave(address, file, offset, size - offset, sent)
            total, reached, before = total + sent, max(reached, offset + sent), offset
            offset = who.offset(address)
            if not before <= offset <= reached:
                raise kit.Failed(f'the offset is {offset} after {before}, and {reached} were sent')
            left -= offset > before
        while not who.patch(line, address, file, offset, size - offset):
            line.close()
            offset = who.offset(address)
    line.close()
    return int(address.rpartition('/')[2]), total - offset


def _downloaded_sha256(who, asset):
    line = http.client.HTTPConnection('127.0.0.1', who.server.port)
    line.request('GET', who.ready(asset)['url'], headers=who.headers)
    answer = line.getresponse()
    if answer.status != 200:
        raise kit.Failed(f'its owner cannot download it: {answer.status}')
    told = _sha256(answer.read)
    line.close()
    return told


def _cut(who, folder, source):
    """Per cent of the file that was sent twice."""
    asset, twice = _send_with_cuts(who, source)
    with open(source, 'rb') as f:
        wanted = _sha256(f.read)
    if _downloaded_sha256(who, asset) != wanted:
        raise kit.Failed(f'after {CUTS} cuts it is another file')
    _remove(who, folder, asset)
    return 100 * twice / os.path.getsize(source)


# ---- ----

def _report(result, gib, readings, twice):
    copies = readings['cp']
    ways = {'64 MiB a PATCH': readings['pieces'], 'one PATCH': readings['whole']}
    for way, taken in ways.items():
        result.add(f'tus, {way}, by cp with fsync', 'times', kit.ratios(kit.pick(copies, 'cp with fsync'), kit.pick(taken, 's')), least=0.7)
    for way, taken in ways.items():
        result.add(f'tus, {way}, by cp', 'times', kit.ratios(kit.pick(copies, 'cp'), kit.pick(taken, 's')))
    result.add('cuts, and the same SHA-256 at the end', '', [CUTS], least=CUTS)
    result.add('sent twice because of them', '%', [twice])
    for way, taken in ways.items():
        result.add(f'tus, {way}', 'MiB/s', [1024 * gib / s for s in kit.pick(taken, 's')])
        result.add(f'CPU a GiB, tus, {way}', 's', [s / gib for s in kit.pick(taken, 'cpu_s')])
    for way in ('cp with fsync', 'cp'):
        result.add(way, 'MiB/s', [1024 * gib / s for s in kit.pick(copies, way)])


def measure(setup):
    result = kit.Result('upload', ABOUT)
    size = (64 if setup.quick else 1024) * kit.MIB
    piece = min(64 * kit.MIB, size // 4)
    folder = data.empty(setup, 'upload')
    source, copied = os.path.join(folder, 'source.zip'), os.path.join(folder, 'copy.zip')
    try:
        _make_file(source, size)
        password = author.site(setup, folder)
        with kit.ours(setup, folder) as server:
            who = author.Author(server, author.sign_in(server, password))
            _send(who, folder, source, piece)
            readings = kit.rounds(setup, {'cp': lambda: _copy(source, copied), 'pieces': lambda: _send(who, folder, source, piece),
                                          'whole': lambda: _send(who, folder, source, size)})
            twice = _cut(who, folder, source)
        _report(result, size / (1024 * kit.MIB), readings, twice)
    finally:
        shutil.rmtree(folder)
    result.write(setup)
