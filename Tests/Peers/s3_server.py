"""A store for tests that speaks enough of S3 to read objects: it checks AWS Signature Version 4 by itself.

Prints {"port"} first. The bucket "ward" holds "a b/ü+=~.bin" with 100,000 known bytes; "changing.bin" has another ETag at
each request; "busy.bin" answers 503, "moved.bin" 301; "lying.bin" answers ranges with other ranges.
"""

import hashlib
import hmac
import json
import sys
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KEYS = {"AKIDEXAMPLE": ("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "session+token/=="), "PLAIN": ("plain", None)}
CONTENT = bytes((index * 31 + index // 256) % 256 for index in range(100_000))


def sign(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    count = 0

    def refusal(self):
        """Why the request's signature is not right; None if it is."""
        words = self.headers.get("Authorization", "").split(" ", 1)
        if len(words) != 2 or words[0] != "AWS4-HMAC-SHA256":
            return "no signature"
        parts = dict(part.strip().split("=", 1) for part in words[1].split(","))
        key_id, day, region, service, end = parts["Credential"].split("/")
        if key_id not in KEYS or (region, service, end) != ("eu-test-1", "s3", "aws4_request"):
            return "scope"
        secret, token = KEYS[key_id]
        if self.headers.get("x-amz-security-token") != token:
            return "token"
        names = parts["SignedHeaders"].split(";")
        if not {"host", "x-amz-date", "x-amz-content-sha256"} <= set(names) or names != sorted(names):
            return "headers"
        if token and "x-amz-security-token" not in names:
            return "token is not signed"
        path, _, query = self.path.partition("?")
        fields = "".join(f"{name}:{' '.join(self.headers[name].split())}\n" for name in names)
        canonical = "\n".join([
            self.command, path, query, fields, parts["SignedHeaders"], self.headers["x-amz-content-sha256"]])
        date = self.headers["x-amz-date"]
        text = "\n".join([
            "AWS4-HMAC-SHA256", date, f"{day}/{region}/{service}/aws4_request",
            hashlib.sha256(canonical.encode()).hexdigest()])
        key = ("AWS4" + secret).encode()
        for part in (day, region, service, "aws4_request"):
            key = sign(key, part)
        expected = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
        return None if hmac.compare_digest(expected, parts["Signature"]) else "signature"

    def answer(self, status, body=b"", fields=()):
        self.send_response(status)
        for name, value in fields:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_GET(self):
        refusal = self.refusal()
        if refusal:
            return self.answer(403, f"<Error><Message>{refusal}</Message></Error>".encode())
        name = urllib.parse.unquote(self.path)
        if name == "/ward/busy.bin":
            return self.answer(503, b"<Error><Code>SlowDown</Code></Error>")
        if name == "/ward/moved.bin":
            return self.answer(301, b"", [("Location", "https://elsewhere.example/")])
        if name not in ("/ward/a b/ü+=~.bin", "/ward/changing.bin", "/ward/lying.bin"):
            return self.answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
        Handler.count += 1
        tag = f'"{Handler.count}"' if name == "/ward/changing.bin" else '"fixed"'
        if self.headers.get("If-Match") not in (None, tag):
            return self.answer(412, b"<Error><Code>PreconditionFailed</Code></Error>")
        span = self.headers.get("Range")
        if not span:
            return self.answer(200, CONTENT, [("ETag", tag)])
        first, last = (int(number) for number in span.removeprefix("bytes=").split("-"))
        if name == "/ward/lying.bin":
            first, last = first + 1, last + 1
        return self.answer(206, CONTENT[first:last + 1], [
            ("ETag", tag), ("Content-Range", f"bytes {first}-{last}/{len(CONTENT)}")])

    do_HEAD = do_GET

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
threading.Thread(target=server.serve_forever, daemon=True).start()
print(json.dumps({"port": server.server_port}), flush=True)
sys.stdin.read()
