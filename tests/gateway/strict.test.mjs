// strict.test.mjs - what the real gateway refuses, the sandbox refuses: signatures, clocks, fields, numbers used twice.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { after, before, describe, test } from 'node:test';

import { Gateway, axiosClient, number } from './gateway.mjs';

const native = '/v3/pay/transactions/native';
const now = () => Math.floor(Date.now() / 1000);
let g, pay;

before(async () => {
  g = await new Gateway().start();
  pay = axiosClient(g);
});
after(async () => {
  await g.stop();
  g.drop();
});

const order = (more = {}) => ({ description: '课程', out_trade_no: number(), notify_url: 'https://shop.example/notify',
  amount: { total: 1, currency: 'CNY' }, ...more });
const body = (more = {}) => JSON.stringify({ appid: g.settings.appid, mchid: g.settings.mchid, ...order(more) });
const pairs = (p) => ({ mchid: p.mchid, nonce_str: p.nonce, timestamp: p.time, serial_no: p.serial, signature: p.sign });
const written = (o) => 'WECHATPAY2-SHA256-RSA2048 ' + Object.entries(o).map(([key, value]) => `${key}="${value}"`).join(',');

describe('signatures', () => {
  const refused = async (name, options) => {
    const answer = await g.raw('POST', native, { body: body(), ...options });
    assert.equal(answer.status, 401, name);
    assert.equal(answer.json.code, 'SIGN_ERROR', name);
  };

  test('a right one, with its pairs in any order', async () => {
    for (const turn of [0, 1, 2, 3, 4]) {
      const header = (p) => {
        const all = Object.entries(pairs(p));
        return written(Object.fromEntries([...all.slice(turn), ...all.slice(0, turn)]));
      };
      assert.equal((await g.raw('POST', native, { body: body(), header })).status, 200);
    }
  });

  test('the clock: 299 s are near enough, 302 s are not', async () => {
    for (const away of [-299, 299]) assert.equal((await g.raw('POST', native, { body: body(), time: now() + away })).status, 200, `${away}`);
    for (const away of [-302, 302, -86400, 86400]) await refused(`${away}`, { time: now() + away });
    for (const time of ['', '-1', '0', 'now', '99999999999999999999', '1e9', `${now()}.5`]) await refused(`time ${time}`, { time });
  });

  test('another key, serial, merchant, body', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    await refused('key', { key: privateKey });
    await refused('serial', { serial: g.settings.platform_serial });
    await refused('merchant', { mchid: '1900000109' });
    await refused('nonce', { nonce: 'N'.repeat(33) });
    const signed = body();
    await refused('body', { body: signed, sent: signed.replace('"total":1', '"total":2') });
  });

  test('headers that are none', async () => {
    const forms = {
      empty: () => '', scheme: (p) => written(pairs(p)).replace('RSA2048', 'RSA4096'), bare: () => 'WECHATPAY2-SHA256-RSA2048 ',
      twice: (p) => `${written(pairs(p))},mchid="${p.mchid}"`, comma: (p) => `${written(pairs(p))},`,
      unknown: (p) => `${written(pairs(p))},extra="1"`, unquoted: (p) => written(pairs(p)).replaceAll('"', ''),
      open: (p) => written(pairs(p)).slice(0, -1), long: (p) => written({ ...pairs(p), nonce_str: 'x'.repeat(3000) }),
      signature: (p) => written({ ...pairs(p), signature: 'AAAA' }), cut: (p) => written({ ...pairs(p), signature: p.sign.slice(0, -4) }),
      blank: (p) => written({ ...pairs(p), signature: ` ${p.sign}` }),
    };
    for (const missing of ['mchid', 'nonce_str', 'timestamp', 'serial_no', 'signature'])
      forms[`no ${missing}`] = (p) => written(Object.fromEntries(Object.entries(pairs(p)).filter(([key]) => key !== missing)));
    for (const [name, header] of Object.entries(forms)) await refused(name, { header });
  });

  test('the query string is signed as it was sent', async () => {
    const path = `/v3/pay/transactions/out-trade-no/T000000?mchid=${g.settings.mchid}`;
    assert.equal((await g.raw('GET', path)).status, 404);
    assert.equal((await g.raw('GET', `${path}&x=%2a%2A`)).status, 404);
  });

  test('Accept and User-Agent are asked for', async () => {
    assert.equal((await g.raw('GET', '/v3/certificates')).status, 200);
    assert.equal((await g.raw('GET', '/v3/certificates', { headers: { accept: 'text/html' } })).status, 400);
    assert.equal((await g.raw('GET', '/v3/certificates', { headers: { 'user-agent': '' } })).status, 400);
    assert.equal((await g.raw('POST', native, { body: body(), headers: { 'content-type': 'text/plain' } })).status, 400);
  });

  test('answers are signed, errors too', async () => {
    const answer = await g.raw('GET', '/v3/pay/transactions/id/1?mchid=' + g.settings.mchid);
    for (const name of ['timestamp', 'nonce', 'serial', 'signature']) assert.ok(answer.headers.get(`wechatpay-${name}`), name);
    assert.ok(answer.headers.get('request-id'));
  });
});

describe('fields', () => {
  const long = (n) => '知'.repeat(n);
  const soon = (s) => new Date(Date.now() + s * 1000 + 8 * 3600000).toISOString().replace(/\.\d+Z$/, '+08:00');
  const wrong = {
    'no description': { description: undefined }, 'empty description': { description: '' }, 'long description': { description: long(128) },
    'short number': { out_trade_no: 'T1234' }, 'long number': { out_trade_no: 'T'.repeat(33) }, 'blank in number': { out_trade_no: 'T 12345' },
    'Chinese number': { out_trade_no: '订单订单订单' }, 'number is a number': { out_trade_no: 1234567 }, 'bar in number': { out_trade_no: 'T|123456' },
    'plain http': { notify_url: 'http://shop.example/notify' }, 'query': { notify_url: 'https://shop.example/notify?a=1' },
    'fragment': { notify_url: 'https://shop.example/notify#a' }, 'no address': { notify_url: '' }, 'no host': { notify_url: 'https:///notify' },
    'almost this machine': { notify_url: 'http://127.0.0.1.example/notify' }, 'long address': { notify_url: `https://shop.example/${'a'.repeat(240)}` },
    'no amount': { amount: undefined }, 'zero': { amount: { total: 0 } }, 'negative': { amount: { total: -1 } }, 'half a fen': { amount: { total: 1.5 } },
    'text amount': { amount: { total: '1' } }, 'no number': { amount: { total: null } }, 'much': { amount: { total: 1000000001 } },
    'dollars': { amount: { total: 1, currency: 'USD' } }, 'long attach': { attach: long(129) },
    'expired': { time_expire: soon(-10) }, 'half a minute': { time_expire: soon(30) }, '91 days': { time_expire: soon(91 * 86400) },
    'no time': { time_expire: 'tomorrow' }, 'time without zone': { time_expire: '2030-01-01T00:00:00' }, 'time as number': { time_expire: now() + 600 },
    'scene is a text': { scene_info: 'x' },
  };

  for (const [name, more] of Object.entries(wrong)) {
    test(`refused: ${name}`, async () => {
      const answer = await pay.native(order(more));
      assert.equal(answer.status, 400);
      assert.equal(answer.data.code, 'PARAM_ERROR');
    });
  }

  test('taken: the longest, the shortest, a time in another zone, this machine by http', async () => {
    for (const more of [{ description: long(127) }, { attach: long(128) }, { out_trade_no: `_-*${Date.now()}`.slice(0, 9) },
      { out_trade_no: number('Z').padEnd(32, '0') }, { time_expire: soon(120) }, { time_expire: new Date(Date.now() + 600000).toISOString() },
      { notify_url: 'http://127.0.0.1:9/notify' }, { notify_url: 'http://localhost/notify' }, { amount: { total: 1000000000 } },
      { goods_tag: 'x', detail: { goods_detail: [] } }])
      assert.equal((await pay.native(order(more))).status, 200, JSON.stringify(more).slice(0, 60));
  });

  test('h5 wants to know where the payer is', async () => {
    for (const scene_info of [undefined, {}, { payer_client_ip: '127.0.0.1' }, { h5_info: { type: 'Wap' } },
      { payer_client_ip: '127.0.0.1', h5_info: { type: 'Desktop' } }])
      assert.equal((await pay.h5(order({ scene_info }))).status, 400, JSON.stringify(scene_info));
  });

  test('not JSON, not an object, keys twice', async () => {
    for (const text of ['', '{', '[]', '1', 'null', '{"appid":"a","appid":"b"}', `{"x":${'['.repeat(100000 / 2)}`, '{"a":"\\u0000"}', '{"a":1e400}'])
      assert.equal((await g.raw('POST', native, { body: text })).status, 400, text.slice(0, 20));
  });

  test('another appid, another merchant', async () => {
    assert.equal((await pay.native({ ...order(), appid: 'wx0000000000000000' })).data.code, 'APPID_MCHID_NOT_MATCH');
    assert.equal((await pay.native({ ...order(), mchid: '1900000109' })).data.code, 'MCH_NOT_EXISTS');
  });

  test('a body beyond 64 KiB never reaches the desk', async () => {
    const answer = await fetch(g.base + native, { method: 'POST', body: 'x'.repeat(70000) }).catch(() => ({ status: 413 }));
    assert.equal(answer.status, 413);
  });
});

describe('numbers', () => {
  test('the same request again: the same address', async () => {
    const o = order();
    const first = await pay.native(o);
    assert.equal((await pay.native(o)).data.code_url, first.data.code_url);
  });

  test('the same number for something else: OUT_TRADE_NO_USED', async () => {
    const o = order();
    await pay.native(o);
    for (const more of [{ amount: { total: 2, currency: 'CNY' } }, { description: '别的' }, { attach: 'x' }]) {
      const answer = await pay.native({ ...o, ...more });
      assert.equal(answer.status, 403);
      assert.equal(answer.data.code, 'OUT_TRADE_NO_USED');
    }
    assert.equal((await pay.h5({ ...o, scene_info: { payer_client_ip: '127.0.0.1', h5_info: { type: 'Wap' } } })).data.code, 'OUT_TRADE_NO_USED');
  });

  test('twenty at once make one', async () => {
    const o = order();
    const all = await Promise.all(Array.from({ length: 20 }, () => pay.native(o)));
    assert.equal(new Set(all.map((a) => a.data.code_url)).size, 1);
  });

  test('51 refunds: the last one is refused', async () => {
    const o = order({ amount: { total: 60, currency: 'CNY' } });
    await pay.native(o);
    await g.api('pay', { out_trade_no: o.out_trade_no });
    const part = () => pay.refund({ out_trade_no: o.out_trade_no, out_refund_no: number('R'), amount: { refund: 1, total: 60, currency: 'CNY' } });
    for (let i = 0; i < 50; i++) assert.equal((await part()).status, 200);
    assert.equal((await part()).data.code, 'RULE_LIMIT');
  });

  test('refunds that cannot be', async () => {
    const o = order({ amount: { total: 10, currency: 'CNY' } });
    await pay.native(o);
    const refund = (more = {}) => pay.refund({ out_trade_no: o.out_trade_no, out_refund_no: number('R'),
      amount: { refund: 10, total: 10, currency: 'CNY' }, ...more });
    assert.equal((await refund()).data.code, 'INVALID_REQUEST', 'not paid yet');
    await g.api('pay', { out_trade_no: o.out_trade_no });
    for (const more of [{ amount: { refund: 10, total: 11, currency: 'CNY' } }, { amount: { refund: 0, total: 10, currency: 'CNY' } },
      { amount: { refund: 10, total: 10 } }, { out_refund_no: 'a b' }, { out_refund_no: 'R'.repeat(65) }, { transaction_id: '4200' },
      { out_trade_no: undefined }, { reason: '长'.repeat(81) }])
      assert.equal((await refund(more)).status, 400, JSON.stringify(more));
    assert.equal((await refund({ out_trade_no: 'NOBODYS' })).data.code, 'ORDER_NOT_EXIST');
    assert.equal((await refund()).status, 200);
  });
});
