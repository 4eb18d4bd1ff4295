#!/usr/bin/env python3
"""A small FHIR server that exports in bulk, or does not, well or badly: the peer that pulls are tested against.

Prints one line, "port N", and serves until it is killed. Everything that it does wrong is asked for by an option.
GET /_log tells the requests that came, POST /_change changes and deletes records.
"""

import argparse
import base64
import datetime
import email.utils
import gzip
import http.server
import json
import re
import threading
import time
import urllib.parse


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--patients", type=int, default=20)
    add("--observations", type=int, default=5, help="of each patient")
    add("--lines-per-file", type=int, default=40)
    add("--stu", type=int, default=3, choices=[2, 3, 4])
    add("--polls", type=int, default=1, help="how often an export is not done yet")
    add("--retry-after", default="0", help="seconds, 'date', or 'none'")
    add("--busy", type=int, default=0, help="how many polls are answered 429")
    add("--pages", type=int, default=0, help="files of a manifest's page; 0 for all")
    add("--break-after", type=int, default=0, help="bytes of a file after which the connection is cut")
    add("--breaks", type=int, default=3, help="how often each file is cut")
    add("--no-ranges", action="store_true")
    add("--etag", default="strong", choices=["strong", "weak", "none"])
    add("--gzip", action="store_true", help="code files and pages for clients that take it")
    add("--expire-links", type=int, default=0, help="files after which the links given out so far are refused")
    add("--expire-export", action="store_true", help="then the export is gone, too")
    add("--change-manifest", action="store_true", help="a manifest that is read again shows a later moment")
    add("--wrong-length", type=int, default=0, help="how many answers promise more bytes than they have")
    add("--wrong-range", action="store_true", help="ranges begin somewhere else than asked for")
    add("--fail-files", type=int, default=0, help="how many requests for files are answered 503")
    add("--outcomes", action="store_true", help="a file with an OperationOutcome")
    add("--no-export", type=int, default=0, help="the status of every request to export")
    add("--auth", action="store_true", help="tokens are asked for")
    add("--token-seconds", type=int, default=300)
    add("--token-uses", type=int, default=0, help="requests after which a token is no more good")
    add("--files-without-token", action="store_true", help="requiresAccessToken is false")
    add("--page-count", type=int, default=7, help="resources of a search's page at most")
    add("--hostile", default="", choices=[
        "", "private-file", "redirect-private", "redirect-loop", "endless-pages", "endless-search", "giant-file",
        "other-origin", "bad-json", "huge-manifest", "bad-status", "script-link", "no-location"])
    add("--delay", type=float, default=0, help="seconds before each answer")
    return parser.parse_args()


def instant(seconds):
    moment = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + "%06dZ" % moment.microsecond


def seconds_of(text):
    match = re.match(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)$", text)
    if not match:
        raise ValueError(text)
    whole = datetime.datetime.fromisoformat(match[1] + ("+00:00" if match[3] == "Z" else match[3]))
    return whole.timestamp() + float(match[2] or 0)


class Records:
    """Patients with their observations, and when each was last changed."""

    def __init__(self, options):
        self.lock = threading.RLock()
        self.items = {}  # (type, id) → (resource or None, moment)
        now = time.time() - 3600
        for number in range(options.patients):
            name = "p%d" % number
            self.put({"resourceType": "Patient", "id": name, "active": True,
                      "name": [{"family": "Peer%d" % number, "given": ["Pat"]}]}, now)
            for count in range(options.observations):
                self.put({"resourceType": "Observation", "id": "o%d-%d" % (number, count), "status": "final",
                          "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]},
                          "subject": {"reference": "Patient/" + name},
                          "valueQuantity": {"value": 60 + count, "unit": "/min"}}, now)

    def put(self, resource, moment=None):
        with self.lock:
            moment = moment or time.time()
            resource = dict(resource, meta={"lastUpdated": instant(moment)})
            self.items[(resource["resourceType"], resource["id"])] = (resource, moment)

    def delete(self, type_name, name):
        with self.lock:
            self.items[(type_name, name)] = (None, time.time())

    def select(self, types=None, since=None):
        with self.lock:
            return [(key, resource) for key, (resource, moment) in sorted(self.items.items())
                    if (not types or key[0] in types) and (since is None or moment >= since)]


class Export:
    """One export: its files, made when it was asked for."""

    def __init__(self, peer, query, level):
        options = peer.options
        with peer.lock:
            peer.exports_made += 1
            self.name = str(peer.exports_made)
        self.polls = options.polls
        self.busy = options.busy
        self.signature = 1
        self.served = 0
        self.is_gone = False
        self.moment = time.time()
        self.reads = 0
        types = set(filter(None, ",".join(query.get("_type", [])).split(",")))
        since = seconds_of(query["_since"][0]) if "_since" in query else None
        self.files = []  # (section, type, name, bytes)
        by_type = {}
        deleted = []
        for (type_name, name), resource in peer.records.select(types, since):
            if level == "patients" and type_name not in ("Patient", "Observation"):
                continue
            if resource is None:
                deleted.append("%s/%s" % (type_name, name))
            else:
                by_type.setdefault(type_name, []).append(resource)
        for type_name, resources in sorted(by_type.items()):
            step = options.lines_per_file
            for place, start in enumerate(range(0, len(resources), step)):
                lines = [json.dumps(item) for item in resources[start:start + step]]
                self.files.append(("output", type_name, "%s.%d.ndjson" % (type_name, place), lines))
        if deleted and since is not None:
            bundle = {"resourceType": "Bundle", "type": "transaction",
                      "entry": [{"request": {"method": "DELETE", "url": url}} for url in deleted]}
            self.files.append(("deleted", "Bundle", "deleted.ndjson", [json.dumps(bundle)]))
        if options.outcomes:
            outcome = {"resourceType": "OperationOutcome",
                       "issue": [{"severity": "error", "code": "processing", "details": {"text": "one was lost"}}]}
            self.files.append(("outcome" if options.stu == 4 else "error", "OperationOutcome", "outcome.ndjson",
                               [json.dumps(outcome)]))
        self.query = query

    def manifest(self, peer, page):
        options = peer.options
        self.reads += 1
        moment = self.moment + (self.reads if options.change_manifest else 0)
        value = {"transactionTime": instant(moment), "requiresAccessToken":
                 bool(options.auth and not options.files_without_token)}
        if options.stu < 4:
            value["request"] = peer.base + "/$export"
        else:
            value["manifestType"] = "http://hl7.org/fhir/uv/bulkdata/OperationDefinition/export"
            value["outputFormat"] = "application/fhir+ndjson"
        sections = ["output", "outcome" if options.stu == 4 else "error"] + (["deleted"] if options.stu > 2 else [])
        for section in sections:
            value[section] = []
        files = self.files
        if options.pages:
            files = files[page * options.pages:(page + 1) * options.pages]
            if (page + 1) * options.pages < len(self.files):
                value["link"] = [{"relation": "next", "url": "%s/jobs/%s?page=%d" % (peer.origin, self.name, page + 1)}]
        for section, type_name, name, lines in files:
            if section not in value:
                continue
            entry = {"type": type_name, "count": len(lines),
                     "url": "%s/files/%s/%s?sig=%d" % (peer.origin, self.name, name, self.signature)}
            if options.stu == 4:
                entry["fileSize"] = len(self.content(lines))
            value[section].append(entry)
        self.spoil(peer, value, page)
        return value

    def spoil(self, peer, value, page):
        hostile = peer.options.hostile
        output = value["output"]
        if hostile == "private-file":
            output.append({"type": "Patient", "url": "http://169.254.169.254/latest/meta-data"})
        elif hostile == "script-link":
            output.append({"type": "Patient", "url": "file:///etc/passwd"})
        elif hostile == "other-origin":
            value["requiresAccessToken"] = True
            output.append({"type": "Patient", "url": peer.origin.replace("127.0.0.1", "localhost") + "/steal"})
        elif hostile in ("redirect-private", "redirect-loop", "giant-file"):
            output.append({"type": "Patient", "url": peer.origin + "/" + hostile})
        elif hostile == "endless-pages":
            value["link"] = [{"relation": "next", "url": "%s/jobs/%s?page=%d" % (peer.origin, self.name, page + 1)}]
            for section in ("output", "error", "outcome", "deleted"):
                if section in value:
                    value[section] = []

    @staticmethod
    def content(lines):
        return ("\n".join(lines) + "\n").encode()


class Peer:
    def __init__(self, options):
        self.options = options
        self.lock = threading.RLock()
        self.records = Records(options)
        self.exports = {}
        self.exports_made = 0
        self.log = []
        self.tokens = {}
        self.tokens_made = 0
        self.assertions = set()
        self.cuts = {}
        self.wrong_lengths = options.wrong_length
        self.failures = options.fail_files
        self.origin = ""
        self.base = ""


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    peer = None

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.route("GET")

    def do_POST(self):
        self.route("POST")

    def do_DELETE(self):
        self.route("DELETE")

    def route(self, method):
        peer = self.peer
        parts = urllib.parse.urlsplit(self.path)
        path = parts.path
        query = urllib.parse.parse_qs(parts.query)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if path.startswith("/_"):
            return self.control(path, body)
        with peer.lock:
            peer.log.append({"method": method, "path": path, "query": parts.query,
                             "range": self.headers.get("Range"), "ifRange": self.headers.get("If-Range"),
                             "ifNoneMatch": self.headers.get("If-None-Match"),
                             "authorization": bool(self.headers.get("Authorization")),
                             "host": self.headers.get("Host")})
        if peer.options.delay:
            time.sleep(peer.options.delay)
        if path == "/fhir/.well-known/smart-configuration":
            return self.json(200, {"token_endpoint": peer.origin + "/token",
                                   "token_endpoint_auth_methods_supported": ["private_key_jwt"],
                                   "capabilities": ["client-confidential-asymmetric"]})
        if path == "/token":
            return self.token(body)
        if path.startswith("/files/"):
            return self.file(path, query)
        if path == "/steal":
            return self.text(200, b"", "application/fhir+ndjson")
        if path == "/redirect-private":
            return self.redirect("http://10.0.0.1/secret")
        if path == "/redirect-loop":
            return self.redirect(peer.origin + "/redirect-loop")
        if path == "/giant-file":
            return self.giant()
        if not self.is_known():
            return self.problem(401, "login", "no good token")
        if path.startswith("/jobs/"):
            return self.job(method, path, query)
        if path == "/fhir/metadata":
            return self.metadata()
        match = re.match(r"/fhir/(?:(Patient)/|Group/([^/]+)/)?\$export$", path)
        if match:
            return self.export(query, match)
        match = re.match(r"/fhir/([A-Za-z]+)$", path)
        if match and method == "GET":
            return self.search(match[1], query)
        self.problem(404, "not-found", "nothing here")

    def control(self, path, body):
        peer = self.peer
        if path == "/_log":
            with peer.lock:
                return self.json(200, {"requests": peer.log, "exports": peer.exports_made, "tokens": peer.tokens_made})
        if path == "/_change":
            order = json.loads(body)
            for resource in order.get("put", []):
                peer.records.put(resource)
            for reference in order.get("delete", []):
                peer.records.delete(*reference.split("/"))
            return self.json(200, {})
        self.problem(404, "not-found", "nothing here")

    # Tokens

    def token(self, body):
        peer = self.peer
        form = urllib.parse.parse_qs(body.decode())
        assertion = form.get("client_assertion", [""])[0]
        try:
            claims = json.loads(base64.urlsafe_b64decode(assertion.split(".")[1] + "=="))
            header = json.loads(base64.urlsafe_b64decode(assertion.split(".")[0] + "=="))
            assert form["grant_type"] == ["client_credentials"]
            assert form["client_assertion_type"] == ["urn:ietf:params:oauth:client-assertion-type:jwt-bearer"]
            assert claims["aud"] == peer.origin + "/token" and claims["iss"] == claims["sub"]
            assert time.time() < claims["exp"] <= time.time() + 300
            assert header["alg"] in ("ES384", "RS384") and header["kid"]
            with peer.lock:
                assert claims["jti"] not in peer.assertions
                peer.assertions.add(claims["jti"])
        except (AssertionError, KeyError, IndexError, ValueError):
            return self.json(400, {"error": "invalid_client"})
        with peer.lock:
            peer.tokens_made += 1
            token = "token-%d" % peer.tokens_made
            peer.tokens[token] = [time.time() + peer.options.token_seconds, peer.options.token_uses or 1 << 30]
        self.json(200, {"access_token": token, "token_type": "bearer", "expires_in": peer.options.token_seconds,
                        "scope": form.get("scope", [""])[0]})

    def is_known(self):
        peer = self.peer
        if not peer.options.auth:
            return True
        token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
        with peer.lock:
            facts = peer.tokens.get(token)
            if not facts or facts[0] < time.time() or facts[1] <= 0:
                return False
            facts[1] -= 1
            return True

    # Exports

    def export(self, query, match):
        peer = self.peer
        if peer.options.no_export:
            return self.problem(peer.options.no_export, "not-supported", "no exports here")
        if "respond-async" not in (self.headers.get("Prefer") or ""):
            return self.problem(400, "required", "send Prefer: respond-async")
        if match[2] and match[2] != "g1":
            return self.problem(404, "not-found", "no such group")
        made = Export(peer, query, "patients" if match[1] or match[2] else "system")
        with peer.lock:
            peer.exports[made.name] = made
        where = "%s/jobs/%s" % (peer.origin, made.name)
        self.text(202, b"", None, {} if peer.options.hostile == "no-location" else {"Content-Location": where})

    def job(self, method, path, query):
        peer = self.peer
        made = peer.exports.get(path.split("/")[2])
        if not made or made.is_gone:
            return self.problem(404, "not-found", "no such export")
        if method == "DELETE":
            made.is_gone = True
            return self.text(202, b"", None)
        if peer.options.hostile == "bad-status":
            return self.problem(500, "exception", "the export failed")
        pause = peer.options.retry_after
        headers = {} if pause == "none" else {
            "Retry-After": email.utils.formatdate(time.time(), usegmt=True) if pause == "date" else pause}
        with peer.lock:
            if made.busy > 0:
                made.busy -= 1
                return self.problem(429, "throttled", "too often", headers)
            if made.polls > 0:
                made.polls -= 1
                return self.text(202, b"", None, dict(headers, **{"X-Progress": "%d polls to go" % made.polls}))
        if peer.options.hostile == "bad-json":
            return self.text(200, b'{"transactionTime":', "application/json")
        if peer.options.hostile == "huge-manifest":
            return self.text(200, b'{"x":"' + b"y" * (40 << 20) + b'"}', "application/json")
        page = int(query.get("page", ["0"])[0])
        if page == 0 and made.served:
            with peer.lock:
                made.signature += 1
                made.served = 0
        self.json(200, made.manifest(peer, page), {"Expires": email.utils.formatdate(time.time() + 60, usegmt=True)})

    def file(self, path, query):
        peer = self.peer
        options = peer.options
        _, _, job, name = path.split("/")
        made = peer.exports.get(job)
        if not made or made.is_gone:
            return self.problem(404, "not-found", "no such export")
        if options.auth and not options.files_without_token and not self.is_known():
            return self.problem(401, "login", "no good token")
        if options.files_without_token and self.headers.get("Authorization"):
            return self.problem(400, "security", "a token that should not have been sent")
        with peer.lock:
            if options.expire_links and made.served >= options.expire_links and made.signature == 1:
                if options.expire_export and job == "1":
                    made.is_gone = True
                return self.problem(403, "expired", "the link has expired")
            if query.get("sig") != [str(made.signature)]:
                return self.problem(403, "expired", "the link has expired")
            if peer.failures > 0:
                peer.failures -= 1
                return self.problem(503, "transient", "not now", {"Retry-After": "0"})
        found = [entry for entry in made.files if entry[2] == name]
        if not found:
            return self.problem(404, "not-found", "no such file")
        content = Export.content(found[0][3])
        headers = {"Accept-Ranges": "none" if options.no_ranges else "bytes"}
        tag = '"%08x"' % (hash(content) & 0xFFFFFFFF)
        if options.etag != "none":
            headers["ETag"] = tag if options.etag == "strong" else "W/" + tag
        if options.etag == "strong" and self.headers.get("If-None-Match") == tag:
            return self.text(304, b"", None, headers)
        status = 200
        wanted = re.match(r"bytes=(\d+)-(\d*)$", self.headers.get("Range") or "")
        if_range = self.headers.get("If-Range")
        if wanted and not options.no_ranges and (if_range is None or if_range == headers.get("ETag")):
            first = int(wanted[1])
            if first >= len(content):
                return self.text(416, b"", None, {"Content-Range": "bytes */%d" % len(content)})
            if options.wrong_range:
                first = max(0, first - 3)
            headers["Content-Range"] = "bytes %d-%d/%d" % (first, len(content) - 1, len(content))
            content = content[first:]
            status = 206
        elif options.gzip and "gzip" in (self.headers.get("Accept-Encoding") or ""):
            content = gzip.compress(content)
            headers["Content-Encoding"] = "gzip"
            headers.pop("ETag", None)
        self.begin(status, "application/fhir+ndjson", headers, len(content) + (
            7 if self.takes("wrong_lengths") else 0))
        key = (job, name)
        limit = options.break_after
        with peer.lock:
            cuts = peer.cuts.get(key, 0)
            is_cut = limit and cuts < options.breaks and len(content) > limit
            if is_cut:
                peer.cuts[key] = cuts + 1
        self.wfile.write(content[:limit] if is_cut else content)
        self.wfile.flush()
        if is_cut or self.promised > len(content):
            self.close_connection = True
            return self.connection.close()
        with peer.lock:
            made.served += 1

    def takes(self, counter):
        with self.peer.lock:
            left = getattr(self.peer, counter)
            setattr(self.peer, counter, max(0, left - 1))
            return left > 0

    def giant(self):
        self.begin(200, "application/fhir+ndjson", {}, 1 << 50)
        piece = b'{"resourceType":"Patient","id":"x"}\n' * 30_000
        try:
            while True:
                self.wfile.write(piece)
        except OSError:
            self.close_connection = True

    # Searches

    def metadata(self):
        resources = [{"type": name, "interaction": [{"code": "read"}, {"code": "search-type"}]}
                     for name in ("Patient", "Observation")]
        self.json(200, {"resourceType": "CapabilityStatement", "status": "active", "kind": "instance",
                        "fhirVersion": "4.0.1", "format": ["json"], "date": instant(time.time()),
                        "rest": [{"mode": "server", "resource": resources}]})

    def search(self, type_name, query):
        peer = self.peer
        since = None
        for value in query.get("_lastUpdated", []):
            if value.startswith("ge"):
                since = seconds_of(value[2:])
        found = [resource for _, resource in peer.records.select({type_name}, since) if resource]
        count = min(int(query.get("_count", ["10"])[0]), peer.options.page_count)
        start = int(query.get("_offset", ["0"])[0])
        value = {"resourceType": "Bundle", "type": "searchset", "total": len(found), "link": [
            {"relation": "self", "url": peer.origin + self.path}], "entry": [
            {"fullUrl": "%s/%s/%s" % (peer.base, type_name, item["id"]), "resource": item, "search": {"mode": "match"}}
            for item in found[start:start + count]]}
        if start + count < len(found) or peer.options.hostile == "endless-search":
            following = dict(query, _offset=[str(start + count)])
            # A relative address, as some servers write it.
            value["link"].append({"relation": "next", "url": "/fhir/%s?%s" % (
                type_name, urllib.parse.urlencode(following, doseq=True))})
        self.json(200, value, content_type="application/fhir+json")

    # Answers

    def begin(self, status, content_type, headers, length):
        self.promised = length
        self.send_response(status)
        if content_type:
            self.send_header("Content-Type", content_type)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def text(self, status, body, content_type, headers=None):
        self.begin(status, content_type, headers, len(body))
        self.wfile.write(body)

    def json(self, status, value, headers=None, content_type="application/json"):
        body = json.dumps(value).encode()
        headers = dict(headers or {})
        if self.peer.options.gzip and "gzip" in (self.headers.get("Accept-Encoding") or ""):
            body = gzip.compress(body)
            headers["Content-Encoding"] = "gzip"
        self.text(status, body, content_type, headers)

    def problem(self, status, code, words, headers=None):
        self.json(status, {"resourceType": "OperationOutcome", "issue": [
            {"severity": "error", "code": code, "details": {"text": words}}]}, headers, "application/fhir+json")

    def redirect(self, location):
        self.text(302, b"", None, {"Location": location})


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_):
        pass  # clients that go away are what this server is for


def main():
    peer = Peer(arguments())
    Handler.peer = peer
    server = Server(("127.0.0.1", 0), Handler)
    peer.origin = "http://127.0.0.1:%d" % server.server_address[1]
    peer.base = peer.origin + "/fhir"
    print("port %d" % server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
