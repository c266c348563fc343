"""What a cloud has on its first day: flavors, an image, a network to the outside. Repeatable."""

import sys
import time

from keystone import Cloud

cloud = Cloud(sys.argv[1])
NOVA, GLANCE, NEUTRON = "http://127.0.0.1:8774/v2.1", "http://127.0.0.1:9292/v2", "http://127.0.0.1:9696/v2.0"

flavors = {one["name"] for one in cloud.call("GET", f"{NOVA}/flavors")["flavors"]}
for name, ram, vcpus in (("m1.tiny", 128, 1), ("m1.small", 512, 1)):
    if name not in flavors:
        cloud.call("POST", f"{NOVA}/flavors", json={"flavor": {"name": name, "ram": ram, "vcpus": vcpus, "disk": 1}})

if not cloud.call("GET", f"{GLANCE}/images")["images"]:
    image = {"name": "andromede-tiny", "disk_format": "raw", "container_format": "bare", "visibility": "public"}
    made = cloud.call("POST", f"{GLANCE}/images", json=image)
    kind = {"Content-Type": "application/octet-stream"}
    # The fake hypervisor boots nothing.
    cloud.call("PUT", f"{GLANCE}/images/{made['id']}/file", headers=kind, data=bytes(4096))

outside = {"name": "public", "router:external": True}
network = cloud.ensure(NEUTRON, "networks", "network", outside)
if not network["subnets"]:
    subnet = {"network_id": network["id"], "ip_version": 4, "cidr": "198.18.0.0/16", "enable_dhcp": False}
    cloud.call("POST", f"{NEUTRON}/subnets", json={"subnet": subnet})

for _ in range(300):
    services = cloud.call("GET", f"{NOVA}/os-services")["services"]
    agents = cloud.call("GET", f"{NEUTRON}/agents")["agents"]
    nodes = cloud.call("GET", "http://127.0.0.1:8778/resource_providers")["resource_providers"]
    up = any(one["binary"] == "nova-compute" and one["state"] == "up" for one in services)
    if up and nodes and any(one["alive"] for one in agents):
        break
    time.sleep(0.5)
else:
    raise SystemExit("nova-compute or the L2 agent does not come up")
