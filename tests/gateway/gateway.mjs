// gateway.mjs - starts the sandbox, listens for what it sends, and gives other people's clients one face.
import { spawn } from 'node:child_process';
import { createHash, createSign, createDecipheriv, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const require = createRequire(import.meta.url);
const { Wechatpay, Aes, Rsa, Formatter } = require('wechatpay-axios-plugin');
const NodePay = require('wechatpay-node-v3');
const { PayRequest } = require('wechatpay-node-v3/dist/lib/pay-request.js');

const program = process.env.ZHIFANG_SANDBOX;
if (!program) throw new Error('ZHIFANG_SANDBOX names the program to test; run.sh sets it');

export { sleep, Rsa };

export async function until(what, test, ms = 60000) {
  for (const end = Date.now() + ms; ; await sleep(20)) {
    const value = await test();
    if (value) return value;
    if (Date.now() > end) throw new Error(`waited ${ms} ms in vain for: ${what}`);
  }
}

function settingsOf(file) {
  const lines = readFileSync(file, 'utf8').split('\n').filter((line) => line && !line.startsWith('#'));
  return Object.fromEntries(lines.map((line) => line.split(' = ')).map(([key, value]) => [key.replace('wechat.', ''), value]));
}

export class Gateway {
  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), 'gateway-'));
  }

  async start(...more) {
    const settings = join(this.folder, 'settings.conf');
    this.child = spawn(program, ['--data', join(this.folder, 'data'), '--port', '0', '--write-config', settings, ...more],
      { stdio: ['ignore', 'pipe', 'inherit'] });
    this.ended = new Promise((done) => this.child.once('exit', (code, signal) => done({ code, signal })));
    let said = '';
    this.child.stdout.on('data', (bytes) => { said += bytes; });
    await until('the sandbox', () => said.includes('/sandbox/\n') || this.child.exitCode !== null);
    this.settings = settingsOf(settings);
    this.base = this.settings.base;
    this.key = readFileSync(this.settings.key_file, 'utf8');
    this.certificate = readFileSync(join(this.folder, 'data', 'merchant_certificate.pem'), 'utf8');
    this.secret = readFileSync(this.settings.apiv3_key_file, 'utf8');
    this.platform = readFileSync(this.settings.platform_key_file, 'utf8');
    return this;
  }

  async stop(signal = 'SIGTERM') {
    this.child.kill(signal);
    return this.ended;
  }

  drop() {
    rmSync(this.folder, { recursive: true, force: true });
  }

  async api(path, body, method = body === undefined ? 'GET' : 'POST') {
    const answer = await fetch(`${this.base}/sandbox/api/${path}`,
      { method, headers: { 'content-type': 'application/json' }, body: body === undefined ? undefined : JSON.stringify(body) });
    return { status: answer.status, ...await answer.json() };
  }

  fault(name, times = 1, ms = 0) {
    return this.api('faults', { name, times, ms });
  }

  noFaults() {
    return this.api('faults', undefined, 'DELETE');
  }

  /** A request signed here, by node's own crypto, with whatever is to be wrong about it. */
  async raw(method, path, { body = '', time = Math.floor(Date.now() / 1000), nonce = 'N0NCE0123456789', serial = this.settings.serial,
    mchid = this.settings.mchid, key = this.key, sent = body, header, headers = {} } = {}) {
    const sign = createSign('RSA-SHA256').update(`${method}\n${path}\n${time}\n${nonce}\n${body}\n`).sign(key, 'base64');
    const pairs = header ?? ((p) => `WECHATPAY2-SHA256-RSA2048 mchid="${p.mchid}",nonce_str="${p.nonce}",timestamp="${p.time}",serial_no="${p.serial}",signature="${p.sign}"`);
    const answer = await fetch(this.base + path, { method, body: sent || undefined, headers: {
      accept: 'application/json', 'content-type': 'application/json', 'user-agent': 'test',
      authorization: pairs({ mchid, nonce, time, serial, sign }), ...headers } });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, text, json: text ? JSON.parse(text) : undefined };
  }
}

/** Somebody whom the gateway notifies. */
export class Receiver {
  constructor() {
    this.got = [];
    this.status = 200;
    this.server = createServer((rq, answer) => {
      const parts = [];
      rq.on('data', (part) => parts.push(part));
      rq.on('end', () => {
        this.got.push({ headers: rq.headers, body: Buffer.concat(parts).toString('utf8'), at: Date.now(), path: rq.url });
        answer.writeHead(this.status, { 'content-type': 'application/json' });
        answer.end(this.status === 204 ? '' : '{"code":"SUCCESS"}');
      });
    });
  }

  async start() {
    await new Promise((done) => this.server.listen(0, '127.0.0.1', done));
    this.url = `http://127.0.0.1:${this.server.address().port}/notify`;
    return this;
  }

  stop() {
    this.server.closeAllConnections();
    return new Promise((done) => this.server.close(done));
  }

  next(count = 1, ms = 60000) {
    return until(`${count} notifications`, () => this.got.length >= count && this.got[count - 1], ms);
  }
}

const status = (error) => ({ status: error.response?.status, data: error.response?.data, error });

/** wechatpay-axios-plugin: signs, and verifies every answer by itself. */
export function axiosClient(g) {
  const pay = new Wechatpay({ baseURL: `${g.base}/`, mchid: g.settings.mchid, serial: g.settings.serial, privateKey: g.key,
    certs: { [g.settings.platform_serial]: g.platform }, secret: g.secret });
  const v3 = pay.v3;
  const call = (promise) => promise.then(({ status: code, data }) => ({ status: code, data }), status);
  const mchid = g.settings.mchid;
  return {
    name: 'wechatpay-axios-plugin',
    native: (order) => call(v3.pay.transactions.native.post({ appid: g.settings.appid, mchid, ...order })),
    h5: (order) => call(v3.pay.transactions.h5.post({ appid: g.settings.appid, mchid, ...order })),
    async jsapi(order) {
      const made = await call(v3.pay.transactions.jsapi.post({ appid: g.settings.appid, mchid, ...order }));
      if (made.status !== 200) return made;
      const [appId, timeStamp, nonceStr, packed] = [g.settings.appid, `${Formatter.timestamp()}`, Formatter.nonce(), `prepay_id=${made.data.prepay_id}`];
      return { status: 200, data: { appId, timeStamp, nonceStr, package: packed, signType: 'RSA',
        paySign: Rsa.sign(Formatter.joinedByLineFeed(appId, timeStamp, nonceStr, packed), g.key) } };
    },
    query: (no) => call(v3.pay.transactions.outTradeNo['{no}'].get({ no, params: { mchid } })),
    queryTransaction: (id) => call(v3.pay.transactions.id['{no}'].get({ no: id, params: { mchid } })),
    close: (no) => call(v3.pay.transactions.outTradeNo['{no}'].close.post({ mchid }, { no })),
    refund: (refund) => call(v3.refund.domestic.refunds.post(refund)),
    findRefund: (no) => call(v3.refund.domestic.refunds['{no}'].get({ no })),
    async certificates() {
      const { data } = await call(v3.certificates.get());
      return data.data.map(({ serial_no, encrypt_certificate: { nonce, ciphertext, associated_data } }) =>
        ({ serial: serial_no, pem: Aes.AesGcm.decrypt(ciphertext, g.secret, nonce, associated_data) }));
    },
    verify: async (headers, body) => Rsa.verify(
      Formatter.response(headers['wechatpay-timestamp'], headers['wechatpay-nonce'], body), headers['wechatpay-signature'], g.platform),
    open: ({ nonce, ciphertext, associated_data }) => JSON.parse(Aes.AesGcm.decrypt(ciphertext, g.secret, nonce, associated_data)),
  };
}

/** wechatpay-node-v3: an unrelated signer; its own HTTP service, of which only the host is replaced. */
export function nodeClient(g) {
  const service = new PayRequest();
  for (const name of ['get', 'post', 'postV2', 'upload']) {
    const old = service[name];
    if (old) service[name] = (url, ...rest) => old.call(service, url.replace('https://api.mch.weixin.qq.com', g.base), ...rest);
  }
  const pay = new NodePay({ appid: g.settings.appid, mchid: g.settings.mchid, publicKey: Buffer.from(g.certificate),
    privateKey: Buffer.from(g.key), key: g.secret });
  pay.createHttp(service);
  const call = (promise) => promise.then((result) => ({ status: result.status, data: result.data ?? (result.error && JSON.parse(result.error)) }));
  return {
    name: 'wechatpay-node-v3',
    native: (order) => call(pay.transactions_native(order)),
    h5: (order) => call(pay.transactions_h5(order)),
    jsapi: (order) => call(pay.transactions_jsapi(order)),
    query: (no) => call(pay.query({ out_trade_no: no })),
    queryTransaction: (id) => call(pay.query({ transaction_id: id })),
    close: (no) => call(pay.close(no)),
    refund: (refund) => call(pay.refunds(refund)),
    findRefund: (no) => call(pay.find_refunds(no)),
    certificates: async () => (await pay.get_certificates(g.secret)).map((item) => ({ serial: item.serial_no, key: item.publicKey })),
    verify: (headers, body) => pay.verifySign({ timestamp: headers['wechatpay-timestamp'], nonce: headers['wechatpay-nonce'],
      serial: headers['wechatpay-serial'], signature: headers['wechatpay-signature'], body, apiSecret: g.secret }),
    open: ({ nonce, ciphertext, associated_data }) => pay.decipher_gcm(ciphertext, associated_data, nonce, g.secret),
  };
}

/** What node's own crypto makes of a sealed resource: a third opinion. */
export function openByHand(g, { nonce, ciphertext, associated_data }) {
  const bytes = Buffer.from(ciphertext, 'base64');
  const cipher = createDecipheriv('aes-256-gcm', g.secret, nonce).setAAD(Buffer.from(associated_data)).setAuthTag(bytes.subarray(-16));
  return JSON.parse(Buffer.concat([cipher.update(bytes.subarray(0, -16)), cipher.final()]).toString('utf8'));
}

export const serialOf = (pem) => new X509Certificate(pem).serialNumber;
export const keyOf = (pem) => new X509Certificate(pem).publicKey.export({ type: 'spki', format: 'pem' });
export const sha256 = (text) => createHash('sha256').update(text).digest('hex');

let numbers = 0;
export const number = (prefix = 'T') => `${prefix}${Date.now()}${String(++numbers).padStart(4, '0')}`;
