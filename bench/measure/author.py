"""author.py - who uploads: an account that may, and its tus client, plain sockets and sendfile, so that the client costs little."""
import base64
import http.client
import json
import os
import socket
import subprocess
import time

from . import kit

LOGIN = 'author@example.org'
PATIENCE_S = 600


def site(setup, folder):
    """An empty site with one creator; -> its password."""
    told = subprocess.run([setup.program, 'user', 'create', LOGIN, '--name', 'Author', '--role', 'creator', '--data', folder],
                          capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL)
    return told.stdout.split()[-1]


def sign_in(server, password):
    request = http.client.HTTPConnection('127.0.0.1', server.port)
    request.request('POST', '/api/sessions', json.dumps({'login': LOGIN, 'password': password}), {'Content-Type': 'application/json'})
    answer = request.getresponse()
    if answer.status >= 300:
        raise kit.Failed(f'the author could not sign in: {answer.status} {answer.read().decode()}')
    return answer.getheader('Set-Cookie').split(';')[0]


class Author:
    def __init__(self, server, cookie):
        self.server = server
        self.headers = {'Cookie': cookie, 'Sec-Fetch-Site': 'same-origin'}
        self.tus = {**self.headers, 'Tus-Resumable': '1.0.0'}

    def ask(self, method, path, body=None, wanted=(200, 201, 204)):
        status, answer = self.server.ask(method, path, body, self.headers)
        if status not in wanted:
            raise kit.Failed(f'{method} {path}: {status} {answer.decode(errors="replace")}')
        return json.loads(answer) if answer else None

    def _answer(self, line, method, address, headers):
        line.request(method, address, headers={**self.tus, **headers})
        answer = line.getresponse()
        answer.read()
        return answer

    def begin(self, line, name, size):
        """-> its address"""
        metadata = 'filename ' + base64.b64encode(name.encode()).decode()
        answer = self._answer(line, 'POST', '/api/uploads', {'Upload-Length': str(size), 'Upload-Metadata': metadata, 'Content-Length': '0'})
        if answer.status != 201:
            raise kit.Failed(f'the upload could not begin: {answer.status}')
        return answer.getheader('Location')

    def offset(self, address):
        """How far it is, once nobody writes to it any more."""
        ends = time.monotonic() + PATIENCE_S
        while time.monotonic() < ends:
            line = http.client.HTTPConnection('127.0.0.1', self.server.port)
            answer = self._answer(line, 'HEAD', address, {})
            line.close()
            if answer.status == 200:
                return int(answer.getheader('Upload-Offset'))
            if answer.status != 423:
                raise kit.Failed(f'HEAD {address}: {answer.status}')
            time.sleep(0.005)
        raise kit.Failed(f'{address} stayed busy')

    def patch_begin(self, line, address, offset, length):
        line.putrequest('PATCH', address)
        for name, value in {**self.tus, 'Upload-Offset': str(offset), 'Content-Type': 'application/offset+octet-stream', 'Content-Length': str(length)}.items():
            line.putheader(name, value)
        line.endheaders()

    def patch(self, line, address, file, offset, length):
        """False: the upload is elsewhere, or somebody writes to it."""
        self.patch_begin(line, address, offset, length)
        try:
            line.sock.sendfile(file, offset, length)
        except (BrokenPipeError, ConnectionResetError):
            pass                                  # refused before all was sent: the answer says why
        answer = line.getresponse()
        said = answer.read()
        if answer.status not in (204, 409, 423):
            raise kit.Failed(f'PATCH at {offset}: {answer.status} {said.decode(errors="replace")}')
        return answer.status == 204

    def patch_and_leave(self, address, file, offset, length, sent):
        """Promises so many bytes, sends fewer, and goes."""
        line = http.client.HTTPConnection('127.0.0.1', self.server.port)
        self.patch_begin(line, address, offset, length)
        line.sock.sendfile(file, offset, sent)
        line.sock.shutdown(socket.SHUT_RDWR)
        line.close()

    def upload(self, path, name, piece):
        """-> id, when all of it is there. `piece`: bytes of a PATCH."""
        size = os.path.getsize(path)
        line = http.client.HTTPConnection('127.0.0.1', self.server.port)
        address = self.begin(line, name, size)
        with open(path, 'rb') as file:
            for offset in range(0, size, piece):
                if not self.patch(line, address, file, offset, min(piece, size - offset)):
                    raise kit.Failed(f'{name} does not go on at {offset}')
        line.close()
        return int(address.rpartition('/')[2])

    def ready(self, asset):
        """What is shown of it, as soon as it can be served."""
        ends = time.monotonic() + PATIENCE_S
        while time.monotonic() < ends:
            shown = self.ask('GET', f'/api/assets/{asset}')
            if shown['state'] == 'ready':
                return shown
            if shown['state'] == 'failed':
                raise kit.Failed(f'{shown["name"]} could not be made ready: {shown.get("why")}')
            time.sleep(0.05)
        raise kit.Failed(f'asset {asset} never became ready')
