import { isIP, isIPv4 } from 'node:net';
import { badRequest } from '../../../kernel/base/errors.ts';

/** Encoders: what becomes part of OVN's expressions, in which a stray character would change the meaning. */

/** A string literal. */
export const quoted = (text: string): string => JSON.stringify(text);

/** An IPv4 address. */
export function checkedAddress(address: string): string {
  if (!isIPv4(address)) throw badRequest(`${JSON.stringify(address)} is not an IPv4 address.`);
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
