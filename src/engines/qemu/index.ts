/** Servers on QEMU: `createQemuHost` for the root process of each host, `qemuHypervisor` for `api`. */
export { qemuHypervisor } from './adapter.ts';
export { createQemuHost, type QemuHost, type QemuHostOptions } from './host.ts';
