import type {
  NetworkIntent,
  PortIntent,
  RouterIntent,
  SecurityGroupIntent,
  SecurityGroupRuleIntent,
} from '../../../cloud/network/ports.ts';
import { newId } from '../../../kernel/base/ids.ts';

/** A rule that allows everything inwards, with `change` on top. */
export function rule(change: Partial<SecurityGroupRuleIntent> = {}): SecurityGroupRuleIntent {
  return {
    id: newId(),
    direction: 'ingress',
    ethertype: 'IPv4',
    protocol: null,
    portRangeMin: null,
    portRangeMax: null,
    remoteIpPrefix: null,
    remoteGroupId: null,
    ...change,
  };
}

/** A tenant's network, as most are: one subnet behind a router on an external network, one group, and ports on demand. */
export class Tenant {
  readonly externalId = newId();
  readonly subnetId = newId();
  readonly floatingIpId = newId();
  readonly network: NetworkIntent;
  readonly external: NetworkIntent;
  readonly group: SecurityGroupIntent;

  constructor(externalCidr = '172.24.4.0/24') {
    const id = newId();
    const prefix = externalCidr.replace(/\.\d+\/\d+$/, '');
    this.network = {
      id,
      name: 'lan',
      mtu: 1442,
      external: false,
      dnsDomain: 'example.org',
      subnets: [
        {
          id: this.subnetId,
          networkId: id,
          cidr: '10.0.0.0/24',
          gatewayIp: '10.0.0.1',
          enableDhcp: true,
          dnsNameservers: [],
          hostRoutes: [],
          ipv6AddressMode: null,
        },
      ],
    };
    this.external = {
      id: this.externalId,
      name: 'public',
      mtu: 1500,
      external: true,
      dnsDomain: null,
      subnets: [
        {
          id: newId(),
          networkId: this.externalId,
          cidr: externalCidr,
          gatewayIp: `${prefix}.1`,
          enableDhcp: false,
          dnsNameservers: [],
          hostRoutes: [],
          ipv6AddressMode: null,
        },
      ],
    };
    this.group = { id: newId(), rules: [rule({ direction: 'egress' })] };
    this.router = this.#makeRouter(prefix);
  }

  readonly router: RouterIntent;

  /** The port whose address is `10.0.0.<10 + n>`, named `vm<n>`. */
  port(n: number, change: Partial<PortIntent> = {}): PortIntent {
    return {
      id: newId(),
      networkId: this.network.id,
      mac: `fa:16:3e:00:00:${n.toString(16).padStart(2, '0')}`,
      fixedIps: [{ subnetId: this.subnetId, ipAddress: `10.0.0.${10 + n}` }],
      portSecurity: true,
      securityGroupIds: [this.group.id],
      addressPairs: [],
      dhcpOptions: [],
      qos: [],
      adminStateUp: true,
      hostName: 'host1',
      dnsName: `vm${n}`,
      dnsDomain: this.network.dnsDomain,
      ...change,
    };
  }

  /** The router with a floating IP, `.20` of the external range, for `port`. */
  routerWithFloatingIp(port: PortIntent): RouterIntent {
    const floatingAddress = (this.router.gateway?.cidrs[0] ?? '').replace(/\.\d+\/24$/, '.20');
    const fixedAddress = port.fixedIps[0]?.ipAddress ?? '';
    return {
      ...this.router,
      floatingIps: [{ id: this.floatingIpId, floatingAddress, fixedAddress, portId: port.id, portMac: port.mac }],
    };
  }

  #makeRouter(prefix: string): RouterIntent {
    return {
      id: newId(),
      adminStateUp: true,
      gateway: {
        networkId: this.externalId,
        portId: newId(),
        mac: 'fa:16:3e:ff:00:01',
        cidrs: [`${prefix}.10/24`],
        nexthops: [`${prefix}.1`],
        snat: true,
      },
      interfaces: [
        {
          portId: newId(),
          networkId: this.network.id,
          mac: 'fa:16:3e:ff:00:02',
          cidrs: ['10.0.0.1/24'],
          announces: null,
        },
      ],
      routes: [],
      floatingIps: [],
      portForwardings: [],
    };
  }
}
