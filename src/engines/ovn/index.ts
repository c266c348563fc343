/** The network on OVN: `createOvnHost` for the root process of each host, `ovnNetworkEngine` for `api`. */
export { type OvnNetworkEngineOptions, ovnNetworkEngine } from './adapter.ts';
export { createOvnHost, type OvnHost, type OvnHostOptions } from './host.ts';
