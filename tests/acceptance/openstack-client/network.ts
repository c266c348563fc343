import { expect } from 'vitest';
import { typedBy } from './command.ts';

const network = '/network/v2.0/networks?name=rade';
const subnet = '/network/v2.0/subnets?name=quai';
const router = '/network/v2.0/routers?name=phare';
const port = '/network/v2.0/ports?name=cale';
const group = '/network/v2.0/security-groups?name=bouee';
const rules = '/network/v2.0/security-group-rules?security_group_id={security-group bouee}&direction=ingress';
const floatingIps = '/network/v2.0/floatingips?description=balise';

export const networkCommands = [
  ...typedBy('demo', [
    ['network create --description Brest rade', network, { networks: [{ description: 'Brest', status: 'ACTIVE' }] }],
    ['network set --description Lorient rade', network, { networks: [{ description: 'Lorient' }] }],
    ['network set --tag sud rade', network, { networks: [{ tags: ['sud'] }] }],
    ['network set --disable rade', network, { networks: [{ admin_state_up: false }] }],
    ['network set --enable rade', network, { networks: [{ admin_state_up: true }] }],
    [
      'subnet create --network rade --subnet-range 10.40.0.0/24 --dns-nameserver 9.9.9.9 quai',
      subnet,
      { subnets: [{ cidr: '10.40.0.0/24', gateway_ip: '10.40.0.1', dns_nameservers: ['9.9.9.9'] }] },
    ],
    [
      'subnet set --host-route destination=10.50.0.0/24,gateway=10.40.0.9 quai',
      subnet,
      { subnets: [{ host_routes: [{ destination: '10.50.0.0/24', nexthop: '10.40.0.9' }] }] },
    ],
    ['subnet unset --dns-nameserver 9.9.9.9 quai', subnet, { subnets: [{ dns_nameservers: [] }] }],
    ['router create phare', router, { routers: [{ status: 'ACTIVE', external_gateway_info: null }] }],
    [
      'router add subnet phare quai',
      '/network/v2.0/ports?device_id={router phare}',
      { ports: [{ fixed_ips: [{ ip_address: '10.40.0.1' }] }] },
    ],
    [
      'router set --external-gateway {external} phare',
      router,
      { routers: [{ external_gateway_info: { enable_snat: true } }] },
    ],
    [
      'router set --route destination=10.60.0.0/24,gateway=10.40.0.9 phare',
      router,
      { routers: [{ routes: [{ destination: '10.60.0.0/24', nexthop: '10.40.0.9' }] }] },
    ],
    ['router unset --route destination=10.60.0.0/24,gateway=10.40.0.9 phare', router, { routers: [{ routes: [] }] }],
    ['security group create --description Chenal bouee', group, { security_groups: [{ description: 'Chenal' }] }],
    ['security group set --description Passe bouee', group, { security_groups: [{ description: 'Passe' }] }],
    [
      'security group rule create --protocol tcp --dst-port 22 --remote-ip 10.0.0.0/8 bouee',
      rules,
      {
        security_group_rules: [
          { protocol: 'tcp', port_range_min: 22, port_range_max: 22, remote_ip_prefix: '10.0.0.0/8' },
        ],
      },
    ],
    ['security group rule delete {ingress-rule bouee}', rules, { security_group_rules: [] }],
    [
      'port create --network rade --fixed-ip subnet=quai,ip-address=10.40.0.77 cale',
      port,
      { ports: [{ fixed_ips: [{ ip_address: '10.40.0.77' }], status: 'DOWN' }] },
    ],
    [
      'port set --security-group bouee cale',
      port,
      { ports: [{ security_groups: [expect.any(String), '{security-group bouee}'] }] },
    ],
    ['port set --disable cale', port, { ports: [{ admin_state_up: false }] }],
    [
      'floating ip create --description balise {external}',
      floatingIps,
      { floatingips: [{ status: 'DOWN', port_id: null }] },
    ],
    [
      'floating ip set --port cale {floating-ip balise}',
      floatingIps,
      { floatingips: [{ fixed_ip_address: '10.40.0.77' }] },
    ],
    ['floating ip unset --port {floating-ip balise}', floatingIps, { floatingips: [{ port_id: null }] }],
    ['floating ip delete {floating-ip balise}', floatingIps, { floatingips: [] }],
    ['port delete cale', port, { ports: [] }],
    ['security group delete bouee', group, { security_groups: [] }],
    [
      'address scope create --ip-version 4 large',
      '/network/v2.0/address-scopes?name=large',
      { address_scopes: [{ ip_version: 4 }] },
    ],
    [
      'subnet pool create --address-scope large --pool-prefix 10.70.0.0/16 --default-prefix-length 26 flotte',
      '/network/v2.0/subnetpools?name=flotte',
      { subnetpools: [{ prefixes: ['10.70.0.0/16'], default_prefixlen: '26' }] },
    ],
    ['network create chenal', '/network/v2.0/networks?name=chenal', { networks: [{ status: 'ACTIVE' }] }],
    [
      'subnet create --network chenal --subnet-pool flotte bassin',
      '/network/v2.0/subnets?name=bassin',
      { subnets: [{ cidr: '10.70.0.0/26' }] },
    ],
    ['subnet delete bassin', '/network/v2.0/subnets?name=bassin', { subnets: [] }],
    ['network delete chenal', '/network/v2.0/networks?name=chenal', { networks: [] }],
    ['subnet pool delete flotte', '/network/v2.0/subnetpools?name=flotte', { subnetpools: [] }],
    ['address scope delete large', '/network/v2.0/address-scopes?name=large', { address_scopes: [] }],
  ]),
  ...typedBy('admin', [
    [
      'quota set --networks 7 --secgroups 9 demo',
      '/network/v2.0/quotas/{project demo}',
      { quota: { network: 7, security_group: 9 } },
    ],
  ]),
];

/** Typed last: what servers stood on is taken away. */
export const networkGoodbyes = typedBy('demo', [
  ['router unset --external-gateway phare', router, { routers: [{ external_gateway_info: null }] }],
  ['router remove subnet phare quai', '/network/v2.0/ports?device_id={router phare}', { ports: [] }],
  ['router delete phare', router, { routers: [] }],
  ['subnet delete quai', subnet, { subnets: [] }],
  ['network delete rade', network, { networks: [] }],
]);
