import type { CatalogConfig } from '../../cloud/identity/index.ts';

/** The services as clients find them (types of the OpenStack service types authority, and those that older clients know). */
export const catalog: CatalogConfig = {
  region: 'RegionOne',
  services: [
    { type: 'identity', name: 'keystone', path: '/identity' },
    { type: 'image', name: 'glance', path: '/image' },
    { type: 'network', name: 'neutron', path: '/network' },
    { type: 'compute', name: 'nova', path: '/compute/v2.1' },
    { type: 'volumev3', name: 'cinderv3', path: '/volume/v3/$(project_id)s' },
    { type: 'block-storage', name: 'cinder', path: '/volume/v3/$(project_id)s' },
    { type: 'placement', name: 'placement', path: '/placement' },
    { type: 'orchestration', name: 'heat', path: '/orchestration/v1/$(project_id)s' },
    { type: 'marketplace', name: 'andromede', path: '/market/v1' },
  ],
};
