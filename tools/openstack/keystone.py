"""The least of a client: signs in, as the administrator unless said."""

import requests

KEYSTONE = "http://127.0.0.1:5000/v3"


class Cloud:
    def __init__(self, password, user=None, project=None):
        domain = {"id": "default"}
        auth = {
            "identity": {"methods": ["password"], "password": {"user": user or {"name": "admin", "domain": domain}}},
            "scope": {"project": project or {"name": "admin", "domain": domain}},
        }
        auth["identity"]["password"]["user"]["password"] = password
        answer = requests.post(f"{KEYSTONE}/auth/tokens", json={"auth": auth})
        answer.raise_for_status()
        self.headers = {"X-Auth-Token": answer.headers["X-Subject-Token"]}

    @staticmethod
    def as_user(user, project, password):
        return Cloud(password, {"id": user}, {"id": project})

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
