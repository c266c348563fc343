import { policies } from '../../../kernel/access/policy.ts';
import { Fault } from '../../../kernel/base/errors.ts';
import { type Route, route } from '../../../kernel/http/index.ts';

/** The collections that `GET /v2.0/` names: what is served, and nothing else. */
const collections = [
  ['network', 'networks'],
  ['subnet', 'subnets'],
  ['subnetpool', 'subnetpools'],
  ['address_scope', 'address-scopes'],
  ['port', 'ports'],
  ['router', 'routers'],
  ['floatingip', 'floatingips'],
  ['security_group', 'security-groups'],
  ['security_group_rule', 'security-group-rules'],
  ['quota', 'quotas'],
  ['qos_policy', 'qos/policies'],
  ['rbac_policy', 'rbac-policies'],
  ['agent', 'agents'],
  ['availability_zone', 'availability_zones'],
  ['extension', 'extensions'],
] as const;

interface Extension {
  readonly alias: string;
  readonly name: string;
  readonly description: string;
}

/** Extensions of the core API that are really served (aliases of the Networking API reference). */
const extensions: readonly Extension[] = [
  ['address-scope', 'Address scope', 'Address scopes extension.'],
  ['agent', 'agent', 'The agent management extension.'],
  ['allowed-address-pairs', 'Allowed Address Pairs', 'Provides allowed address pairs.'],
  [
    'auto-allocated-topology',
    'Auto Allocated Topology Services',
    'Networks with a way out that are made when they are asked for.',
  ],
  ['availability_zone', 'Availability Zone', 'The availability zone extension.'],
  ['binding', 'Port Binding', 'Expose port bindings of a virtual port to external application.'],
  ['default-subnetpools', 'Default Subnetpools', 'Provides ability to mark and use a subnetpool as the default.'],
  ['dns-integration', 'DNS Integration', 'Provides integration with DNS.'],
  ['ext-gw-mode', 'Neutron L3 Configurable external gateway mode', 'Extension of the router abstraction for SNAT.'],
  ['external-net', 'Neutron external network', 'Adds external network attribute to network resource.'],
  ['extra_dhcp_opt', 'Neutron Extra DHCP options', 'Extra options configuration for DHCP.'],
  ['extraroute', 'Neutron Extra Route', 'Extra routes configuration for L3 router.'],
  ['extraroute-atomic', 'Atomically add/remove extra routes', 'Edit extra routes of a router by adding/removing.'],
  ['filter-validation', 'Filter parameters validation', 'Refuses filters on attributes that cannot be filtered by.'],
  ['floating-ip-port-forwarding', 'Floating IP Port Forwarding', 'Expose port forwarding of floating IPs.'],
  ['expose-port-forwarding-in-fip', 'Expose port forwardings in FIP', 'Expose port_forwardings field in floating IPs.'],
  ['ip-substring-filtering', 'IP address substring filtering', 'Provides IP address substring filtering of ports.'],
  ['net-mtu', 'Network MTU', 'Provides MTU attribute for a network resource.'],
  ['net-mtu-writable', 'Network MTU (writable)', 'Provides a writable MTU attribute for a network resource.'],
  ['network-ip-availability', 'Network IP Availability', 'Provides IP availability data for each network and subnet.'],
  ['network_availability_zone', 'Network Availability Zone', 'Availability zone support for network.'],
  ['pagination', 'Pagination support', 'Extension that indicates that pagination is enabled.'],
  ['port-security', 'Port Security', 'Provides port security.'],
  ['project-id', 'project_id field enabled', 'Extension that indicates that project_id field is enabled.'],
  ['provider', 'Provider Network', 'Expose mapping of virtual networks to physical networks.'],
  ['quotas', 'Quota management support', 'Expose functions for quotas management per project.'],
  ['qos', 'Quality of Service', 'The Quality of Service extension.'],
  ['qos-default', 'QoS default policy', 'Expose the QoS default policy per project.'],
  [
    'qos-bw-limit-direction',
    'Direction for QoS bandwidth limit rule',
    'Allow to configure bandwidth limit in both directions.',
  ],
  ['qos-rule-type-details', 'Details of QoS rule types', 'Expose details about QoS rule types supported by drivers.'],
  ['quota_details', 'Quota details management support', 'Expose functions for quotas usage statistics per project.'],
  ['rbac-policies', 'RBAC Policies', 'Allows creation and modification of policies that control project access.'],
  ['rbac-address-scope', 'Address scope RBAC support', 'Allow to share address scopes with other projects.'],
  ['rbac-security-groups', 'Security group RBAC support', 'Allow to share security groups with other projects.'],
  ['rbac-subnetpool', 'Subnetpool RBAC support', 'Allow to share subnet pools with other projects.'],
  ['router', 'Neutron L3 Router', 'Router abstraction for basic L3 forwarding between L2 networks and NAT.'],
  ['router_availability_zone', 'Router Availability Zone', 'Availability zone support for router.'],
  ['security-group', 'security-group', 'The security groups extension.'],
  ['security-groups-normalized-cidr', 'Normalized CIDR field', 'Adds the block that a rule’s prefix means.'],
  ['service-type', 'Neutron Service Type Management', 'API for retrieving service providers.'],
  ['sorting', 'Sorting support', 'Extension that indicates that sorting is enabled.'],
  ['standard-attr-description', 'standard-attr-description', 'Extension to add descriptions to standard attributes.'],
  ['revision-if-match', 'If-Match constraints based on revision_number', 'Refuses changes of another revision.'],
  ['standard-attr-revisions', 'Resource revision numbers', 'Displays the revision number of resources.'],
  ['standard-attr-tag', 'Tag support for resources with standard attribute', 'Enables to set tag on resources.'],
  ['standard-attr-timestamp', 'Resource timestamps', 'Adds created_at and updated_at fields to all resources.'],
  ['subnet-service-types', 'Subnet service types', 'Provides ability to set the subnet service_types field.'],
  ['subnet_allocation', 'Subnet Allocation', 'Enables allocation of subnets from a subnet pool.'],
  ['tag', 'Tag support', 'Enables to set tag on resources.'],
].map(([alias = '', name = '', description = '']) => ({ alias, name, description }));

function extensionView({ alias, name, description }: Extension) {
  return { alias, name, description, updated: '2026-01-01T00:00:00-00:00', links: [] };
}

/** Version documents, and what of the API there is. */
export function discoveryRoutes(): Route[] {
  return [
    route({
      method: 'GET',
      path: '/',
      operation: 'network:versions:list',
      policy: policies.public,
      handler: ({ baseUrl }) => ({
        versions: [{ id: 'v2.0', status: 'CURRENT', links: [{ rel: 'self', href: `${baseUrl}/v2.0/` }] }],
      }),
    }),
    route({
      method: 'GET',
      path: '/v2.0',
      operation: 'network:versions:show',
      policy: policies.public,
      handler: ({ baseUrl }) => ({
        resources: collections.map(([name, collection]) => ({
          name,
          collection,
          links: [{ rel: 'self', href: `${baseUrl}/v2.0/${collection}` }],
        })),
      }),
    }),
    route({
      method: 'GET',
      path: '/v2.0/extensions',
      operation: 'network:extensions:list',
      policy: policies.projectReader,
      handler: () => ({ extensions: extensions.map(extensionView) }),
    }),
    route({
      method: 'GET',
      path: '/v2.0/extensions/:alias',
      operation: 'network:extensions:show',
      policy: policies.projectReader,
      handler({ params: { alias = '' } }) {
        const extension = extensions.find((each) => each.alias === alias);
        if (extension === undefined) {
          throw new Fault('notFound', `Extension with alias ${alias.slice(0, 64)} does not exist`, {
            data: { type: 'ExtensionNotFound' },
          });
        }
        return { extension: extensionView(extension) };
      },
    }),
    route({
      method: 'GET',
      path: '/v2.0/service-providers',
      operation: 'network:service-providers:list',
      policy: policies.projectReader,
      handler: () => ({ service_providers: [{ service_type: 'L3_ROUTER_NAT', name: 'ovn', default: true }] }),
    }),
    route({
      method: 'GET',
      path: '/v2.0/availability_zones',
      operation: 'network:availability_zones:list',
      policy: policies.projectReader,
      handler: () => ({
        availability_zones: ['network', 'router'].map((resource) => ({ name: 'nova', resource, state: 'available' })),
      }),
    }),
  ];
}
