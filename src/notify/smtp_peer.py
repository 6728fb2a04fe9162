"""smtp_peer.py MODE [CERTIFICATE KEY] - somebody else's mail server (aiosmtpd) and somebody else's reading of a mail (Python's
email), for mail_test.c. MODE: plain, login, starttls, tls. Prints its port, then a line of JSON for each mail; ends with its input."""
import asyncio
import email
import email.header
import email.policy
import email.utils
import json
import os
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

mode = sys.argv[1]


def name_of(raw):
    # not by policy.default, which keeps the blank between two encoded words of a name (RFC 2047, 6.2, drops it)
    name = email.utils.parseaddr(email.message_from_bytes(raw)['from'])[0]
    return str(email.header.make_header(email.header.decode_header(name)))


class Inbox:
    async def handle_DATA(self, server, session, envelope):
        raw = envelope.content
        mail = email.message_from_bytes(raw, policy=email.policy.default)
        parts = [p for p in mail.walk() if not p.is_multipart()]
        print(json.dumps({
            'sender': envelope.mail_from, 'to': envelope.rcpt_tos, 'hello': session.host_name, 'tls': server.transport.get_extra_info('cipher') is not None,
            'user': session.auth_data.decode() if session.auth_data else None,
            'names': [name for name in mail.keys()], 'subject': mail['subject'], 'from': str(mail['from']),
            'from_name': name_of(raw), 'from_address': mail['from'].addresses[0].addr_spec,
            'to_header': str(mail['to']), 'date': mail['date'].datetime.isoformat(), 'id': mail['message-id'],
            'auto': mail['auto-submitted'], 'defects': [str(d) for p in mail.walk() for d in p.defects]
            + [str(d) for v in mail.values() for d in v.defects],
            'types': [p.get_content_type() for p in parts], 'outer': mail.get_content_type(),
            'text': parts[0].get_content().replace('\r\n', '\n'), 'html': parts[1].get_content() if len(parts) > 1 else None,
            'longest': max(len(line) for line in raw.split(b'\r\n')), 'bare': raw.replace(b'\r\n', b'').count(b'\n'),
            'ascii': all(c < 128 for c in raw),
        }), flush=True)
        return '250 taken'


def who(server, session, envelope, mechanism, data):
    good = (data.login, data.password) == (b'shop', 'geheim: 密码'.encode())
    session.auth_data = data.login if good else None
    return AuthResult(success=good, handled=False, auth_data=data.login)


def options():
    if mode == 'plain':
        return {}, None
    if mode == 'login':
        return {'authenticator': who, 'auth_required': True, 'auth_require_tls': False}, None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[2], sys.argv[3])
    if mode == 'starttls':
        return {'tls_context': context, 'require_starttls': True, 'authenticator': who, 'auth_required': True}, None
    return {'authenticator': who, 'auth_required': True, 'auth_require_tls': False}, context


async def main():
    more, outer = options()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(Inbox(), hostname='peer.test', loop=loop, **more), '127.0.0.1', 0, ssl=outer)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    os._exit(0)  # connections that are still open are nobody's business any more


asyncio.run(main())
