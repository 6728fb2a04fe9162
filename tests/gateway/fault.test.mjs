// fault.test.mjs - every fault that can be switched on is really there, and only as often as was asked for: an unrelated
// client refuses each spoilt answer, an unrelated verifier each forged notification.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';

import { Gateway, Receiver, axiosClient, nodeClient, number, openByHand, sleep, until } from './gateway.mjs';

let g, shop, pay, node;

before(async () => {
  g = await new Gateway().start();
  shop = await new Receiver().start();
  pay = axiosClient(g);
  node = nodeClient(g);
});
after(async () => {
  await g.stop();
  await shop.stop();
  g.drop();
});
afterEach(() => g.noFaults());

const order = (more = {}) => ({ description: '课程', out_trade_no: number(), notify_url: shop.url, amount: { total: 100, currency: 'CNY' }, ...more });
const known = (no) => g.raw('GET', `/v3/pay/transactions/out-trade-no/${no}?mchid=${g.settings.mchid}`).then((a) => a.status === 200);

describe('answers', () => {
  const cases = {
    'answer-500': { kept: false, says: (a) => a.status === 500 && a.data.code === 'SYSTEM_ERROR' },
    'answer-429': { kept: false, says: (a) => a.status === 429 && a.data.code === 'FREQUENCY_LIMITED' },
    'answer-500-after': { kept: true, says: (a) => a.status === 500 },
    'answer-cut': { kept: true, says: (a) => a.status === undefined && /ECONNRESET|aborted|socket hang up/.test(a.error.message + a.error.code) },
    'answer-truncated': { kept: true, says: (a) => a.error.code === 'EV3_RES_HEADER_SIGNATURE_DIGEST' },
    'answer-tampered': { kept: true, says: (a) => a.error.code === 'EV3_RES_HEADER_SIGNATURE_DIGEST' },
    'answer-wrong-key': { kept: true, says: (a) => a.error.code === 'EV3_RES_HEADER_SIGNATURE_DIGEST' },
    'answer-signtest': { kept: true, says: (a) => a.error.code === 'EV3_RES_HEADER_SIGNATURE_DIGEST' },
    'answer-wrong-serial': { kept: true, says: (a) => a.error.code === 'EV3_RES_HEADER_PLATFORM_SERIAL' },
    'answer-stale': { kept: true, says: (a) => a.error.code === 'EV3_RES_HEADER_TIMESTAMP_OFFSET' },
    'answer-unsigned': { kept: true, says: (a) => a.error.code === 'EV3_RES_HEADERS_INCOMPLATE' },
    'answer-not-json': { kept: true, says: (a) => a.status === 200 && String(a.data).startsWith('<html>') },
    'answer-oversized': { kept: true, says: (a) => a.status === 200 && a.data.padding.length === 10 << 20 },
  };

  for (const [name, { kept, says }] of Object.entries(cases)) {
    test(name, async () => {
      const o = order();
      await g.fault(name);
      const answer = await pay.native(o);
      assert.ok(says(answer), JSON.stringify({ status: answer.status, code: answer.error?.code, says: answer.error?.message }));
      assert.equal(await known(o.out_trade_no), kept, 'in the book or not');
      assert.equal((await pay.native(o)).status, 200, 'once only, and the same request goes through');
    });
  }

  for (const [name, kept] of [['timeout-before', false], ['timeout-after', true]]) {
    test(name, async () => {
      const o = order();
      await g.fault(name, 1, 300);
      const start = Date.now();
      const answer = await pay.native(o);
      assert.equal(answer.status, undefined);
      assert.ok(Date.now() - start >= 290);
      assert.equal(await known(o.out_trade_no), kept);
    });
  }

  test('answer-slow arrives, whole', async () => {
    await g.fault('answer-slow');
    const start = Date.now();
    assert.equal((await pay.native(order())).status, 200);
    assert.ok(Date.now() - start > 3000);
  });

  test('query-wrong-amount: a signed lie', async () => {
    const o = order();
    await pay.native(o);
    await g.api('pay', { out_trade_no: o.out_trade_no });
    await g.fault('query-wrong-amount');
    assert.equal((await pay.query(o.out_trade_no)).data.amount.total, 101);
    assert.equal((await pay.query(o.out_trade_no)).data.amount.total, 100);
  });

  test('until it is switched off; then no more', async () => {
    await g.fault('answer-500', -1);
    for (let i = 0; i < 3; i++) assert.equal((await pay.native(order())).status, 500);
    await g.api('faults/answer-500', undefined, 'DELETE');
    assert.equal((await pay.native(order())).status, 200);
    assert.equal((await g.fault('no-such-fault')).status, 404);
  });
});

describe('notifications', () => {
  const paid = async (more) => {
    const o = order(more);
    await pay.native(o);
    const told = shop.got.length;
    await g.api('pay', { out_trade_no: o.out_trade_no });
    return { o, told };
  };
  const signed = async (m) => (await pay.verify(m.headers, m.body)) &&
    m.headers['wechatpay-serial'] === g.settings.platform_serial && Math.abs(Date.now() / 1000 - m.headers['wechatpay-timestamp']) < 300;

  for (const name of ['notify-tampered', 'notify-signtest', 'notify-wrong-key', 'notify-wrong-serial', 'notify-stale', 'notify-future']) {
    test(`${name}: no verifier takes it`, async () => {
      await g.fault(name);
      shop.status = 401;
      const { told } = await paid();
      const forged = await shop.next(told + 1);
      assert.equal(await signed(forged), false);
      if (name !== 'notify-wrong-serial' && name !== 'notify-stale' && name !== 'notify-future')
        assert.equal(await node.verify(forged.headers, forged.body), false);
      if (name === 'notify-signtest') assert.ok(forged.headers['wechatpay-signature'].startsWith('WECHATPAY/SIGNTEST/'));
      shop.status = 200;
      await g.api('clock', { move_ms: 15000 });
      assert.equal(await signed(await shop.next(told + 2)), true, 'the next one is right');
    });
  }

  for (const [name, path, value] of [['notify-wrong-mchid', 'mchid', '1900000001'], ['notify-wrong-appid', 'appid', 'wx0000000000000000'],
    ['notify-wrong-number', 'out_trade_no', 'NOBODYS000001'], ['notify-wrong-amount', 'amount.total', 101], ['notify-wrong-currency', 'amount.currency', 'USD']]) {
    test(`${name}: validly signed, and a lie`, async () => {
      await g.fault(name);
      const { told } = await paid();
      const message = await shop.next(told + 1);
      assert.equal(await signed(message), true);
      const fact = pay.open(JSON.parse(message.body).resource);
      assert.equal(path.split('.').reduce((o, key) => o[key], fact), value);
    });
  }

  test('notify-wrong-secret: signed, and does not open', async () => {
    await g.fault('notify-wrong-secret');
    const { told } = await paid();
    const message = await shop.next(told + 1);
    assert.equal(await signed(message), true);
    assert.throws(() => openByHand(g, JSON.parse(message.body).resource));
  });

  test('notify-duplicate: the same message twice', async () => {
    await g.fault('notify-duplicate');
    const { told } = await paid();
    await shop.next(told + 2);
    assert.equal(JSON.parse(shop.got[told].body).id, JSON.parse(shop.got[told + 1].body).id);
  });

  test('paid twice: two messages of one transaction, a second apart', async () => {
    const o = order();
    await pay.native(o);
    const told = shop.got.length;
    await g.api('pay', { out_trade_no: o.out_trade_no, twice: true });
    await shop.next(told + 2);
    const [a, b] = shop.got.slice(told).map((m) => JSON.parse(m.body));
    assert.notEqual(a.id, b.id);
    assert.equal(pay.open(a.resource).transaction_id, pay.open(b.resource).transaction_id);
    assert.ok(shop.got[told + 1].at - shop.got[told].at >= 900);
  });

  test('notify-delay', async () => {
    await g.fault('notify-delay', 1, 700);
    const start = Date.now();
    const { told } = await paid();
    await shop.next(told + 1);
    assert.ok(Date.now() - start >= 690);
  });

  test('notify-drop: all of them, and the schedule still runs out; the query knows', async () => {
    await g.fault('notify-drop', -1);
    const { o, told } = await paid();
    for (let i = 0; i < 16; i++) {
      await until(`drop ${i + 1}`, async () => (await g.api('notifications')).items.find((n) => n.plain.includes(o.out_trade_no))?.tries > i);
      await g.api('clock', { move_ms: 6 * 3600 * 1000 });
    }
    const last = (await g.api('notifications')).items.find((n) => n.plain.includes(o.out_trade_no));
    assert.equal(last.state, 'given-up');
    assert.equal(shop.got.length, told);
    assert.equal((await pay.query(o.out_trade_no)).data.trade_state, 'SUCCESS');
  });

  test('declined: no message, and the query says so', async () => {
    const o = order();
    await pay.native(o);
    const told = shop.got.length;
    assert.equal((await g.api('decline', { out_trade_no: o.out_trade_no })).status, 200);
    await sleep(200);
    assert.equal(shop.got.length, told);
    assert.equal((await pay.query(o.out_trade_no)).data.trade_state, 'PAYERROR');
  });

  test('late: after closing, and after expiry', async () => {
    const closed = order(), expired = order({ time_expire: new Date(Number((await g.api('clock')).now_ms) + 90000).toISOString() });
    await pay.native(closed);
    await pay.close(closed.out_trade_no);
    assert.equal((await pay.native(expired)).status, 200);
    await g.api('clock', { move_ms: 100000 });
    for (const o of [closed, expired]) {
      assert.equal((await g.api('pay', { out_trade_no: o.out_trade_no })).status, 409);
      assert.equal((await g.api('pay', { out_trade_no: o.out_trade_no, late: true })).status, 200);
      assert.equal((await g.api('pay', { out_trade_no: o.out_trade_no, late: true })).status, 409, 'once');
      assert.equal((await pay.query(o.out_trade_no)).data.trade_state, 'SUCCESS');
    }
  });
});

test('the log names every request and its verdict', async () => {
  await g.raw('GET', '/v3/certificates', { key: g.key, time: 1 });
  const rows = [];
  for (let after = 0; ;) {
    const { items } = await g.api(`log?after=${after}`);
    if (!items.length) break;
    rows.push(...items);
    after = items.at(-1).id;
  }
  assert.ok(rows.some((r) => r.direction === 'in' && r.status === 401 && r.verdict.startsWith('SIGN_ERROR') && r.target === '/v3/certificates'));
  assert.ok(rows.some((r) => r.direction === 'in' && r.status === 200 && r.verdict === 'ok'));
  assert.ok(rows.some((r) => r.direction === 'out' && r.status === 200 && r.verdict === 'answered 200'));
  assert.ok(rows.some((r) => r.direction === 'out' && r.verdict === 'dropped'));
});
