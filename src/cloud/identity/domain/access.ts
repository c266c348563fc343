import type { Context } from '../../../kernel/access/context.ts';

/** Whether the caller may look into the whole directory. */
export function readsAll(context: Context): boolean {
  return context.isAdmin || (context.system && context.roles.includes('reader'));
}

/** Whether the caller may look at what is in the domain: the cloud's administrators and readers, and the domain's. */
export function readsDomain(context: Context, domainId: string): boolean {
  return readsAll(context) || (context.domainId === domainId && context.roles.includes('reader'));
}

/** Whether the caller may change what is in the domain: the cloud's administrators, and the domain's managers. */
export function managesDomain(context: Context, domainId: string): boolean {
  return context.isAdmin || (context.domainId === domainId && context.roles.includes('manager'));
}
