"""Signs in as the administrator; the least of a client."""

import requests

KEYSTONE = "http://127.0.0.1:5000/v3"


class Cloud:
    def __init__(self, password):
        domain = {"id": "default"}
        auth = {
            "identity": {
                "methods": ["password"],
                "password": {"user": {"name": "admin", "domain": domain, "password": password}},
            },
            "scope": {"project": {"name": "admin", "domain": domain}},
        }
        answer = requests.post(f"{KEYSTONE}/auth/tokens", json={"auth": auth})
        answer.raise_for_status()
        self.headers = {"X-Auth-Token": answer.headers["X-Subject-Token"]}

    def call(self, method, url, **options):
        headers = {**self.headers, **options.pop("headers", {})}
        answer = requests.request(method, url, headers=headers, **options)
        if not answer.ok:
            raise SystemExit(f"{method} {url}: {answer.status_code} {answer.text}")
        return answer.json() if answer.content else None

    def ensure(self, url, plural, kind, body, **query):
        """The thing of that name; made unless it is there."""
        found = self.call("GET", f"{url}/{plural}", params={"name": body["name"], **query})[plural]
        same = [one for one in found if one["name"] == body["name"]]
        return same[0] if same else self.call("POST", f"{url}/{plural}", json={kind: body})[kind]
