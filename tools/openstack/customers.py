"""Customers who were there before the market, each with a server that runs. Repeatable."""

import sys

from keystone import KEYSTONE, Cloud

cloud = Cloud(sys.argv[1])
NOVA, GLANCE, NEUTRON = "http://127.0.0.1:8774/v2.1", "http://127.0.0.1:9292/v2", "http://127.0.0.1:9696/v2.0"
member = cloud.ensure(KEYSTONE, "roles", "role", {"name": "member"})["id"]
image = cloud.call("GET", f"{GLANCE}/images")["images"][0]["id"]
flavor = next(one["id"] for one in cloud.call("GET", f"{NOVA}/flavors")["flavors"] if one["name"] == "m1.tiny")
for title, name, person in (("Coopérative Kerlann", "kerlann", "maud"), ("Laboratoire Ankou", "ankou", "goulven")):
    domain = cloud.ensure(KEYSTONE, "domains", "domain", {"name": title})["id"]
    project = cloud.ensure(KEYSTONE, "projects", "project", {"name": name, "domain_id": domain}, domain_id=domain)["id"]
    who = {"name": person, "domain_id": domain, "password": sys.argv[1]}
    user = cloud.ensure(KEYSTONE, "users", "user", who, domain_id=domain)["id"]
    cloud.call("PUT", f"{KEYSTONE}/projects/{project}/users/{user}/roles/{member}")
    theirs = cloud.as_user(user, project, sys.argv[1])
    if theirs.call("GET", f"{NOVA}/servers")["servers"]:
        continue
    lan = theirs.ensure(NEUTRON, "networks", "network", {"name": "lan"})
    if not lan["subnets"]:
        subnet = {"network_id": lan["id"], "ip_version": 4, "cidr": "10.30.0.0/24"}
        theirs.call("POST", f"{NEUTRON}/subnets", json={"subnet": subnet})
    server = {"name": "shop", "imageRef": image, "flavorRef": flavor, "networks": [{"uuid": lan["id"]}]}
    theirs.call("POST", f"{NOVA}/servers", json={"server": server})
