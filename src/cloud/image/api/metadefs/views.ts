import type { Association } from '../../domain/metadefs.ts';
import type { DefinitionRow, NamespaceRow } from '../../store/tables.ts';
import { timeText } from '../view.ts';

type View = Record<string, unknown>;

export const namespacesUrl = '/v2/metadefs/namespaces';

export function namespaceUrl(name: string): string {
  return `${namespacesUrl}/${encodeURIComponent(name)}`;
}

function timesOf({ created_at, updated_at }: { created_at: Date; updated_at: Date }): View {
  return { created_at: timeText(created_at), updated_at: timeText(updated_at) };
}

export function associationView(row: DefinitionRow): View {
  return { name: row.name, ...(row.body as Association), ...timesOf(row) };
}

/** `prefix`: what the names of properties begin with on the resources that were asked for. */
export function objectView(row: DefinitionRow, prefix = ''): View {
  const { properties = {}, ...facts } = row.body as { properties?: Readonly<Record<string, unknown>> };
  return {
    ...{ name: row.name, required: [], ...facts, properties: withPrefix(properties, prefix), ...timesOf(row) },
    self: `${namespaceUrl(row.namespace)}/objects/${encodeURIComponent(row.name)}`,
    schema: '/v2/schemas/metadefs/object',
  };
}

function withPrefix(properties: Readonly<Record<string, unknown>>, prefix: string): View {
  return Object.fromEntries(Object.entries(properties).map(([name, value]) => [prefix + name, value]));
}

export function propertyView(row: DefinitionRow): View {
  return { name: row.name, ...(row.body as object) };
}

export function tagView(row: DefinitionRow): View {
  return { name: row.name, ...timesOf(row) };
}

/** A namespace as lists show it: with what it is about, without what it defines. */
export function namespaceView(row: NamespaceRow, definitions: readonly DefinitionRow[]): View {
  const associations = definitions.filter(({ namespace, kind }) => namespace === row.name && kind === 'resource_type');
  return {
    namespace: row.name,
    display_name: row.display_name,
    description: row.description,
    visibility: row.visibility,
    protected: row.protected,
    owner: row.owner,
    ...timesOf(row),
    ...(associations.length > 0 && { resource_type_associations: associations.map(associationView) }),
    self: namespaceUrl(row.name),
    schema: '/v2/schemas/metadefs/namespace',
  };
}

/** A namespace with all that it defines. */
export function wholeNamespaceView(row: NamespaceRow, definitions: readonly DefinitionRow[], prefix = ''): View {
  const of = (kind: DefinitionRow['kind']) => definitions.filter((definition) => definition.kind === kind);
  const [properties, objects, tags] = [of('property'), of('object'), of('tag')];
  return {
    ...namespaceView(row, definitions),
    ...(properties.length > 0 && { properties: propertiesView(properties, prefix) }),
    ...(objects.length > 0 && { objects: objects.map((object) => objectView(object, prefix)) }),
    ...(tags.length > 0 && { tags: tags.map(tagView) }),
  };
}

/** By name. */
export function propertiesView(rows: readonly DefinitionRow[], prefix = ''): View {
  return Object.fromEntries(rows.map((row) => [prefix + row.name, { ...propertyView(row), name: prefix + row.name }]));
}
