import type { Context } from '../../../../kernel/access/context.ts';
import type { Clock } from '../../../../kernel/base/clock.ts';
import { notFound } from '../../../../kernel/base/errors.ts';
import type { Connection, Store } from '../../../../kernel/store/index.ts';
import { type Association, maySeeNamespace } from '../../domain/metadefs.ts';
import { findDefinition, findNamespace } from '../../store/metadefs.ts';
import type { NamespaceRow } from '../../store/tables.ts';

export interface MetadefDeps {
  readonly store: Store;
  readonly clock: Clock;
}

/** The namespace, if the caller may know of it; 404 otherwise. */
export async function visibleNamespace(
  connection: Connection,
  context: Context,
  name: string,
  lock?: 'update',
): Promise<NamespaceRow> {
  const namespace = await findNamespace(connection, name, lock);
  if (namespace === undefined || !maySeeNamespace(context, namespace)) {
    throw notFound('Metadata definition namespace', name.slice(0, 80));
  }
  return namespace;
}

/** What the namespace's properties begin with on such a resource; nothing when none is asked for, 404 when it is not about it. */
export async function prefixOn(
  connection: Connection,
  namespace: string,
  resourceType: string | undefined,
): Promise<string> {
  if (resourceType === undefined) return '';
  const association = await findDefinition(connection, { namespace, kind: 'resource_type', name: resourceType });
  if (association === undefined) throw notFound('Association with resource type', resourceType.slice(0, 80));
  return (association.body as Association).prefix ?? '';
}
