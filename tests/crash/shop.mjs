// shop.mjs - a site and its payment gateway as real processes that may be killed, a buyer who tries again as a browser would,
// and what must be true at the end, whatever happened in between. Looks into the database with other people's programs.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const { CRASH_BUILD: build, CRASH_BASE: base, CRASH_SCRATCH: scratch, CRASH_PREFIX: prefix, ZHIFANG_TEST_POSTGRESQL: server } = process.env;
if (!build) throw new Error('run.sh says what to test');
const run = promisify(execFile);

/** Journeys side by side. Counted are as many: where a disk is quick, one by itself has more commits than one that waits for its turn. */
export const AT_ONCE = 4;
export const several = (journey) => Promise.all(Array.from({ length: AT_ONCE }, () => journey({})));

/** Far more than anything takes: a test ends in the end, but is never timed. */
const LONG_MS = 60000;

export async function until(what, test, ms = LONG_MS) {
  for (const end = Date.now() + ms; ; await sleep(25)) {
    const value = await test();
    if (value) return value;
    if (Date.now() > end) throw new Error(`waited ${ms} ms in vain for: ${what}`);
  }
}

/** A program with a port that it keeps; whoever is killed at a step is started again, the second time as `again` says. */
class Program {
  constructor(file, args, says, log) {
    Object.assign(this, { file, args, says, log, port: 0, starts: 0, fired: [] });
  }

  /** killAt: the step for each start, in order; none: it is not killed. */
  async start(killAt = []) {
    this.killAt = killAt;
    this.wanted = true;
    await this.#spawn();
    return this;
  }

  async #spawn() {
    const kill = this.killAt[this.starts++];
    const { ZHIFANG_KILL_AT: _, ...env } = process.env;
    if (kill) env.ZHIFANG_KILL_AT = String(kill);
    env.ZHIFANG_KILL_COUNT = `${this.log}.steps`;
    const child = spawn(this.file, [...this.args, '--port', String(this.port)], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    this.complaints = '';
    child.stdout.on('data', (bytes) => { said += bytes; });
    child.stderr.on('data', (bytes) => { this.complaints += bytes; });
    this.child = child;
    this.ended = new Promise((done) => child.once('exit', (code, signal) => done({ code, signal })));
    this.ended.then(({ signal }) => this.#afterEnd(kill, signal));
    await until(`${this.file} to start`, () => this.says.test(said) || child.exitCode !== null || child.signalCode !== null);
    this.port = Number(this.says.exec(said)?.[1] ?? this.port);
    if (child.exitCode) throw new Error(`${this.file} ended: ${this.complaints}`);
  }

  #afterEnd(kill, signal) {
    if (!this.wanted || signal !== 'SIGKILL') return;
    if (kill) this.fired.push(`${kill} ${this.steps().name}`);
    this.again = this.#spawn();
  }

  /** Killed from outside, at a moment that the test chooses; the next start is the test's too. */
  async kill() {
    this.wanted = false;
    this.child.kill('SIGKILL');
    return this.ended;
  }

  async stop() {
    await this.again;
    this.wanted = false;
    this.child.kill('SIGTERM');
    return this.ended;
  }

  /** How many steps the running process has passed, and the last one's name. */
  steps() {
    const [n, name] = existsSync(`${this.log}.steps`) ? readFileSync(`${this.log}.steps`, 'utf8').trim().split(/ +/) : [];
    return { n: Number(n ?? 0), name: name ?? '' };
  }

  get url() { return `http://127.0.0.1:${this.port}`; }
}

/** One python3 for all questions to SQLite files, since its start takes longer than any answer: a line [file, sql] in, a line of rows out. */
class Reader {
  static #script = `import json, sqlite3, sys
for line in sys.stdin:
    file, sql = json.loads(line)
    try:
        answer = {'rows': sqlite3.connect(file).execute(sql).fetchall()}
    except sqlite3.Error as why:
        answer = {'why': str(why)}
    print(json.dumps(answer), flush=True)`;

  #child;
  #waiting = [];

  #start() {
    this.#child = spawn('python3', ['-c', Reader.#script], { stdio: ['pipe', 'pipe', 'inherit'] });
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      this.#waiting.shift()(JSON.parse(line));
      this.#hold(this.#waiting.length > 0);
    });
  }

  /** An idle child keeps no test from ending. */
  #hold(held) {
    for (const one of [this.#child, this.#child.stdin, this.#child.stdout]) held ? one.ref() : one.unref();
  }

  async ask(file, sql) {
    if (!this.#child) this.#start();
    this.#hold(true);
    const { rows, why } = await new Promise((done) => {
      this.#waiting.push(done);
      this.#child.stdin.write(`${JSON.stringify([file, sql])}\n`);
    });
    if (why) throw new Error(`${sql}: ${why}`);
    return rows;
  }
}

const reader = new Reader();
let worlds = 0;

/** A site, its gateway and one buyer, in a folder of their own. */
export class Shop {
  constructor() {
    this.folder = mkdtempSync(join(scratch, 'run-'));
    this.data = join(this.folder, 'site');
    cpSync(join(base, 'site'), this.data, { recursive: true });
    this.settings = join(this.folder, 'sandbox.conf');
    this.gateway = new Program(`${build}/sandbox/zhifang-sandbox`,
      ['--data', join(this.folder, 'sandbox'), '--write-config', this.settings], /127\.0\.0\.1:(\d+)\/sandbox\/\n/, join(this.folder, 'gateway'));
  }

  async open({ site = [], gateway = [] } = {}) {
    this.place = ['--data', this.data];
    if (prefix) {
      this.database = `${prefix}${process.pid}_${++worlds}`;
      await run('psql', ['-q', server, '-c', `create database ${this.database} template ${prefix}base`]);
      this.place.push('--database', server.replace(/\/[^/]*$/, `/${this.database}`));
    }
    // the address that the settings name must not change, so it is known before the first crash
    await this.gateway.start(gateway);
    await until('the settings', () => existsSync(this.settings));
    this.site = new Program(`${build}/zhifang`, ['serve', ...this.place, '--config', this.settings, '--web', this.folder],
      /^zhifang: http:\/\/127\.0\.0\.1:(\d+)\/$/m, join(this.folder, 'site'));
    await this.site.start(site);
    return this;
  }

  async #end() {
    for (const program of [this.site, this.gateway])
      assert.deepEqual(await program.stop(), { code: 0, signal: null }, `stopped in order; ${program.complaints}`);
  }

  async #drop() {
    for (const program of [this.site, this.gateway]) await program?.kill();
    if (prefix) await run('psql', ['-q', server, '-c', `drop database if exists ${this.database} with (force)`]);
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Opens one, lets it be used, and sees that both programs end as they should. */
  static async with(kills, way) {
    const shop = new Shop();
    try {
      await shop.open(kills);
      const result = await way(shop);
      await shop.#end();
      return result;
    } finally {
      await shop.#drop();
    }
  }

  // ---- what a buyer's browser does ----

  async ask(method, path, body, key) {
    const headers = { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin', ...(this.cookie && { cookie: this.cookie }),
      ...(key && { 'idempotency-key': key }) };
    const answer = await fetch(this.site.url + path, { method, headers, body: body && JSON.stringify(body) });
    const set = answer.headers.getSetCookie();
    if (set.length) this.cookie = set.map((one) => one.split(';')[0]).join('; ');
    const text = await answer.text();
    return { status: answer.status, body: text && answer.headers.get('content-type')?.includes('json') ? JSON.parse(text) : text };
  }

  /** Again while nobody answers, or the answer says "later". */
  async insist(method, path, body, key) {
    return until(`${method} ${path}`, async () => {
      const answer = await this.ask(method, path, body, key).catch(() => undefined);
      this.last = answer;
      return answer && answer.status < 500 && answer.body?.type !== 'idempotency-running' && answer.status !== 429 && answer;
    }).catch((why) => { throw new Error(`${why.message}; last: ${JSON.stringify(this.last)}`); });
  }

  async signUp() {
    const password = 'correct horse battery';
    const joined = await this.insist('POST', '/api/users', { login: 'newcomer@example.org', password });
    assert.ok([201, 409].includes(joined.status), JSON.stringify(joined.body)); // 409: the first try was done, and its answer lost
    assert.equal((await this.insist('POST', '/api/sessions', { login: 'buyer@example.org', password })).status, 201);
  }

  async order() {
    const [work] = (await this.insist('GET', '/api/works')).body.items;
    const placed = await this.insist('POST', '/api/orders', { work: work.id, price: work.price }, 'order-1');
    assert.equal(placed.status, 201, JSON.stringify(placed.body));
    this.work = work;
    this.orderId = placed.body.id;
    return placed.body;
  }

  beginPayment(ask = this.insist) {
    return ask.call(this, 'POST', `/api/orders/${this.orderId}/payments`, { channel: 'wechat', way: 'native' });
  }

  async code() {
    const begun = await this.beginPayment();
    assert.equal(begun.status, 201, JSON.stringify(begun.body));
    return begun.body.code_url.split('pr=')[1];
  }

  /** The payer's phone: pays once, and asks again when it heard nothing. */
  async pay(prepay) {
    const answer = await until('the payer', () => this.control('pay', { prepay }).catch(() => undefined));
    assert.ok(answer.status === 200 || answer.status === 409, JSON.stringify(answer));
  }

  async paid() {
    await until('the order to be paid', async () => (await this.insist('GET', `/api/orders/${this.orderId}`)).body.state === 'PAID');
    const state = await this.insist('GET', `/api/learn/${this.work.id}`);
    assert.equal(state.status, 200, JSON.stringify(state.body));
  }

  async buy() {
    await this.signUp();
    await this.order();
    await this.pay(await this.code());
    await this.paid();
  }

  /** All of it back, inside the rule; what was quoted is asked for until an answer comes. */
  async refund() {
    const { body: quote } = await this.insist('GET', `/api/orders/${this.orderId}/refund-quote`);
    assert.equal(quote.way, 'automatic', JSON.stringify(quote));
    const asked = await this.insist('POST', `/api/orders/${this.orderId}/refunds`, { amount: quote.amount, version: quote.version, reason: 'crash' }, 'refund-1');
    assert.equal(asked.status, 201, JSON.stringify(asked.body));
    await until('the money back', async () => (await this.insist('GET', `/api/orders/${this.orderId}`)).body.state === 'REFUNDED');
    assert.equal((await this.insist('GET', `/api/learn/${this.work.id}`)).status, 402);
  }

  // ---- the gateway's own view ----

  async control(path, body, method = body === undefined ? 'GET' : 'POST') {
    const answer = await fetch(`${this.gateway.url}/sandbox/api/${path}`,
      { method, headers: { 'content-type': 'application/json' }, body: body === undefined ? undefined : JSON.stringify(body) });
    return { status: answer.status, ...await answer.json() };
  }

  fault(name, times = -1, ms = 0) { return this.control('faults', { name, times, ms }); }

  async log() {
    const rows = [];
    for (let after = 0; ;) {
      const { items } = await this.control(`log?after=${after}`);
      if (!items.length) return rows;
      rows.push(...items);
      after = items.at(-1).id;
    }
  }

  // ---- what must be true ----

  async rows(sql) {
    if (!prefix) return reader.ask(join(this.data, 'zhifang.db'), sql);
    const url = server.replace(/\/[^/]*$/, `/${this.database}`);
    const { stdout } = await run('psql', ['-qAt', url, '-c', `select json_agg((select json_agg(value) from json_each(row_to_json(q)))) from (${sql}) q`]);
    return JSON.parse(stdout.trim() || '[]');
  }

  /** What a purchase leaves to be done is done; the chain of audit rows goes on for ever, and the order's end is far away. */
  async quiet() {
    await until('the jobs', async () => !(await this.rows(
      "select kind from job where state = 'parked' or kind in ('payment-query', 'payment-refund', 'count-sale')")).length);
  }

  /** zhifang VERB verify says that all is well. */
  async verify(verb) {
    const { stdout } = await run(`${build}/zhifang`, [verb, 'verify', ...this.place]).catch((why) => assert.fail(why.stdout + why.stderr));
    assert.match(stdout, /: all is well/);
    return stdout;
  }

  async checkBooks() {
    const orders = await this.rows('select id, state, total from purchase');
    assert.deepEqual(orders.map(([, state, total]) => [state, total]), [['PAID', 9900]], 'one order, paid');
    const payments = await this.rows('select trade_no, state, amount, transaction_id from payment');
    assert.equal(payments.filter(([, state]) => state === 'PAID').length, 1, 'one attempt that paid');
    const book = (await this.control('payments')).items;
    for (const trade of book.filter(({ state }) => state === 'SUCCESS')) {
      const ours = payments.find(([number]) => number === trade.out_trade_no);
      assert.deepEqual(ours, [trade.out_trade_no, 'PAID', trade.total, trade.transaction_id], 'what the gateway took is in our book');
    }
    assert.equal(book.filter(({ state }) => state === 'SUCCESS').length, 1, 'the payer paid once');
    const entries = await this.rows('select kind, count(*) from journal group by kind order by kind');
    assert.deepEqual(entries, [['fee-estimate', 1], ['paid', 1]], 'one entry for the payment, one for the fee');
    assert.equal((await this.rows('select id from entitlement where revoked_ms is null')).length, 1, 'one entitlement');
    assert.deepEqual(await this.rows("select count(*) from news where topic = 'order-paid'"), [[1]], 'told once');
    assert.match(await this.verify('ledger'), /2 entries, 5 postings; 1 orders/);
    await this.verify('audit');
  }

  async checkRefunded() {
    assert.deepEqual(await this.rows('select state, total from purchase'), [['REFUNDED', 9900]], 'one order, all of it back');
    assert.deepEqual(await this.rows('select state, amount from refund'), [['SUCCESS', 9900]], 'one refund');
    const book = (await this.control('payments')).items;
    assert.equal(book.filter(({ state }) => state === 'REFUND').length, 1, 'the gateway gave back once');
    const entries = await this.rows('select kind, count(*) from journal group by kind order by kind');
    assert.deepEqual(entries, [['fee-back', 1], ['fee-estimate', 1], ['paid', 1], ['refund', 1], ['refund-approved', 1]], 'each entry once');
    assert.deepEqual(await this.rows('select account_id, sum(amount) from posting group by account_id having sum(amount) <> 0'), [], 'nothing is left anywhere');
    assert.deepEqual(await this.rows('select id from entitlement where revoked_ms is null'), [], 'no access');
    await this.verify('ledger');
    await this.verify('audit');
  }
}
