import { conflict, Fault } from '../../../kernel/base/errors.ts';

/** Codes that Placement's clients tell errors by (API reference, "Errors"). */
export type PlacementCode =
  | 'placement.concurrent_update'
  | 'placement.duplicate_name'
  | 'placement.inventory.inuse'
  | 'placement.resource_provider.inuse'
  | 'placement.resource_provider.cannot_delete_parent'
  | 'placement.query.bad_value'
  | 'placement.query.duplicate_key'
  | 'placement.query.missing_value'
  | 'placement.undefined_code';

/** 409 with a code. */
export function clash(code: PlacementCode, message: string): Fault {
  return conflict(message, { data: { code } });
}

/** Somebody else changed it since the caller looked: look again. */
export function concurrentUpdate(message: string): Fault {
  return clash('placement.concurrent_update', message);
}

/** 400 for a query, with a code. */
export function badQuery(message: string, code: PlacementCode = 'placement.query.bad_value'): Fault {
  return new Fault('badRequest', message, { data: { code } });
}

/** 404 */
export function unknown(what: string, name: string): Fault {
  return new Fault('notFound', `No ${what} ${name.slice(0, 64)} found.`);
}
