import { badRequest } from '../../../kernel/base/errors.ts';
import { isUuid } from '../../../kernel/base/ids.ts';

/** The bridge of guests, which OVN programs. */
export const integrationBridge = 'br-int';

/** The bridge to the outside. */
export const externalBridge = 'br-ex';

/** What devices' names begin with: guests' cards, and networks' links to the metadata proxy. */
export const tapPrefix = 'tap';
export const metadataPrefix = 'meta';

/**
 * The device of a thing: 15 characters are all that a name may have. The id's end, because the beginnings of
 * time-ordered ids are the same for things made at the same moment.
 */
export function deviceName(prefix: string, id: string): string {
  if (!isUuid(id)) throw badRequest(`${JSON.stringify(id)} is not a UUID.`);
  return `${prefix}${id.toLowerCase().replaceAll('-', '').slice(-11)}`;
}
