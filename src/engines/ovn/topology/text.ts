import { isIP } from 'node:net';
import { badRequest } from '../../../kernel/base/errors.ts';

/** Encoders: what becomes part of OVN's expressions, in which a stray character would change the meaning. */

/** A string literal. */
export const quoted = (text: string): string => JSON.stringify(text);

/** An IP address. */
export function checkedAddress(address: string): string {
  if (isIP(address) === 0 || address.includes('%'))
    throw badRequest(`${JSON.stringify(address)} is not an IP address.`);
  return address;
}

/** An IP address, with or without a prefix length. */
export function checkedPrefix(prefix: string): string {
  const [address = '', length = '0', ...rest] = prefix.split('/');
  if (isIP(address) === 0 || !/^\d{1,3}$/.test(length) || rest.length > 0) {
    throw badRequest(`${JSON.stringify(prefix)} is not an IP prefix.`);
  }
  return prefix;
}
