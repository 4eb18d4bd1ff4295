#!/usr/bin/env python3
"""Apps and systems that sign in with authlib, honest ones and others: exit code 1 where one is wrong."""

import base64
import hashlib
import json
import os
import sys
import time

# The server under test is on the loopback, without TLS.
os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"

import requests
from authlib.common.security import generate_token
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey

from live_server import LiveServer
from people import Person, martlet, parameters
from ward import Ward

BACK = "http://127.0.0.1:9/back"


class Assertion(PrivateKeyJWT):
    """authlib's own lasts an hour; SMART allows five minutes."""

    def sign(self, auth, token_endpoint):
        self.claims = {"exp": int(time.time()) + 240}
        return super().sign(auth, token_endpoint)


def discovery(server):
    facts = requests.get(server.base + "/.well-known/smart-configuration", timeout=10).json()
    assert facts == requests.get(server.address + "/.well-known/smart-configuration", timeout=10).json()
    assert facts["code_challenge_methods_supported"] == ["S256"]
    assert {"launch-ehr", "launch-standalone", "client-confidential-asymmetric"} <= set(facts["capabilities"])
    return facts


def refused(work, error):
    try:
        work()
    except OAuthError as found:
        assert found.error == error, found.error
        return
    raise AssertionError(f"nothing was refused, {error} is due")


def app(facts, client_id, scope, secret=None):
    return OAuth2Session(client_id, client_secret=secret, redirect_uri=BACK, scope=scope, code_challenge_method="S256",
                         token_endpoint_auth_method="client_secret_basic" if secret else "none",
                         revocation_endpoint_auth_method="client_secret_basic" if secret else "none")


def ask(session, facts, server, **more):
    verifier = generate_token(64)
    url, state = session.create_authorization_url(facts["authorization_endpoint"], code_verifier=verifier,
                                                  aud=server.base, nonce="n-1", **more)
    return url, state, verifier


def public_app(ward, facts):
    server = ward.server
    scope = "openid fhirUser launch/patient offline_access patient/Patient.rs patient/Condition.rs"
    client_id = ward.add_client("--name", "Diary", "--public", "--redirect", BACK, "--scope", scope)
    session = app(facts, client_id, scope)
    url, state, verifier = ask(session, facts, server)
    stranger = requests.get(url, allow_redirects=False, timeout=10)
    assert stranger.status_code == 303 and stranger.headers["Location"].startswith("/sign-in?return="), stranger.headers

    patient = Person(server, ward.patient_name)
    back = patient.decide(url)
    told = parameters(back)
    assert back.startswith(BACK + "?") and told["state"] == state and told["iss"] == facts["issuer"], back
    token = session.fetch_token(facts["token_endpoint"], authorization_response=back, code_verifier=verifier)
    assert token["patient"] == ward.patient and token["token_type"] == "Bearer", token
    assert token["expires_in"] <= 3600 and set(token["scope"].split()) == set(scope.split()), token

    keys = KeySet.import_key_set(requests.get(facts["jwks_uri"], timeout=10).json())
    claims = jwt.decode(token["id_token"], keys, algorithms=["ES384"]).claims
    assert claims["iss"] == facts["issuer"] and claims["aud"] == client_id and claims["nonce"] == "n-1", claims
    assert claims["fhirUser"] == f"{server.base}/Patient/{ward.patient}", claims
    half = hashlib.sha384(token["access_token"].encode()).digest()[:24]
    assert claims["at_hash"] == base64.urlsafe_b64encode(half).decode().rstrip("="), claims

    own = session.get(f"{server.base}/Patient/{ward.patient}")
    assert own.status_code == 200 and own.json()["id"] == ward.patient, own.text
    assert session.get(f"{server.base}/Patient/{ward.other}").status_code == 404
    assert session.get(f"{server.base}/Condition?patient={ward.patient}").status_code == 200
    assert session.get(f"{server.base}/Observation?patient={ward.patient}").json().get("entry") is None

    refused(lambda: session.fetch_token(facts["token_endpoint"], authorization_response=back, code_verifier=verifier),
            "invalid_grant")
    assert requests.get(f"{server.base}/Patient/{ward.patient}", timeout=10,
                        headers={"Authorization": "Bearer " + token["access_token"]}).status_code == 401

    url, state, verifier = ask(session, facts, server)
    first = session.fetch_token(facts["token_endpoint"], authorization_response=patient.decide(url),
                                code_verifier=verifier)
    second = session.refresh_token(facts["token_endpoint"], refresh_token=first["refresh_token"])
    assert second["refresh_token"] != first["refresh_token"] and second["patient"] == ward.patient
    assert session.get(f"{server.base}/Patient/{ward.patient}").status_code == 200
    ended = session.revoke_token(facts["revocation_endpoint"], token=second["refresh_token"])
    assert ended.status_code == 200, ended.text
    assert session.get(f"{server.base}/Patient/{ward.patient}").status_code == 401

    url, state, verifier = ask(session, facts, server)
    refused(lambda: session.fetch_token(facts["token_endpoint"], authorization_response=patient.decide(url),
                                        code_verifier=generate_token(64)), "invalid_grant")
    url, _, verifier = ask(session, facts, server)
    assert parameters(patient.decide(url, decision="deny"))["error"] == "access_denied"
    plain, _ = OAuth2Session(client_id, redirect_uri=BACK, scope=scope).create_authorization_url(
        facts["authorization_endpoint"], aud=server.base)
    answer = patient.browser.get(plain, allow_redirects=False)
    assert parameters(answer.headers["Location"])["error"] == "invalid_request", "a request without PKCE went on"


def confidential_app(ward, facts):
    server = ward.server
    scope = "openid launch/patient patient/Patient.r user/Patient.rs"
    made = ward.add_client("--name", "Portal", "--redirect", BACK, "--scope", scope, whole=True)
    session = app(facts, made["client_id"], scope, made["client_secret"])
    clinician = Person(server, ward.clinician_name)
    url, _, verifier = ask(session, facts, server)
    back = clinician.decide(url, patient=ward.patient, leaving_out={"user/Patient.rs"})
    token = session.fetch_token(facts["token_endpoint"], authorization_response=back, code_verifier=verifier)
    assert token["patient"] == ward.patient and "user/Patient.rs" not in token["scope"].split(), token
    assert "refresh_token" not in token, token
    assert session.get(f"{server.base}/Patient/{ward.patient}").status_code == 200

    other = app(facts, made["client_id"], scope, "not the secret")
    url, _, verifier = ask(other, facts, server)
    back = clinician.decide(url, patient=ward.patient)
    refused(lambda: other.fetch_token(facts["token_endpoint"], authorization_response=back, code_verifier=verifier),
            "invalid_client")


def backend(ward, facts, key, algorithm):
    server = ward.server
    public = key.as_dict(private=False) | {"kid": "1", "use": "sig", "alg": algorithm}
    path = server.folder / f"{algorithm}.json"
    path.write_text(json.dumps({"keys": [public]}), encoding="utf-8")
    scope = "system/Patient.rs system/Condition.rs"
    client_id = ward.add_client("--name", algorithm, "--jwks", str(path), "--scope", scope)
    endpoint = facts["token_endpoint"]

    def session(proof):
        made = OAuth2Session(client_id, client_secret=key, token_endpoint_auth_method="private_key_jwt", scope=scope)
        made.register_client_auth_method(proof)
        return made

    honest = session(Assertion(endpoint, headers={"kid": "1", "typ": "JWT"}, alg=algorithm))
    token = honest.fetch_token(endpoint, grant_type="client_credentials")
    assert token["expires_in"] <= 300 and "refresh_token" not in token and token["scope"] == scope, token
    found = honest.get(server.base + "/Patient?_count=1")
    assert found.status_code == 200 and found.json()["entry"], found.text
    assert honest.post(server.base + "/Patient", json={"resourceType": "Patient"}).status_code == 403
    again = honest.fetch_token(endpoint, grant_type="client_credentials")
    assert again["access_token"] != token["access_token"]

    def forged(proof):
        refused(lambda: session(proof).fetch_token(endpoint, grant_type="client_credentials"), "invalid_client")

    forged(PrivateKeyJWT(endpoint, headers={"kid": "1"}, alg=algorithm))  # an hour is too long
    forged(Assertion(endpoint + "/", headers={"kid": "1"}, alg=algorithm))
    forged(Assertion(endpoint, headers={"kid": "2"}, alg=algorithm))
    forged(Assertion(endpoint, headers={"kid": "1", "jku": "https://evil.example/keys"}, alg=algorithm))


def main():
    with LiveServer(patients=20) as server:
        ward = Ward(server)
        facts = discovery(server)
        public_app(ward, facts)
        confidential_app(ward, facts)
        backend(ward, facts, ECKey.generate_key("P-384"), "ES384")
        backend(ward, facts, RSAKey.generate_key(2048), "RS384")
        assert not server.complaints(), server.complaints()
    print("authlib: apps and systems sign in and work, others do not", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
