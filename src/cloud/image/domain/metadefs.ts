import type { Context } from '../../../kernel/access/context.ts';

/** What a namespace holds: what it is about, and what it defines. */
export type DefinitionKind = 'resource_type' | 'property' | 'object' | 'tag';

/** A property's definition: JSON Schema's words, and a few of Glance's. */
export type PropertyDefinition = Readonly<Record<string, unknown>> & { readonly title: string; readonly type: string };

/** How a namespace goes with a kind of resource (Glance API reference, "resource type associations"). */
export interface Association {
  /** Before each of the namespace's properties on such a resource: `hw_`. */
  readonly prefix?: string;
  /** Where such a resource has them, when it has several places: `image` on a volume. */
  readonly properties_target?: string;
}

/** Who may know of a namespace: everybody, or the project that owns it. Administrators know of all, and only they write. */
export function maySeeNamespace(
  context: Context,
  { visibility, owner }: { visibility: string; owner: string },
): boolean {
  return visibility === 'public' || context.isAdmin || context.projectId === owner;
}
