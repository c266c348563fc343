import { policies } from '../../../kernel/access/policy.ts';
import { Fault } from '../../../kernel/base/errors.ts';
import { type Route, route } from '../../../kernel/http/index.ts';

/** The parts of the API that were once extensions of it and that are served here; the rest has microversions. */
const served: Readonly<Record<string, string>> = {
  NMN: 'Multinic',
  'OS-DCF': 'DiskConfig',
  'OS-EXT-AZ': 'ExtendedAvailabilityZone',
  'OS-EXT-IMG-SIZE': 'ImageSize',
  'OS-EXT-IPS': 'ExtendedIps',
  'OS-EXT-IPS-MAC': 'ExtendedIpsMac',
  'OS-EXT-SRV-ATTR': 'ExtendedServerAttributes',
  'OS-EXT-STS': 'ExtendedStatus',
  'OS-FLV-DISABLED': 'FlavorDisabled',
  'OS-FLV-EXT-DATA': 'FlavorExtraData',
  'OS-SCH-HNT': 'SchedulerHints',
  'OS-SRV-USG': 'ServerUsage',
  'os-admin-actions': 'AdminActions',
  'os-aggregates': 'Aggregates',
  'os-attach-interfaces': 'AttachInterfaces',
  'os-availability-zone': 'AvailabilityZone',
  'os-block-device-mapping-v2-boot': 'BlockDeviceMappingV2Boot',
  'os-config-drive': 'ConfigDrive',
  'os-console-output': 'ConsoleOutput',
  'os-consoles': 'Consoles',
  'os-create-backup': 'CreateBackup',
  'os-extended-volumes': 'ExtendedVolumes',
  'os-flavor-access': 'FlavorAccess',
  'os-flavor-extra-specs': 'FlavorExtraSpecs',
  'os-flavor-manage': 'FlavorManage',
  'os-floating-ip-pools': 'FloatingIpPools',
  'os-floating-ips': 'FloatingIps',
  'os-hosts': 'Hosts',
  'os-hypervisors': 'Hypervisors',
  'os-instance-actions': 'InstanceActions',
  'os-keypairs': 'Keypairs',
  'os-lock-server': 'LockServer',
  'os-migrations': 'Migrations',
  'os-multiple-create': 'MultipleCreate',
  'os-networks': 'Networks',
  'os-pause-server': 'PauseServer',
  'os-quota-class-sets': 'QuotaClasses',
  'os-quota-sets': 'Quotas',
  'os-rescue': 'Rescue',
  'os-security-groups': 'SecurityGroups',
  'os-server-diagnostics': 'ServerDiagnostics',
  'os-server-external-events': 'ServerExternalEvents',
  'os-server-groups': 'ServerGroups',
  'os-services': 'Services',
  'os-shelve': 'Shelve',
  'os-simple-tenant-usage': 'SimpleTenantUsage',
  'os-suspend-server': 'SuspendServer',
  'os-tenant-networks': 'TenantNetworks',
  'os-used-limits': 'UsedLimits',
  'os-user-data': 'UserData',
  'os-volume-attachments': 'VolumeAttachments',
};

function view([alias, name]: [string, string]): Record<string, unknown> {
  return {
    alias,
    name,
    description: '',
    links: [],
    namespace: 'http://docs.openstack.org/compute/ext/fake_xml',
    updated: '2014-12-03T00:00:00Z',
  };
}

/** What old clients look at before they use a part of the API. */
export function extensionRoutes(): Route[] {
  return [
    route({
      method: 'GET',
      path: '/v2.1/extensions',
      operation: 'compute:extensions:list',
      policy: policies.projectReader,
      handler: () => ({ extensions: Object.entries(served).map(view) }),
    }),
    route({
      method: 'GET',
      path: '/v2.1/extensions/:alias',
      operation: 'compute:extensions:get',
      policy: policies.projectReader,
      handler({ params }) {
        const found = Object.entries(served).find(([alias]) => alias === params.alias);
        if (found === undefined) throw new Fault('notFound', `No extension is called ${params.alias?.slice(0, 64)}.`);
        return { extension: view(found) };
      },
    }),
  ];
}
