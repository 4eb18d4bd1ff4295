"""People at a browser: they sign in and answer the pages at which they let an app in."""

import html.parser
import subprocess
import urllib.parse

import requests

PASSWORD = "a long walk by the grey sea 41"


def martlet(server, *words, given=None):
    """Runs a command of the program on the server's store and returns what it said."""
    done = subprocess.run([server.program, *words, "--data", server.data], input=given, check=False,
                          capture_output=True, text=True)
    assert done.returncode == 0, f"martlet {words}: {done.stderr}"
    return done.stdout


class Form(html.parser.HTMLParser):
    """The first form of a page: where it is posted to and its fields as the browser would send them."""

    def __init__(self, text):
        super().__init__()
        self.action, self.fields, self.asked = None, [], set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        facts = dict(attributes)
        if tag == "form" and self.action is None:
            self.action = facts["action"]
        name = facts.get("name")
        if tag != "input" or not name:
            return
        kind = facts.get("type", "text")
        if kind == "hidden":
            self.fields.append((name, facts.get("value", "")))
        elif kind == "checkbox":
            # What a person allows is theirs to tick.
            self.fields.append((name, facts.get("value", "on")))
        elif kind in ("text", "search"):
            self.asked.add(name)


class Person:
    def __init__(self, server, name, password=PASSWORD):
        self.server = server
        self.browser = requests.Session()
        answer = self.browser.post(server.address + "/api/v1/sessions", json={"name": name, "password": password})
        assert answer.status_code == 201, (answer.status_code, answer.text)
        self.csrf = answer.json()["csrfToken"]

    def post(self, path, body):
        return self.browser.post(self.server.address + path, json=body, headers={"X-CSRF-Token": self.csrf})

    def page(self, url):
        """The page at which this person allows or denies."""
        answer = self.browser.get(url, allow_redirects=False)
        assert answer.status_code == 200, (answer.status_code, answer.headers.get("Location"), answer.text)
        assert answer.headers["X-Frame-Options"] == "DENY", "the page can be shown within another"
        return Form(answer.text)

    def decide(self, url, decision="allow", patient=None, leaving_out=()):
        """Answers the page and returns where the browser is sent."""
        form = self.page(url)
        fields = [field for field in form.fields if field[1] not in leaving_out]
        if patient is not None:
            assert "patient" in form.asked, "the page asks for no patient"
            fields.append(("patient", patient))
        answer = self.browser.post(urllib.parse.urljoin(url, form.action), data=fields + [("decision", decision)],
                                   allow_redirects=False)
        assert answer.status_code == 303, (answer.status_code, answer.text)
        return answer.headers["Location"]


def parameters(url):
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query))
