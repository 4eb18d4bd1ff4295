"""A mail server for tests: aiosmtpd on a free port of this machine.

Prints one JSON object a line: first {"port"}, then one for each message that it took, as Python's own reader of mails
understands it. Modes: ok; refuse (550 to every recipient); later N (451 to the first N); slow (takes the message and
says nothing for a minute); drop N (cuts the first N connections off within the message).
"""

import argparse
import asyncio
import email
import email.header
import email.policy
import email.utils
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult


def say(value):
    print(json.dumps(value), flush=True)


class Handler:
    def __init__(self, mode, count):
        self.mode = mode
        self.left = count

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.mode == "refuse":
            return "550 5.1.1 no such user"
        if self.mode == "later" and self.left > 0:
            self.left -= 1
            return "451 4.3.0 try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.mode == "slow":
            await asyncio.sleep(60)
        if self.mode == "drop" and self.left > 0:
            self.left -= 1
            server.transport.abort()
            return "421 gone"
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        # The reader of addresses puts spaces between encoded words, so names are read by the older one.
        recipient = email.message_from_bytes(envelope.content)["To"].replace("\r\n", "").replace("\n", "")
        name = email.utils.parseaddr(recipient)[0]
        say({
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "tls": session.ssl is not None,
            "login": getattr(session, "auth_data", None) and session.auth_data.login.decode(),
            "subject": message["Subject"],
            "names": [str(email.header.make_header(email.header.decode_header(name)))],
            "fields": sorted(set(name.lower() for name in message.keys())),
            "automatic": message["Auto-Submitted"],
            "date": message["Date"].datetime.isoformat(),
            "defects": len(message.defects) + sum(len(value.defects) for value in message.values()),
            "text": message.get_content().replace("\r\n", "\n"),
            "longest": max(len(line) for line in envelope.content.split(b"\r\n")),
        })
        return "250 OK"


async def main(arguments):
    tls = None
    if arguments.certificate:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(arguments.certificate, arguments.key)

    def authenticate(server, session, envelope, mechanism, data):
        given = f"{data.login.decode()}:{data.password.decode()}"
        if arguments.login and given == arguments.login:
            return AuthResult(success=True, auth_data=data)
        return AuthResult(success=False, handled=False)

    handler = Handler(arguments.mode, arguments.count)

    def serve():
        return SMTP(
            handler, hostname="mail.test", tls_context=None if arguments.implicit else tls,
            require_starttls=tls is not None and not arguments.implicit, authenticator=authenticate,
            auth_required=arguments.login is not None, auth_require_tls=tls is not None and not arguments.implicit,
        )

    server = await asyncio.get_running_loop().create_server(
        serve, "127.0.0.1", 0, ssl=tls if arguments.implicit else None)
    say({"port": server.sockets[0].getsockname()[1]})
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


parser = argparse.ArgumentParser()
parser.add_argument("--mode", default="ok")
parser.add_argument("--count", type=int, default=0)
parser.add_argument("--certificate")
parser.add_argument("--key")
parser.add_argument("--implicit", action="store_true")
parser.add_argument("--login")
asyncio.run(main(parser.parse_args()))
