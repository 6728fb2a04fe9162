// journey.test.mjs - two unrelated clients go the whole way: create, query, pay, be told, close, refund, certificates.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';

import { Gateway, Receiver, axiosClient, keyOf, nodeClient, number, openByHand, serialOf, sleep } from './gateway.mjs';

const scene = { payer_client_ip: '127.0.0.1', h5_info: { type: 'Wap' } };

for (const client of [axiosClient, nodeClient]) {
  describe(client.name, () => {
    let g, shop, pay;

    before(async () => {
      g = await new Gateway().start();
      shop = await new Receiver().start();
      pay = client(g);
    });
    after(async () => {
      assert.deepEqual(await g.stop(), { code: 0, signal: null });
      await shop.stop();
      g.drop();
    });

    const order = (more = {}) => ({ description: '知识付费课程', out_trade_no: number(), notify_url: shop.url,
      amount: { total: 9900, currency: 'CNY' }, ...more });

    test('native: created, asked, paid, told, asked again', async () => {
      const o = order({ attach: 'a&b' });
      const made = await pay.native(o);
      assert.equal(made.status, 200);
      assert.match(made.data.code_url, /^weixin:\/\/wxpay\/bizpayurl\?pr=\w+$/);

      const open = await pay.query(o.out_trade_no);
      assert.equal(open.data.trade_state, 'NOTPAY');
      assert.equal(open.data.transaction_id, undefined);

      const told = shop.got.length;
      const paid = await g.api('pay', { out_trade_no: o.out_trade_no });
      assert.equal(paid.status, 200);
      const message = await shop.next(told + 1);
      assert.equal(await pay.verify(message.headers, message.body), true);
      const body = JSON.parse(message.body);
      assert.equal(body.event_type, 'TRANSACTION.SUCCESS');
      assert.equal(body.resource_type, 'encrypt-resource');
      assert.equal(body.resource.algorithm, 'AEAD_AES_256_GCM');
      assert.equal(body.resource.original_type, 'transaction');
      const fact = pay.open(body.resource);
      assert.deepEqual(fact, openByHand(g, body.resource));
      assert.equal(fact.mchid, g.settings.mchid);
      assert.equal(fact.appid, g.settings.appid);
      assert.equal(fact.out_trade_no, o.out_trade_no);
      assert.equal(fact.attach, 'a&b');
      assert.equal(fact.trade_type, 'NATIVE');
      assert.equal(fact.trade_state, 'SUCCESS');
      assert.deepEqual(fact.amount, { total: 9900, currency: 'CNY', payer_total: 9900, payer_currency: 'CNY' });
      assert.match(fact.transaction_id, /^4200\d{24}$/);
      assert.match(fact.success_time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+08:00$/);

      const asked = await pay.query(o.out_trade_no);
      assert.deepEqual(asked.data, fact);
      assert.deepEqual((await pay.queryTransaction(fact.transaction_id)).data, fact);
      await sleep(200);
      assert.equal(shop.got.length, told + 1, 'accepted: not sent again');
    });

    test('h5: an address that can be opened', async () => {
      const o = order({ scene_info: scene });
      const made = await pay.h5(o);
      assert.equal(made.status, 200);
      assert.ok(made.data.h5_url.startsWith(`${g.base}/sandbox/h5/`));
      const page = await fetch(`${made.data.h5_url}&redirect_url=${encodeURIComponent('https://shop.example/back?a=1&b=2')}`);
      assert.equal(page.status, 200);
      const html = await page.text();
      assert.ok(html.includes('知识付费课程'));
      assert.ok(html.includes('href="https://shop.example/back?a=1&amp;b=2"'));
      await g.api('pay', { out_trade_no: o.out_trade_no });
      assert.equal((await pay.query(o.out_trade_no)).data.trade_type, 'MWEB');
    });

    test('jsapi: who signed in by WeChat pays inside it; a signature of somebody else opens nothing', async () => {
      const authorize = { appid: g.settings.appid, redirect_uri: 'http://127.0.0.1/back', response_type: 'code', scope: 'snsapi_base', state: 's' };
      assert.ok((await (await fetch(`${g.base}/connect/oauth2/authorize?${new URLSearchParams(authorize)}`)).text()).includes('小红'));
      const agreed = await fetch(`${g.base}/connect/oauth2/agree?${new URLSearchParams({ ...authorize, person: '0' })}`, { redirect: 'manual' });
      const code = new URL(agreed.headers.get('location')).searchParams.get('code');
      const token = (secret) => fetch(`${g.base}/sns/oauth2/access_token?${new URLSearchParams({ appid: g.settings.appid, secret, code, grant_type: 'authorization_code' })}`);
      const secret = readFileSync(g.settings.app_secret_file, 'utf8');
      assert.equal((await (await token('wrong')).json()).errcode, 40125);
      const { openid } = await (await token(secret)).json();
      assert.equal((await (await token(secret)).json()).errcode, 40029, 'a code is good once');

      assert.equal((await pay.jsapi(order({ payer: { openid: 'nobody' } }))).status, 400);
      const o = order({ payer: { openid } });
      const { data: call } = await pay.jsapi(o);
      const bridge = (with_) => g.api('jsapi', { ...call, ...with_ });
      assert.equal((await bridge({ nonceStr: 'other' })).status, 401);
      assert.equal((await bridge({ package: 'prepay_id=wx0' })).status, 401);
      assert.match((await bridge({})).page, /^\/sandbox\/pay\/wx[0-9a-f]{32}$/);
      await g.api('pay', { out_trade_no: o.out_trade_no });
      const asked = (await pay.query(o.out_trade_no)).data;
      assert.equal(asked.trade_type, 'JSAPI');
      assert.equal(asked.payer.openid, openid);
    });

    test('closed: 204 with a signature; neither paid nor made again', async () => {
      const o = order();
      await pay.native(o);
      const closed = await pay.close(o.out_trade_no);
      assert.equal(closed.status, 204);
      assert.equal((await pay.close(o.out_trade_no)).status, 204);
      assert.equal((await pay.query(o.out_trade_no)).data.trade_state, 'CLOSED');
      assert.equal((await g.api('pay', { out_trade_no: o.out_trade_no })).status, 409);
      const again = await pay.native(o);
      assert.equal(again.status, 400);
      assert.equal(again.data.code, 'ORDER_CLOSED');
    });

    test('paid: cannot be closed', async () => {
      const o = order();
      await pay.native(o);
      await g.api('pay', { out_trade_no: o.out_trade_no });
      assert.equal((await pay.close(o.out_trade_no)).status, 400);
      assert.equal((await pay.query(o.out_trade_no)).data.trade_state, 'SUCCESS');
    });

    test('refunded in two parts, told of each, and not a fen more', async () => {
      const o = order();
      await pay.native(o);
      await g.api('pay', { out_trade_no: o.out_trade_no });
      const told = shop.got.length;
      const part = (refund, no = number('R')) => ({ out_trade_no: o.out_trade_no, out_refund_no: no, reason: '不想学了',
        notify_url: shop.url, amount: { refund, total: 9900, currency: 'CNY' } });

      const first = part(4500);
      const accepted = await pay.refund(first);
      assert.equal(accepted.status, 200);
      assert.equal(accepted.data.status, 'PROCESSING');
      assert.equal((await pay.refund(first)).data.refund_id, accepted.data.refund_id, 'the same number again is the same refund');
      assert.equal((await pay.refund(part(4501, first.out_refund_no))).status, 400);
      assert.equal((await pay.refund(part(5401))).status, 400);
      assert.equal((await pay.refund(part(5400))).status, 200);
      assert.equal((await pay.refund(part(1))).status, 400);
      assert.equal((await pay.query(o.out_trade_no)).data.trade_state, 'REFUND');

      await g.api('clock', { move_ms: 3000 });
      const message = (await shop.next(told + 3)) && shop.got.slice(told).find((m) => m.body.includes('REFUND.SUCCESS'));
      assert.equal(await pay.verify(message.headers, message.body), true);
      const fact = pay.open(JSON.parse(message.body).resource);
      assert.equal(fact.refund_status, 'SUCCESS');
      assert.equal(fact.out_trade_no, o.out_trade_no);
      assert.equal((await pay.findRefund(first.out_refund_no)).data.status, 'SUCCESS');
      assert.equal((await pay.findRefund('NOBODYS')).status, 404);
    });

    test('certificates: sealed, named by their serial', async () => {
      const [only, ...others] = await pay.certificates();
      assert.deepEqual(others, []);
      assert.equal(only.serial, g.settings.platform_serial);
      if (only.pem) {
        assert.equal(only.pem, g.platform);
        assert.equal(serialOf(only.pem), only.serial);
      } else {
        assert.equal(only.key.replace(/\s/g, ''), keyOf(g.platform).replace(/\s/g, ''));
      }
    });

    test('unknown: 404', async () => {
      const asked = await pay.query('T000000');
      assert.equal(asked.status, 404);
      assert.equal(asked.data.code, 'ORDER_NOT_EXIST');
    });

    test('certificates: published, used, withdrawn', async () => {
      const serials = async () => (await pay.certificates()).map((one) => one.serial);
      const [before] = await serials();
      const { items } = await g.api('keys', { act: 'publish' });
      const next = items.at(-1).serial;
      assert.notEqual(next, before);
      assert.deepEqual(await serials(), [before, next]);
      assert.equal((await g.raw('GET', '/v3/certificates')).headers.get('wechatpay-serial'), before);
      assert.deepEqual((await g.api('keys', { act: 'publish' })).items, items);
      await g.api('keys', { act: 'use' });
      assert.equal((await g.raw('GET', '/v3/certificates')).headers.get('wechatpay-serial'), next);
      await g.api('keys', { act: 'withdraw' });
      const { json: { data } } = await g.raw('GET', '/v3/certificates');
      assert.deepEqual(data.map((one) => one.serial_no), [next]);
      assert.equal((await g.api('keys', { act: 'sell' })).status, 422);
    });
  });
}
