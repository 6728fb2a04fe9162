// channel.test.mjs - a gateway that is silent, down, slow or lying, seen through the whole program: the buyer hears a clear
// problem, no order is lost, nothing is believed that is not proved, and the course opens as soon as the truth can be asked for.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { Shop, until } from './shop.mjs';

const shopping = (way) => Shop.with({}, async (shop) => {
  await shop.signUp();
  await shop.order();
  await way(shop);
});

const state = async (shop) => (await shop.insist('GET', `/api/orders/${shop.orderId}`)).body.state;
const told = async (shop) => (await shop.log()).filter(({ direction }) => direction === 'out');
const asked = async (shop) => (await shop.log()).filter(({ method, target }) => method === 'GET' && target.startsWith('/v3/pay/transactions/'));

async function settle(shop) {
  await shop.paid();
  await shop.quiet();
  await shop.checkBooks();
}

const UNKNOWN = [503, 'payment-unknown'], DOWN = [502, 'payment-channel-down'];
const answers = {
  'answer-500': UNKNOWN, 'answer-500-after': UNKNOWN, 'answer-429': DOWN, 'timeout-before': UNKNOWN, 'timeout-after': UNKNOWN,
  'answer-cut': UNKNOWN, 'answer-truncated': UNKNOWN, 'answer-oversized': UNKNOWN, 'answer-not-json': UNKNOWN, 'answer-signtest': UNKNOWN,
  'answer-wrong-key': UNKNOWN, 'answer-wrong-serial': UNKNOWN, 'answer-stale': UNKNOWN, 'answer-tampered': UNKNOWN, 'answer-unsigned': UNKNOWN,
};

describe('the gateway', { concurrency: 4 }, () => {
  test('every notification is lost: the course opens by asking', () => shopping(async (shop) => {
    await shop.fault('notify-drop');
    await shop.pay(await shop.code());
    await settle(shop);
    const sent = await told(shop);
    assert.ok(sent.length > 0 && sent.every(({ verdict }) => verdict === 'dropped'), JSON.stringify(sent));
  }));

  test('is down: said so, and the same order is paid later', () => shopping(async (shop) => {
    await shop.gateway.kill();
    const begun = await shop.beginPayment(shop.ask);
    assert.deepEqual([begun.status, begun.body.type], DOWN);
    assert.equal(await state(shop), 'PENDING');
    await shop.gateway.start();
    await shop.pay(await shop.code());
    await settle(shop);
  }));

  test('is slow: the code comes all the same', () => shopping(async (shop) => {
    await shop.fault('answer-slow', 1);
    await shop.pay(await shop.code());
    await settle(shop);
  }));

  test('answers wrongly in every way it can: one attempt outlives them all', async (t) => shopping(async (shop) => {
    for (const [name, says] of Object.entries(answers)) {
      await t.test(name, async () => {
        await shop.fault(name, -1, 300);
        const begun = await shop.beginPayment(shop.ask);
        await shop.control('faults', undefined, 'DELETE');
        assert.deepEqual([begun.status, begun.body.type], says);
        assert.equal(await state(shop), 'PENDING');
      });
    }
    await shop.pay(await shop.code());
    await settle(shop);
    assert.deepEqual(await shop.rows('select count(*) from payment'), [[1]]);
  }));

  test('a signed lie about the sum opens nothing; the truth does', () => shopping(async (shop) => {
    await shop.fault('notify-drop');
    await shop.fault('query-wrong-amount');
    const prepay = await shop.code(), before = (await asked(shop)).length;
    await shop.pay(prepay);
    await until('two answers with the lie', async () => (await asked(shop)).length >= before + 3);
    assert.equal(await state(shop), 'PENDING');
    assert.equal((await shop.insist('GET', `/api/learn/${shop.work.id}`)).status, 402);
    await shop.control('faults', undefined, 'DELETE');
    await settle(shop);
  }));

  for (const [name, status] of [['notify-wrong-key', 401], ['notify-tampered', 401], ['notify-wrong-amount', 400], ['notify-wrong-number', 404]])
    test(`${name}: refused with ${status}, and the course opens by asking`, () => shopping(async (shop) => {
      await shop.fault(name);
      await shop.pay(await shop.code());
      await until('the message', async () => (await told(shop)).length);
      await settle(shop);
      const sent = await told(shop);
      assert.ok(sent.every((row) => row.status === status), JSON.stringify(sent));
    }));

  test('takes the money before its answer was heard: the message finds the attempt', () => shopping(async (shop) => {
    await shop.fault('timeout-after', 1, 8000);
    const begun = shop.beginPayment(shop.ask);
    const [trade] = await until('the trade', async () => { const { items } = await shop.control('payments'); return items.length && items; });
    await shop.pay(trade.prepay);
    await settle(shop);
    assert.ok([201, 503].includes((await begun).status));
  }));

  test('two codes are paid: one opens the course, the other is sent back', () => shopping(async (shop) => {
    const code = await shop.code();
    const jump = await shop.insist('POST', `/api/orders/${shop.orderId}/payments`, { channel: 'wechat', way: 'h5' });
    assert.equal(jump.status, 201);
    const { items } = await shop.control('payments');
    assert.equal(items.length, 2);
    await shop.pay(code);
    await shop.pay(items.find(({ prepay }) => prepay !== code).prepay);
    await shop.paid();
    await shop.quiet();
    assert.deepEqual(await shop.rows('select state from payment order by state'), [['DUPLICATE_PAID'], ['PAID']]);
    assert.deepEqual(await shop.rows('select state, amount from refund'), [['SUCCESS', 9900]]);
    assert.deepEqual((await shop.control('payments')).items.map((trade) => trade.state).sort(), ['REFUND', 'SUCCESS']);
    assert.equal((await shop.rows('select id from entitlement where revoked_ms is null')).length, 1);
    assert.match(await shop.verify('ledger'), /5 entries/);
    await shop.verify('audit');
  }));
});
