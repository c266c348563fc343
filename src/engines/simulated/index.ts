/** Engines without a machine, for tests of scale and of bad days. Their world outlives the process when it has a folder. */
export { type Effect, readEffects, remaining, type SimulationOptions } from './effects.ts';
export { type SimulatedHypervisor, type SimulatedHypervisorOptions, simulatedHypervisor } from './hypervisor.ts';
export { simulatedNetworkEngine } from './network.ts';
