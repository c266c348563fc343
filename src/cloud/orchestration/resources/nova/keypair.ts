import { Type } from 'typebox';
import type { ComputeApi } from '../../../compute/index.ts';
import { found, removed } from '../removal.ts';
import { flag, isTrue, properties, typed } from '../schema.ts';
import type { ResourceType } from '../type.ts';

const keypairProperties = properties({
  name: Type.String({ minLength: 1, maxLength: 255 }),
  public_key: Type.Optional(Type.String()),
  save_private_key: Type.Optional(flag),
});

/** `OS::Nova::KeyPair`; its physical id is its name, as in Nova. */
export function keypair(compute: ComputeApi): ResourceType {
  return {
    type: 'OS::Nova::KeyPair',
    properties: keypairProperties,
    async create({ context, properties: given }) {
      const { name, public_key: publicKey, save_private_key: save } = typed(keypairProperties, given);
      if (publicKey === undefined) {
        // A repeat cannot learn the private key of the first try: it starts over.
        await found(compute.deleteKeypair(context, name));
        const { privateKey } = await compute.createKeypair(context, { name });
        return { physicalId: name, ...(save !== undefined && isTrue(save) && privateKey ? { data: privateKey } : {}) };
      }
      if ((await found(compute.getKeypair(context, name))) === undefined)
        await compute.createKeypair(context, { name, publicKey });
      return { physicalId: name };
    },
    async attributes({ context, physicalId, data }) {
      const { publicKey } = await compute.getKeypair(context, physicalId);
      return { public_key: publicKey, private_key: data ?? '', show: { name: physicalId, public_key: publicKey } };
    },
    remove: async ({ context, physicalId }) =>
      physicalId === '' || removed(() => compute.deleteKeypair(context, physicalId)),
  };
}
