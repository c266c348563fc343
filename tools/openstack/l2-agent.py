"""Says what an Open vSwitch agent on the one compute host would say, so that Neutron binds the fake servers' ports to it."""

import time

from neutron.agent import rpc
from neutron.common import config
from neutron.conf.agent import common
from neutron_lib import context
from neutron_lib.agent import topics
from oslo_config import cfg

config.register_common_config_options()
common.register_agent_state_opts_helper(cfg.CONF)
config.init(["--config-file", "/etc/neutron/neutron.conf"])
reports = rpc.PluginReportStateAPI(topics.REPORTS)
nobody = context.get_admin_context_without_session()
state = {
    "binary": "neutron-openvswitch-agent",
    "agent_type": "Open vSwitch agent",
    "topic": "N/A",
    "host": "compute",
    "start_flag": True,
    "configurations": {
        "bridge_mappings": {},
        "datapath_type": "system",
        "devices": 0,
        "enable_distributed_routing": False,
        "extensions": [],
        "in_distributed_mode": False,
        "l2_population": False,
        "log_agent_heartbeats": False,
        "ovs_hybrid_plug": False,
        "tunnel_types": ["vxlan"],
        "tunneling_ip": "127.0.0.1",
    },
}
while True:
    try:
        reports.report_state(nobody, state, True)
        state.pop("start_flag", None)
        time.sleep(20)
    except Exception as error:
        print("trying again:", error, flush=True)
        time.sleep(2)
