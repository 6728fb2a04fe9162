#!/usr/bin/env python3
"""first_sale.py ADDRESS SANDBOX - from a shop that nobody owns to its first sale, by the API as its pages use it: the owner's name and
shop, a text course written, priced and published, a learner who buys it in the sandbox, and reads it. ADDRESS is that of the first
visit, with its token. Says as one line of JSON how many seconds each part took. Needs nothing but Python: it runs where only ./run has
been (bench/first.sh)."""
import http.cookiejar
import json
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

PASSWORD = 'correct horse battery'
OWNER, LEARNER = 'owner@example.cn', 'reader@example.cn'
TEXT = '水温九十二度，闷蒸三十秒。'
PATIENCE_S = 60


class Person:
    """Somebody with a browser of his own."""

    def __init__(self, site):
        self.site = site
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))

    def ask(self, method, path, body=None, **headers):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.site + path, data, {'Sec-Fetch-Site': 'same-origin', **headers}, method=method)
        if body is not None:
            request.add_header('Content-Type', 'application/json')
        try:
            with self.opener.open(request, timeout=60) as answer:
                said = answer.read()
        except urllib.error.HTTPError as refused:
            sys.exit(f'first_sale.py: {method} {path}: {refused.code} {refused.read().decode(errors="replace")}')
        return json.loads(said) if said else None


def until(what, look):
    ends = time.monotonic() + PATIENCE_S
    while time.monotonic() < ends:
        found = look()
        if found:
            return found
        time.sleep(0.05)
    sys.exit(f'first_sale.py: {what}: not within {PATIENCE_S} s')


def own(site, token):
    owner = Person(site)
    owner.ask('POST', '/api/setup', {'token': token, 'login': OWNER, 'password': PASSWORD, 'name': '林老师', 'shop_name': '山间书院'})
    owner.ask('POST', '/api/sessions', {'login': OWNER, 'password': PASSWORD})
    return owner


def publish(owner):
    """-> work, key of its lesson"""
    work = owner.ask('POST', '/api/studio/works', {'kind': 'course', 'title': '手冲入门', 'language': 'zh-CN'})['id']
    section = owner.ask('POST', f'/api/studio/works/{work}/sections', {'title': '第一章'})['added']
    made = owner.ask('POST', f'/api/studio/sections/{section}/lessons', {'title': '第一讲'})
    lesson = made['added']
    doc = {'type': 'doc', 'content': [{'type': 'paragraph', 'content': [{'type': 'text', 'text': TEXT}]}]}
    owner.ask('PUT', f'/api/studio/lessons/{lesson}/draft', {'version': 1, 'doc': doc, 'quizzes': []})
    owner.ask('PATCH', f'/api/studio/works/{work}', {'price': 1990, 'summary': '一杯好咖啡。'})
    owner.ask('POST', f'/api/studio/works/{work}/publish', {})
    return work, next(one['key'] for part in made['sections'] for one in part['lessons'] if one['id'] == lesson)


def come_in(site, sandbox):
    """A learner proves his mail address: the sandbox's post office shows what was sent."""
    learner, post = Person(site), Person(sandbox)
    learner.ask('POST', '/api/auth/codes', {'login': LEARNER, 'purpose': 'sign_in'})
    code = until('a code by mail', lambda: next((one['code'] for one in post.ask('GET', '/sandbox/api/messages?to=' + urllib.parse.quote(LEARNER))['items'] if one.get('code')), None))
    learner.ask('POST', '/api/auth/code-session', {'login': LEARNER, 'code': code})
    return learner


def buy(learner, sandbox, work, key):
    order = learner.ask('POST', '/api/orders', {'work': work}, **{'Idempotency-Key': 'first'})['id']
    learner.ask('POST', f'/api/orders/{order}/payments', {'channel': 'wechat', 'way': 'native'})
    payer = Person(sandbox)
    waiting = until('a payment in the sandbox', lambda: payer.ask('GET', '/sandbox/api/payments?open=1')['items'])
    payer.ask('POST', '/sandbox/api/pay', {'out_trade_no': waiting[0]['out_trade_no']})
    until('the order as paid', lambda: learner.ask('GET', f'/api/orders/{order}')['state'] == 'PAID')
    lesson = learner.ask('GET', f'/api/works/{work}/lessons/{key}')
    if TEXT not in json.dumps(lesson, ensure_ascii=False):
        sys.exit('first_sale.py: the learner does not get what was written')


def main():
    address, sandbox = sys.argv[1], sys.argv[2].rstrip('/')
    site, token = f'{urllib.parse.urlsplit(address).scheme}://{urllib.parse.urlsplit(address).netloc}', urllib.parse.urlsplit(address).fragment
    taken, at = {}, time.monotonic()

    def part(name):
        nonlocal at
        taken[name], at = round(time.monotonic() - at, 3), time.monotonic()

    owner = own(site, urllib.parse.unquote(token))
    part('owner')
    work, key = publish(owner)
    part('course')
    learner = come_in(site, sandbox)
    part('learner')
    buy(learner, sandbox, work, key)
    part('sale')
    print(json.dumps(taken))


main()
