import { type Session, signIn } from '../harness/client.ts';
import { uploadTinyImage } from '../harness/market.ts';
import { adminPassword, demoPassword, startCloud, type TestCloud } from '../harness/simulated-cloud.ts';
import { createStack, settledStack } from '../harness/stacks.ts';
import { fillCompute } from './things/compute.ts';
import { fillIdentity } from './things/identity.ts';
import { fillImages } from './things/image.ts';
import { make, mark, put } from './things/made.ts';
import { fillNetwork } from './things/network.ts';
import { fillPlacement } from './things/placement.ts';
import { sell } from './things/sale.ts';
import { fillVolumes } from './things/volumes.ts';

export { mark } from './things/made.ts';
export { consumerId } from './things/placement.ts';

/** A cloud with one thing of every kind in the project `demo`, and people who have no business there. */
export interface Scene {
  readonly cloud: TestCloud;
  readonly admin: Session;
  /** Member of the project that has things. */
  readonly owner: Session;
  /** Reader of the same project. */
  readonly reader: Session;
  /** Member of another project. */
  readonly stranger: Session;
  /** A quote of the owner's; no list has them. */
  readonly quoteId: string;
  close(): Promise<void>;
}

const password = 'a-password-of-sweeps';

/** Makes it; a new kind of thing goes to `things/`. */
export async function openScene(): Promise<Scene> {
  const cloud = await startCloud();
  const admin = await signIn(cloud.url, 'admin', adminPassword, 'admin');
  const project = await make(admin, '/identity/v3/projects', { project: { name: 'elsewhere' } });
  const person = async (name: string, projectId: string, projectName: string, role: string): Promise<Session> => {
    const user = await make(admin, '/identity/v3/users', { user: { name, password } });
    const roles = await admin.call<{ roles: { id: string }[] }>('GET', `/identity/v3/roles?name=${role}`);
    const grant = `users/${user.id}/roles/${roles.body.roles[0]?.id}`;
    await put(admin, `/identity/v3/projects/${projectId}/${grant}`);
    return signIn(cloud.url, name, password, projectName);
  };
  const demo = await signIn(cloud.url, 'demo', demoPassword, 'demo');
  await uploadTinyImage(admin);
  const quoteId = await fill(admin, demo);
  const reader = await person('reader', demo.projectId, 'demo', 'reader');
  const stranger = await person('stranger', project.id, 'elsewhere', 'member');
  return { cloud, admin, owner: demo, reader, stranger, quoteId, close: () => cloud.close() };
}

/** One thing of every kind, all named with the mark. Answers the id of a quote. */
async function fill(admin: Session, owner: Session): Promise<string> {
  await fillIdentity(admin, owner);
  const image = await fillImages(admin, owner);
  const port = await fillNetwork(admin, owner);
  await fillCompute(admin, owner, image, port);
  await fillVolumes(admin, owner);
  await fillPlacement(admin, owner);
  await settledStack(owner, mark, await createStack(owner, mark));
  return sell(admin, owner);
}
