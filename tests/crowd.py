"""crowd.py PORT ACCOUNTS SECONDS - sixteen clients of one site at once, each doing what comes to its mind; prints how often each
status was answered. ACCOUNTS: lines "login password". Fails if a client was not answered, or by 500 and more."""
import http.client
import json
import random
import sys
import threading
import time

PUBLIC = ['/', '/en', '/courses', '/en/courses', '/course/sql', '/column/writing', '/api/works', '/api/categories', '/search?keyword=sql',
          '/api/search?keyword=%E5%86%99', '/api/suggest?q=s', '/sitemap.xml', '/readyz', '/metrics', '/help', '/api/openapi.json', '/nothing']
OWN = ['/api/me', '/api/me/sessions', '/api/me/works', '/api/orders']
CLIENTS = 16


class Client(threading.Thread):
    def __init__(self, number, port, accounts, until):
        super().__init__()
        self.random, self.accounts, self.until = random.Random(number), accounts, until
        self.connection = http.client.HTTPConnection('127.0.0.1', port, timeout=120)
        self.cookie, self.counts, self.works, self.done = None, {}, [], False

    def ask(self, method, path, body=None, headers=()):
        sent = {'Sec-Fetch-Site': 'same-origin', 'Accept-Encoding': self.random.choice(['br', 'gzip', 'identity']), **dict(headers)}
        if self.cookie:
            sent['Cookie'] = self.cookie
        if body is not None:
            sent['Content-Type'], body = 'application/json', json.dumps(body)
        self.connection.request(method, path, body, sent)
        answer = self.connection.getresponse()
        bytes_ = answer.read()
        self.counts[answer.status] = self.counts.get(answer.status, 0) + 1
        return answer, bytes_

    def sign_in(self):
        login, password = self.random.choice(self.accounts)
        answer, _ = self.ask('POST', '/api/sessions', {'login': login, 'password': password})
        if answer.status == 201:
            self.cookie = '; '.join(v.split(';')[0] for k, v in answer.getheaders() if k.lower() == 'set-cookie')

    def sign_out(self):
        self.ask('DELETE', '/api/sessions/current')
        self.cookie = None

    def order(self):
        key = 'order-%032x' % self.random.getrandbits(128)
        self.ask('POST', '/api/orders', {'work': self.random.choice(self.works)}, {'Idempotency-Key': key})

    def act(self):
        choice = self.random.random()
        if not self.cookie and choice < 0.2:
            self.sign_in()
        elif self.cookie and choice < 0.02:
            self.sign_out()
        elif self.cookie and choice < 0.06:
            self.ask('PATCH', '/api/me', {'name': 'Reader %d' % self.random.randrange(9)})
        elif self.cookie and choice < 0.1:
            self.order()
        elif self.cookie and choice < 0.5:
            self.ask('GET', self.random.choice(OWN))
        else:
            self.ask(self.random.choice(['GET', 'GET', 'HEAD']), self.random.choice(PUBLIC))

    def run(self):
        _, listed = self.ask('GET', '/api/works', headers={'Accept-Encoding': 'identity'})
        self.works = [item['id'] for item in json.loads(listed)['items']]
        while time.time() < self.until:
            self.act()
        self.done = True


def main(port, accounts, seconds):
    with open(accounts, encoding='utf-8') as file:
        pairs = [line.split()[:2] for line in file]
    clients = [Client(n, int(port), pairs, time.time() + float(seconds)) for n in range(CLIENTS)]
    for client in clients:
        client.start()
    total = {}
    for client in clients:
        client.join()
        for status, count in client.counts.items():
            total[status] = total.get(status, 0) + count
    print(', '.join(f'{status}: {count}' for status, count in sorted(total.items())))
    return 0 if all(client.done for client in clients) and max(total) < 500 else 1


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
