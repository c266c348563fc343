import Type from 'typebox';
import { version } from '../../../../kernel/http/index.ts';
import {
  addFixedIp,
  addFloatingIp,
  addSecurityGroup,
  removeFixedIp,
  removeFloatingIp,
  removeSecurityGroup,
} from '../../operations/server-network.ts';
import type { ComputeSettings } from '../../operations/settings.ts';
import { exact, ipv4, ipv6, name } from '../schemas.ts';
import { type ActionHandlers, action } from './action.ts';

const address = Type.Union([ipv4, ipv6]);
/** Nova passed these on to the network service until 2.43. */
const until243 = { max: version('2.43') };

/** Security groups and addresses of a server's ports. */
export function networkActions(settings: ComputeSettings): ActionHandlers {
  return {
    addSecurityGroup: action<{ readonly name: string }>({
      schemas: { '2.1': exact({ name: groupName }) },
      run: ({ context, id, argument }) => addSecurityGroup(settings, context, id, argument.name),
    }),
    removeSecurityGroup: action<{ readonly name: string }>({
      schemas: { '2.1': exact({ name: groupName }) },
      run: ({ context, id, argument }) => removeSecurityGroup(settings, context, id, argument.name),
    }),
    addFixedIp: action<{ readonly networkId: string }>({
      versions: until243,
      schemas: { '2.1': exact({ networkId: Type.Union([name, Type.Integer()]) }) },
      run: ({ context, id, argument }) => addFixedIp(settings, context, id, String(argument.networkId)),
    }),
    removeFixedIp: action<{ readonly address: string }>({
      versions: until243,
      schemas: { '2.1': exact({ address }) },
      run: ({ context, id, argument }) => removeFixedIp(settings, context, id, argument.address),
    }),
    addFloatingIp: action<{ readonly address: string; readonly fixed_address?: string }>({
      versions: until243,
      schemas: { '2.1': exact({ address, fixed_address: Type.Optional(address) }) },
      run: ({ context, id, argument }) =>
        addFloatingIp(settings, context, id, argument.address, argument.fixed_address),
    }),
    removeFloatingIp: action<{ readonly address: string }>({
      versions: until243,
      schemas: { '2.1': exact({ address }) },
      run: ({ context, id, argument }) => removeFloatingIp(settings, context, id, argument.address),
    }),
  };
}

/** Security groups may have names with spaces at their ends. */
const groupName = Type.String({ minLength: 1, maxLength: 255 });
