"""The services' accounts, the catalogue, Heat's domain. Repeatable."""

import sys

from keystone import KEYSTONE, Cloud

password = sys.argv[1]
cloud = Cloud(password)
service = cloud.ensure(KEYSTONE, "projects", "project", {"name": "service", "domain_id": "default"})
roles = {
    name: cloud.ensure(KEYSTONE, "roles", "role", {"name": name})["id"]
    for name in ("admin", "manager", "service", "member", "reader", "heat_stack_user", "heat_stack_owner")
}
for name in ("glance", "placement", "nova", "neutron", "heat"):
    user = cloud.ensure(
        KEYSTONE, "users", "user", {"name": name, "domain_id": "default", "password": password}, domain_id="default"
    )
    for role in ("admin", "service"):
        cloud.call("PUT", f"{KEYSTONE}/projects/{service['id']}/users/{user['id']}/roles/{roles[role]}")

heat = cloud.ensure(KEYSTONE, "domains", "domain", {"name": "heat"})
keeper = {"name": "heat_domain_admin", "domain_id": heat["id"], "password": password}
admin = cloud.ensure(KEYSTONE, "users", "user", keeper, domain_id=heat["id"])
cloud.call("PUT", f"{KEYSTONE}/domains/{heat['id']}/users/{admin['id']}/roles/{roles['admin']}")

catalogue = {
    "image": ("glance", "http://127.0.0.1:9292"),
    "placement": ("placement", "http://127.0.0.1:8778"),
    "compute": ("nova", "http://127.0.0.1:8774/v2.1"),
    "network": ("neutron", "http://127.0.0.1:9696"),
    "orchestration": ("heat", "http://127.0.0.1:8004/v1/%(tenant_id)s"),
    # Where the demonstration's market listens.
    "marketplace": ("andromede", "http://127.0.0.1:8000/market/v1"),
}
known = {one["service_id"] for one in cloud.call("GET", f"{KEYSTONE}/endpoints")["endpoints"]}
for kind, (name, url) in catalogue.items():
    entry = cloud.ensure(KEYSTONE, "services", "service", {"name": name, "type": kind})
    if entry["id"] in known:
        continue
    for interface in ("public", "internal", "admin"):
        body = {"service_id": entry["id"], "interface": interface, "url": url, "region_id": "RegionOne"}
        cloud.call("POST", f"{KEYSTONE}/endpoints", json={"endpoint": body})
