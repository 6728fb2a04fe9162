// inbox.test.mjs - the sandbox's mail server against somebody else's mail client (nodemailer), its SMS webhook against node's own
// HMAC; what arrives is shown, and nothing more than there is room for.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { connect } from 'node:net';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, afterEach, before, test } from 'node:test';

import { Gateway } from './gateway.mjs';

const nodemailer = createRequire(import.meta.url)('nodemailer');
let g, secret;

before(async () => {
  g = await new Gateway().start();
  secret = readFileSync(g.settings['sms.secret_file'], 'utf8');
});
after(async () => {
  await g.stop();
  g.drop();
});
afterEach(async () => {
  await g.noFaults();
  await g.api('messages', undefined, 'DELETE');
});

const post = (more) => nodemailer.createTransport({ host: '127.0.0.1', port: Number(g.settings['mail.port']), ignoreTLS: true,
  connectionTimeout: 2000, greetingTimeout: 1000, socketTimeout: 2000, ...more });
const letter = { from: '"知坊 <坊>" <shop@x.cn>', to: 'ann@x.cn', subject: '您的验证码是 042195，请勿告诉任何人，包括自称客服的人，十分钟内有效',
  text: '042195\n.\n..\n结束', html: '<b>042195</b>' };
const messages = async (to = '') => (await g.api(`messages${to && `?to=${encodeURIComponent(to)}`}`)).items;

for (const [name, auth] of [['nobody', undefined], ['PLAIN', { user: 'a', pass: 'b', method: 'PLAIN' }], ['LOGIN', { user: 'a', pass: 'b', method: 'LOGIN' }]]) {
  test(`a mail, signed in as ${name}`, async () => {
    const info = await post({ auth, authMethod: auth?.method }).sendMail(letter);
    assert.deepEqual(info.accepted, ['ann@x.cn']);
    const [mail] = await messages('Ann@x.cn');
    assert.equal(mail.kind, 'mail');
    assert.equal(mail.subject, letter.subject);
    assert.equal(mail.from, '知坊 <坊> <shop@x.cn>');
    assert.equal(mail.text.replaceAll('\r\n', '\n').trimEnd(), letter.text);
    assert.equal(mail.code, '042195');
    assert.equal((await messages('bob@x.cn')).length, 0);
  });
}

for (const textEncoding of ['quoted-printable', 'base64']) {
  test(`plain text alone, ${textEncoding}, to two`, async () => {
    await post().sendMail({ ...letter, html: undefined, textEncoding, to: ['ann@x.cn', 'bob@x.cn'] });
    const all = await messages();
    assert.deepEqual(all.map((m) => m.to), ['bob@x.cn', 'ann@x.cn']);
    assert.equal(all[0].text.replaceAll('\r\n', '\n').trimEnd(), letter.text);
  });
}

test('faults', async () => {
  await g.fault('mail-refuse');
  await assert.rejects(post().sendMail(letter), (e) => e.responseCode === 550);
  await g.fault('mail-html');
  await assert.rejects(post().sendMail(letter));
  await g.fault('mail-cut');
  await assert.rejects(post().sendMail(letter));
  await g.fault('mail-hang', 1, 1500);
  await assert.rejects(post().sendMail(letter), (e) => e.code === 'ETIMEDOUT');
  assert.equal((await messages()).length, 0);
  await post().sendMail(letter);
  assert.equal((await messages()).length, 1);
});

/** Says lines as they are, one after the other's answer; resolves with what was answered until the end. */
const talk = (...lines) => new Promise((done, fail) => {
  const socket = connect(Number(g.settings['mail.port']), '127.0.0.1');
  let said = '';
  socket.setTimeout(5000, () => fail(new Error(`silent after ${said}`)));
  socket.on('data', (bytes) => {
    said += bytes;
    if (/(^|\n)\d{3} [^\n]*\n$/.test(said) && lines.length) socket.write(lines.shift());
  });
  socket.on('close', () => done(said));
  socket.on('error', () => done(said));
});

test('too much is refused, and ends', async () => {
  assert.match(await talk('EHLO a\r\n', `MAIL FROM:<${'x'.repeat(300)}@x.cn>\r\n`, 'QUIT\r\n'), /501 [^\n]*\n221/);
  assert.match(await talk(`NOOP ${'x'.repeat(5000)}\r\n`), /500 a line is too long/);
  assert.match(await talk('RCPT TO:<a@x.cn>\r\n', 'DATA\r\n', 'QUIT\r\n'), /503 [^\n]*\n503 [^\n]*\n221/);
  assert.match(await talk('EHLO a\r\n', 'MAIL FROM:<a@x.cn>\r\n', 'RCPT TO:<b@x.cn>\r\n', 'DATA\r\n', `${`${'y'.repeat(1000)}\r\n`.repeat(1100)}.\r\n`, 'QUIT\r\n'), /552 [^\n]*\n221/);
  assert.match(await talk('NOOP\r\n'.repeat(600)), /421 enough\r\n$/);
  assert.equal((await messages()).length, 0);
});

const sms = async (body, { key = secret, time = Math.floor(Date.now() / 1000), sent = body } = {}) => {
  const answer = await fetch(g.settings['sms.url'], { method: 'POST', body: sent, headers: { 'content-type': 'application/json', 'x-zhifang-timestamp': `${time}`,
    'x-zhifang-signature': `v1=${createHmac('sha256', key).update(`${time}.${body}`).digest('hex')}` } });
  return { status: answer.status, text: await answer.text() };
};
const short = JSON.stringify({ id: 'a', to: '13800138000', text: '【知坊】验证码 314159，10 分钟内有效。', language: 'zh-CN', template: '', params: { code: '314159' } });

test('an SMS, signed', async () => {
  assert.deepEqual(await sms(short), { status: 200, text: '{"ok":true}' });
  const [message] = await messages('13800138000');
  assert.equal(message.code, '314159');
  assert.equal((await sms(short, { key: 'other' })).status, 401);
  assert.equal((await sms(short, { sent: short.replace('314159', '000000') })).status, 401);
  assert.equal((await sms(short, { time: Math.floor(Date.now() / 1000) - 400 })).status, 401);
  assert.equal((await sms('{"id":"a"}')).status, 422);
  assert.equal((await messages()).length, 1);
});

test('SMS faults', async () => {
  await g.fault('sms-html');
  assert.match((await sms(short)).text, /<h1>/);
  await g.fault('sms-error');
  assert.deepEqual(await sms(short), { status: 200, text: '{"ok":false,"error":"no credit"}' });
  await g.fault('sms-refuse');
  assert.equal((await sms(short)).status, 403);
  await g.fault('sms-hang', 1, 400);
  const start = Date.now();
  assert.equal((await sms(short)).status, 200);
  assert.ok(Date.now() - start >= 390);
  assert.equal((await messages()).length, 1);
});

test('the page shows it, escaped; the oldest of more than 200 go', async () => {
  await sms(JSON.stringify({ id: 'b', to: '13800138000', text: '<script>alert(1)</script>' }));
  const page = await (await fetch(`${g.base}/sandbox/inbox`, { headers: { 'accept-language': 'en' } })).text();
  assert.match(page, /Sandbox inbox/);
  assert.match(page, /&lt;script&gt;/);
  assert.doesNotMatch(page, /<script/);
  for (let i = 0; i < 205; i++) await sms(JSON.stringify({ id: `${i}`, to: '13800138000', text: `${i}` }));
  const all = await messages();
  assert.equal(all.length, 200);
  assert.equal(all[0].text, '204');
});
