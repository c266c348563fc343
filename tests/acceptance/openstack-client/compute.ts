import { expect } from 'vitest';
import { typedBy } from './command.ts';

const server = '/compute/v2.1/servers/detail?name=voilier';
const flavor = '/compute/v2.1/flavors/mini';
const is = (facts: object) => ({ servers: [facts] });

export const computeCommands = [
  ...typedBy('admin', [
    ['flavor create --id mini --ram 96 --disk 1 --vcpus 1 mini', flavor, { flavor: { name: 'mini', ram: 96 } }],
    [
      'flavor set --property hw:cpu_policy=shared mini',
      `${flavor}/os-extra_specs`,
      { extra_specs: { 'hw:cpu_policy': 'shared' } },
    ],
    ['flavor unset --property hw:cpu_policy mini', `${flavor}/os-extra_specs`, { extra_specs: {} }],
  ]),
  ...typedBy('demo', [
    [
      'keypair create --public-key {public-key} ancre',
      '/compute/v2.1/os-keypairs/ancre',
      { keypair: { public_key: expect.stringContaining('ssh-ed25519') } },
    ],
    [
      'server group create --policy anti-affinity regate',
      '/compute/v2.1/os-server-groups',
      { server_groups: [{ name: 'regate', policies: ['anti-affinity'] }] },
    ],
    [
      'server create --flavor mini --image tiny --network rade --key-name ancre --wait voilier',
      server,
      is({ status: 'ACTIVE', key_name: 'ancre' }),
    ],
    ['server set --property cap=ouest voilier', server, is({ metadata: { cap: 'ouest' } })],
    ['server unset --property cap voilier', server, is({ metadata: {} })],
    ['server stop voilier', server, is({ status: 'SHUTOFF', 'OS-EXT-STS:power_state': 4 })],
    ['server start voilier', server, is({ status: 'ACTIVE', 'OS-EXT-STS:power_state': 1 })],
    ['server reboot --hard --wait voilier', server, is({ status: 'ACTIVE' })],
    ['server pause voilier', server, is({ status: 'PAUSED', 'OS-EXT-STS:power_state': 3 })],
    ['server unpause voilier', server, is({ status: 'ACTIVE' })],
    ['server suspend voilier', server, is({ status: 'SUSPENDED' })],
    ['server resume voilier', server, is({ status: 'ACTIVE' })],
    ['server resize --flavor m1.nano --wait voilier', server, is({ status: 'VERIFY_RESIZE' })],
    ['server resize confirm voilier', server, is({ status: 'ACTIVE', flavor: { id: '42' } })],
    ['server rebuild --wait voilier', server, is({ status: 'ACTIVE', image: { id: '{image tiny}' } })],
    ['server rescue voilier', server, is({ status: 'RESCUE' })],
    ['server unrescue voilier', server, is({ status: 'ACTIVE' })],
    ['server shelve voilier', server, is({ status: 'SHELVED_OFFLOADED' })],
    ['server unshelve voilier', server, is({ status: 'ACTIVE' })],
    [
      'server image create --wait --name instantane voilier',
      '/image/v2/images?name=instantane',
      { images: [{ status: 'active' }] },
    ],
    [
      'floating ip create --description amarre {external}',
      '/network/v2.0/floatingips?description=amarre',
      { floatingips: [{ port_id: null }] },
    ],
    [
      'server add floating ip voilier {floating-address amarre}',
      '/network/v2.0/floatingips?description=amarre',
      { floatingips: [{ port_id: expect.any(String) }] },
    ],
    [
      'server remove floating ip voilier {floating-address amarre}',
      '/network/v2.0/floatingips?description=amarre',
      { floatingips: [{ port_id: null }] },
    ],
    ['floating ip delete {floating-ip amarre}', '/network/v2.0/floatingips?description=amarre', { floatingips: [] }],
    ['server lock voilier', server, is({ locked: true })],
    ['server unlock voilier', server, is({ locked: false })],
  ]),
];

/** Typed when the volumes are through with their server. */
export const computeGoodbyes = [
  ...typedBy('demo', [
    ['server delete --wait voilier', server, { servers: [] }],
    ['image delete instantane', '/image/v2/images?name=instantane', { images: [] }],
    ['image delete tiny', '/image/v2/images?name=tiny', { images: [] }],
    ['server group delete regate', '/compute/v2.1/os-server-groups', { server_groups: [] }],
    ['keypair delete ancre', '/compute/v2.1/os-keypairs', { keypairs: [] }],
  ]),
  ...typedBy('admin', [['flavor delete mini', '/compute/v2.1/flavors/mini', { itemNotFound: { code: 404 } }]]),
];
