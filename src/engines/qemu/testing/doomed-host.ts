import type { GuestSpec } from '../../../cloud/compute/ports.ts';
import type { Installation } from '../../../kernel/supervise/installation.ts';
import { TestHost } from './stage.ts';

/** A host process to be killed: raises one guest and then waits. */
const { installation, spec } = JSON.parse(process.argv[2] ?? '{}') as { installation: Installation; spec: GuestSpec };
const { host, hypervisor } = new TestHost(installation);
await host.start();
process.stdout.write('started\n');
await hypervisor.ensure(spec);
process.stdout.write('on\n');
setInterval(() => {}, 1000);
