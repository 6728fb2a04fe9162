// life.test.mjs - the sandbox as a program: schedule, restart, SIGKILL, its pages without script, what it refuses to do.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { Gateway, Receiver, axiosClient, number, sleep, until } from './gateway.mjs';

const gaps = [15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, 10800, 10800, 10800, 21600, 21600];

describe('notifications outlive failures', () => {
  let g, shop, pay;

  before(async () => {
    g = await new Gateway().start();
    shop = await new Receiver().start();
    pay = axiosClient(g);
  });
  after(async () => {
    await g.stop();
    await shop.stop();
    g.drop();
  });
  const order = () => ({ description: '课程', out_trade_no: number(), notify_url: shop.url, amount: { total: 100, currency: 'CNY' } });

  test('16 sends over 24 h 4 min, each at its time and signed anew', async () => {
    shop.status = 500;
    const o = order();
    await pay.native(o);
    await g.api('pay', { out_trade_no: o.out_trade_no });
    await shop.next(1);
    for (const [i, gap] of gaps.entries()) {
      await until('the answer is booked', async () => (await g.api('notifications')).items[0].tries === i + 1);
      await g.api('clock', { move_ms: gap * 1000 - 10000 });
      await sleep(120);
      assert.equal(shop.got.length, i + 1, `not before the gap of ${gap} s`);
      await g.api('clock', { move_ms: 10000 });
      await shop.next(i + 2);
    }
    await until('the end', async () => (await g.api('notifications')).items[0].state === 'given-up');
    await g.api('clock', { move_ms: 86400000 });
    await sleep(200);
    assert.equal(shop.got.length, 16);
    assert.equal(new Set(shop.got.map((m) => JSON.parse(m.body).id)).size, 1, 'one message');
    assert.equal(new Set(shop.got.map((m) => m.headers['wechatpay-nonce'])).size, 16);
    for (const m of shop.got) assert.equal(await pay.verify(m.headers, m.body), true);
  });

  test('the clock can run fast', async () => {
    shop.got.length = 0;
    await g.api('clock', { speed: 600 });
    const o = order();
    await pay.native(o);
    await g.api('pay', { out_trade_no: o.out_trade_no });
    await shop.next(4);
    await g.api('clock', { speed: 1 });
    shop.status = 200;
    await g.api('clock', { move_ms: 86400000 });
    assert.equal((await g.api('clock', { move_ms: -1 })).status, 422, 'never back');
  });

  test('killed between payment and message: after the restart it comes', async () => {
    await sleep(300);
    shop.got.length = 0;
    await g.fault('notify-delay', 1, 2000);
    const o = order();
    const { code_url } = (await pay.native(o)).data;
    await g.api('pay', { out_trade_no: o.out_trade_no });
    await until('it is put off', async () => (await g.api('notifications')).items[0].last === 'delayed');
    const keys = g.settings.platform_serial, ahead = Number((await g.api('clock')).now_ms) - Date.now();
    await g.stop('SIGKILL');
    await g.start();
    pay = axiosClient(g);
    assert.equal(g.settings.platform_serial, keys, 'the same keys');
    assert.ok(Math.abs(Number((await g.api('clock')).now_ms) - Date.now() - ahead) < 700000, 'the clock keeps its lead');
    await g.api('clock', { move_ms: 86400000 });
    const message = await shop.next(1);
    assert.equal(pay.open(JSON.parse(message.body).resource).out_trade_no, o.out_trade_no);
    assert.equal((await pay.query(o.out_trade_no)).data.trade_state, 'SUCCESS');
    assert.ok(code_url);
  });

  test('killed after a rotation: the new certificate signs, the old one stays withdrawn', async () => {
    for (const act of ['publish', 'use', 'withdraw']) await g.api('keys', { act });
    const { items } = await g.api('keys');
    await g.stop('SIGKILL');
    await g.start();
    pay = axiosClient(g);
    assert.deepEqual((await g.api('keys')).items, items);
    assert.deepEqual(items.map(({ listed, signs }) => [listed, signs]), [[false, false], [true, true]]);
    assert.equal(g.settings.platform_serial, items[1].serial);
    assert.equal((await pay.native(order())).status, 200, 'verified by the certificate of the new settings');
  });

  test('SIGTERM: what runs is finished, the exit is clean', async () => {
    await g.fault('timeout-after', 1, 60000);
    const waiting = pay.native(order());
    await sleep(200);
    const start = Date.now();
    assert.deepEqual(await g.stop(), { code: 0, signal: null });
    assert.ok(Date.now() - start < 40000);
    await waiting;
    await g.start();
    pay = axiosClient(g);
  });
});

describe('pages', () => {
  let g, pay;

  before(async () => {
    g = await new Gateway().start();
    pay = axiosClient(g);
  });
  after(async () => {
    await g.stop();
    g.drop();
  });

  const made = async (more = {}) => {
    const o = { description: '概率<b>入门</b> & "练习"', out_trade_no: number(), notify_url: 'http://127.0.0.1:9/n', amount: { total: 19900, currency: 'CNY' },
      scene_info: { payer_client_ip: '127.0.0.1', h5_info: { type: 'Wap' } }, ...more };
    const { data } = await pay.h5(o);
    return { no: o.out_trade_no, url: data.h5_url, page: data.h5_url.replace('/h5/', '/pay/').replace(/\?.*/, '') };
  };
  const press = (url, fields, headers = {}) => fetch(url, { method: 'POST', redirect: 'manual', headers, body: new URLSearchParams(fields) });
  const html = async (url, headers) => (await fetch(url, { headers })).text();

  test('the list shows what is open; the phone page pays it; a reload pays nothing', async () => {
    assert.ok((await html(`${g.base}/sandbox/`)).includes('没有待付款的订单'));
    const o = await made();
    const list = await html(`${g.base}/sandbox/`);
    assert.ok(list.includes(o.no) && list.includes('199.00') && list.includes(`href="${new URL(o.page).pathname}"`));
    assert.ok(list.includes('概率&lt;b&gt;入门&lt;/b&gt; &amp; &quot;练习&quot;') && !list.includes('<b>入门'));
    const page = await html(o.page);
    assert.ok(page.includes('value="pay"') && page.includes('value="decline"') && page.includes('value="late"') && page.includes('value="twice"'));
    assert.ok(!/<script|onclick|style=/.test(page));
    const pressed = await press(o.page, { do: 'pay' });
    assert.equal(pressed.status, 303);
    const done = await html(g.base + pressed.headers.get('location'));
    assert.ok(done.includes('支付成功') && !done.includes('value="pay"'));
    assert.equal((await press(o.page, { do: 'pay' })).status, 409);
    assert.equal((await pay.query(o.no)).data.trade_state, 'SUCCESS');
  });

  test('declined, late, twice', async () => {
    for (const [act, state] of [['decline', 'PAYERROR'], ['late', 'SUCCESS'], ['twice', 'SUCCESS']]) {
      const o = await made();
      assert.equal((await press(o.page, { do: act })).status, 303);
      assert.equal((await pay.query(o.no)).data.trade_state, state);
    }
    assert.equal((await press((await made()).page, { do: 'else' })).status, 404);
  });

  test('back to the shop: with & or with ?, http only', async () => {
    const o = await made();
    const back = encodeURIComponent('http://127.0.0.1:1/pay/7?a=1&b=2');
    for (const url of [`${o.url}&redirect_url=${back}`, `${o.url}?redirect_url=${back}`])
      assert.ok((await html(url)).includes('href="http://127.0.0.1:1/pay/7?a=1&amp;b=2"'), url);
    for (const evil of ['javascript:alert(1)', 'data:text/html,x', '//evil.example/'])
      assert.ok(!(await html(`${o.url}&redirect_url=${encodeURIComponent(evil)}`)).includes('class="button"'), evil);
    const pressed = await press(o.page, { do: 'pay', back: 'http://127.0.0.1:1/pay/7?a=1&b=2' });
    assert.ok((await html(g.base + pressed.headers.get('location'))).includes('href="http://127.0.0.1:1/pay/7?a=1&amp;b=2"'));
  });

  test('another site cannot press the buttons; English where it is wanted; unknown is 404', async () => {
    const o = await made();
    assert.equal((await press(o.page, { do: 'pay' }, { origin: 'https://evil.example' })).status, 403);
    assert.equal((await press(o.page, { do: 'pay' }, { origin: g.base })).status, 303);
    assert.ok((await html(`${g.base}/sandbox/`, { 'accept-language': 'en-GB' })).includes('Sandbox cashier'));
    assert.equal((await fetch(`${g.base}/sandbox/pay/nobody`)).status, 404);
    assert.equal((await fetch(`${g.base}/sandbox/style.css`)).headers.get('content-type'), 'text/css; charset=utf-8');
  });
});

describe('what it refuses, and keeps to itself', () => {
  test('another address than this machine', () => {
    const run = spawnSync(process.env.ZHIFANG_SANDBOX, ['--data', '/nowhere', '--address', '0.0.0.0'], { encoding: 'utf8' });
    assert.equal(run.status, 2);
    assert.match(run.stderr, /not-only-this-machine/);
  });

  test('no folder, unknown options', () => {
    for (const words of [[], ['--data'], ['--data', 'x', '--port', '70000'], ['--data', 'x', '--else']])
      assert.equal(spawnSync(process.env.ZHIFANG_SANDBOX, words).status, 2, words.join(' '));
  });

  test('secrets are for the owner alone', async () => {
    const g = await new Gateway().start();
    for (const name of ['merchant.pem', 'platform_key.pem', 'stranger_key.pem', 'apiv3.key'])
      assert.equal(statSync(join(g.folder, 'data', name)).mode & 0o777, 0o600, name);
    assert.equal(statSync(join(g.folder, 'settings.conf')).mode & 0o777, 0o600);
    await g.stop();
    g.drop();
  });
});
