// bill.test.mjs - the trade bill of a day, read by somebody else's parser, agrees with what was paid and refunded.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';

import { Gateway, axiosClient, number, until } from './gateway.mjs';

const { Formatter, Wechatpay } = createRequire(import.meta.url)('wechatpay-axios-plugin');
const day = (ms) => new Date(ms + 8 * 3600000).toISOString().slice(0, 10);
let g, pay, v3;

before(async () => {
  g = await new Gateway().start();
  pay = axiosClient(g);
  v3 = new Wechatpay({ baseURL: `${g.base}/`, mchid: g.settings.mchid, serial: g.settings.serial, privateKey: g.key,
    certs: { [g.settings.platform_serial]: g.platform } }).v3;
});
after(async () => {
  await g.stop();
  g.drop();
});

const ask = (params) => v3.bill.tradebill.get({ params }).then((a) => a.data, (error) => error.response.data);

test('payments, refunds, fees and sums of a day', async () => {
  const start = Number((await g.api('clock')).now_ms);
  await g.api('clock', { move_ms: 86400000 - (start + 8 * 3600000) % 86400000 + 60000 }); // a minute into the next day
  const today = day(Number((await g.api('clock')).now_ms));
  const paid = [];
  for (const [i, total] of [9900, 1, 12345].entries()) {
    const o = { description: i === 1 ? '逗号, `撇`\n换行' : '课程', out_trade_no: number(), notify_url: 'http://127.0.0.1:9/n', amount: { total, currency: 'CNY' } };
    await pay.native(o);
    await g.api('pay', { out_trade_no: o.out_trade_no });
    paid.push(o.out_trade_no);
  }
  const open = { description: '课程', out_trade_no: number(), notify_url: 'http://127.0.0.1:9/n', amount: { total: 5, currency: 'CNY' } };
  await pay.native(open);
  await pay.refund({ out_trade_no: paid[0], out_refund_no: 'R0001', amount: { refund: 4500, total: 9900, currency: 'CNY' } });

  assert.equal((await ask({ bill_date: today })).code, 'STATEMENT_CREATING', 'the day is not over');
  await g.api('clock', { move_ms: 86400000 });
  await until('the money is back: the bill says so, and changes no more', async () => (await pay.findRefund('R0001')).data.status === 'SUCCESS');
  const { hash_type, hash_value, download_url } = await ask({ bill_date: today, bill_type: 'ALL' });
  assert.equal(hash_type, 'SHA1');
  const url = new URL(download_url);
  const answer = await g.raw('GET', url.pathname + url.search).catch((error) => error);
  assert.ok(answer instanceof SyntaxError, 'a file, not JSON');
  const file = await v3.billdownload.file.get({ params: Object.fromEntries(url.searchParams), responseType: 'arraybuffer', transformResponse: [] });
  const bytes = Buffer.from(file.data);
  assert.equal(createHash('sha1').update(bytes).digest('hex'), hash_value);
  assert.equal(file.headers['wechatpay-signature'], undefined);
  assert.deepEqual([...bytes.subarray(0, 3)], [0xef, 0xbb, 0xbf]);
  assert.ok(bytes.toString('utf8').endsWith('\r\n'));

  const { rows, summary } = Formatter.castCsvBill(bytes);
  assert.equal(rows.length, 4);
  assert.deepEqual(rows.map((r) => r['商户订单号']), [...paid, paid[0]]);
  assert.deepEqual(rows.map((r) => r['应结订单金额']), ['99.00', '0.01', '123.45', '0.00']);
  assert.deepEqual(rows.map((r) => r['退款金额']), ['0.00', '0.00', '0.00', '45.00']);
  assert.deepEqual(rows.map((r) => r['手续费']), ['0.59400', '0.00006', '0.74070', '-0.27000']);
  assert.equal(rows[3]['商户退款单号'], 'R0001');
  assert.equal(rows[1]['商品名称'], '逗号, `撇` 换行');
  assert.equal(summary['总交易单数'], '4');
  assert.equal(summary['应结订单总金额'], '222.46');
  assert.equal(summary['退款总金额'], '45.00');
  assert.equal(summary['手续费总金额'], '1.06476');
});

test('what is no day, no kind, or had no business', async () => {
  for (const params of [{}, { bill_date: '2026-13-01' }, { bill_date: '2026-02-30' }, { bill_date: '20260101' }, { bill_date: '2020-01-01' },
    { bill_date: day(Date.now() - 86400000), bill_type: 'NONE' }])
    assert.equal((await ask(params)).code, 'PARAM_ERROR', JSON.stringify(params));
  assert.equal((await ask({ bill_date: day(Date.now() - 86400000) })).code, 'NO_STATEMENT_EXIST');
});
