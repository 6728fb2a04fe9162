"""data.py - what is measured on: made once in the folder of --data, copied for whatever writes."""
import gzip
import hashlib
import math
import os
import shutil
import sqlite3
import subprocess
import time

from . import kit

PEOPLE = 2000
SMALL_WORKS = 10000
CATALOGUE = os.path.join(kit.SHARED, 'catalogue', 'docs-100k.tsv.gz')
QUERIES = os.path.join(kit.SHARED, 'catalogue', 'queries')
MONTH_MS = 30 * 24 * 3600 * 1000


def token(person):
    return f'bench-{person:038d}'


def _import(setup, file, folder, database=None):
    os.makedirs(folder, exist_ok=True)
    subprocess.run([setup.program, 'import-catalogue', file, '--data', folder, *(['--database', database] if database else [])], check=True, stdout=subprocess.DEVNULL)


def _made(setup, name, make):
    """A folder that is there whole or not at all; made again when the schema has changed."""
    folder = setup.path(name)
    stamp = _schema()
    mark = os.path.join(folder, '.made-from')
    if not os.path.exists(mark) or open(mark, encoding='utf-8').read() != stamp:
        print(f'  making {name}', flush=True)
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        make(folder)
        with open(mark, 'w', encoding='utf-8') as f:
            f.write(stamp)
    return folder


def _schema():
    """Of all that decides what lies in such a folder."""
    sum_ = hashlib.sha256()
    for top, folders, files in os.walk(os.path.join(kit.SOURCE, 'src')):
        folders.sort()
        for name in sorted(files):
            if name.endswith('.sql') or name == 'import_catalogue.c':
                with open(os.path.join(top, name), 'rb') as f:
                    sum_.update(f.read())
    with open(os.path.abspath(__file__), 'rb') as f:
        sum_.update(f.read())
    return sum_.hexdigest()


# ---- people who are signed in: the first is an administrator ----

def _people_sql(now):
    for n in range(1, PEOPLE + 1):
        hashed = hashlib.sha256(token(n).encode()).hexdigest()
        yield f"insert into user_account (id, name, name_folded, language, password_hash, created_ms) values ({n}, 'person {n}', 'person {n}', 'zh-CN', '', {now})"
        yield ('insert into session (id, user_id, token_hash, agent, created_ms, seen_ms, expires_ms)'
               f" values ({n}, {n}, '{hashed}', 'bench', {now}, {now}, {now + MONTH_MS})")
    yield f"insert into role_grant (user_id, role, granted_by, at_ms) values (1, 'admin', 0, {now})"


def _now_ms():
    return int(time.time() * 1000)


def _add_people(folder):
    with sqlite3.connect(os.path.join(folder, 'zhifang.db')) as db:
        for sql in _people_sql(_now_ms()):
            db.execute(sql)
    db.close()


def _sign_in_again(folder):
    """Their sessions begin now: none is so old that the server writes it down."""
    with sqlite3.connect(os.path.join(folder, 'zhifang.db')) as db:
        db.execute('update session set created_ms = ?1, seen_ms = ?1, expires_ms = ?2', (_now_ms(), _now_ms() + MONTH_MS))
    db.close()


# ---- sites ----

def site(setup):
    """The whole catalogue, for what only reads."""
    def make(folder):
        _import(setup, CATALOGUE, folder)
        _add_people(folder)
    folder = _made(setup, 'site', make)
    _sign_in_again(folder)
    return folder


def _small_catalogue(setup):
    file = setup.path('small.tsv')
    with gzip.open(CATALOGUE, 'rt', encoding='utf-8') as rows, open(file, 'w', encoding='utf-8') as out:
        out.writelines(row for row, _ in zip(rows, range(SMALL_WORKS)))
    return file


def small(setup):
    """Some of its works, for what writes."""
    def make(folder):
        _import(setup, _small_catalogue(setup), folder)
        _add_people(folder)
    return _made(setup, 'small', make)


def empty(setup, name):
    to = setup.path(name)
    shutil.rmtree(to, ignore_errors=True)
    os.makedirs(to)
    return to


def copy(setup, folder, name):
    """A fresh copy, as nobody had used it yet."""
    to = empty(setup, name)
    with sqlite3.connect(os.path.join(folder, 'zhifang.db')) as source, sqlite3.connect(os.path.join(to, 'zhifang.db')) as target:
        source.backup(target)
    source.close()
    target.close()
    _sign_in_again(to)
    return to


def small_on_postgresql(setup, url, folder):
    _import(setup, _small_catalogue(setup), folder, url)
    sql = ';\n'.join(_people_sql(_now_ms()))
    subprocess.run(['psql', '-q', '-v', 'ON_ERROR_STOP=1', '-1', '-f', '-', url], input=f'{sql};\nanalyze;\n', text=True, check=True, stdout=subprocess.DEVNULL)


def make_creator(folder, person):
    with sqlite3.connect(os.path.join(folder, 'zhifang.db')) as db:
        db.execute("insert into role_grant (user_id, role, granted_by, at_ms) values (?, 'creator', 0, ?)", (person, _now_ms()))
    db.close()


def rows(folder, sql, *values):
    with sqlite3.connect(os.path.join(folder, 'zhifang.db')) as db:
        found = db.execute(sql, values).fetchall()
    db.close()
    return found


# ---- what is asked ----

def write_lines(setup, name, lines):
    file = setup.path(name)
    with open(file, 'w', encoding='utf-8') as f:
        f.writelines(f'{line}\n' for line in lines)
    return file


def people_file(setup):
    return write_lines(setup, 'people.txt', [token(n) for n in range(1, PEOPLE + 1)])


def works_to_buy(ids):
    """As many that their number has no divisor in common with PEOPLE + 1 (see orders.lua)."""
    while math.gcd(len(ids), PEOPLE + 1) != 1:
        ids = ids[:-1]
    return ids


def queries(name):
    with open(os.path.join(QUERIES, name), encoding='utf-8') as f:
        return [line.rstrip('\n').rpartition('\t')[2] for line in f if line.strip()]


# ---- the peers' own index of the same works ----

def search_tables(setup, folder):
    """Title, author, tags and text, most popular first, so that LIKE may stop at the tenth hit; and FTS5 by trigrams over it."""
    def make(to):
        with sqlite3.connect(os.path.join(to, 'zhifang.db')) as db:
            db.execute('attach ? as site', (os.path.join(folder, 'zhifang.db'),))
            db.execute('create table doc (place integer primary key, work_id integer not null, title text, author text, tags text, body text)')
            db.execute('insert into doc (work_id, title, author, tags, body)'
                       ' select w.id, w.title, c.name, w.tags, substr(t.plain, 1, 300) from site.work w join site.creator c on c.id = w.creator_id'
                       ' join site.lesson l on l.edition_id = w.edition_id join site.lesson_content t on t.hash = l.content_hash'
                       " where w.state = 'published' order by w.popularity desc, w.id")
            db.execute("create virtual table doc_fts using fts5(title, author, tags, body, content='doc', content_rowid='place', tokenize='trigram')")
            db.execute("insert into doc_fts(doc_fts) values ('rebuild')")
            db.execute("insert into doc_fts(doc_fts) values ('optimize')")
        db.close()
    return _made(setup, 'peer-search', make)
