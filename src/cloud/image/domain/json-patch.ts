import { badRequest, conflict, Fault } from '../../../kernel/base/errors.ts';
import { attributes, isAttribute, maxProperties, refuseReadOnly } from './attributes.ts';
import type { ImageRecord } from './image.ts';

/** One operation of `application/openstack-images-v2.1-json-patch`: JSON Patch (RFC 6902) on top-level members only. */
export interface PatchOperation {
  readonly op: 'add' | 'remove' | 'replace';
  readonly name: string;
  readonly value: unknown;
}

/** What a patch comes to: new values of attributes, by name, and all properties as they will be. */
export interface PatchResult {
  readonly attributes: ReadonlyMap<string, unknown>;
  readonly properties: Readonly<Record<string, string>>;
}

const operations = new Set(['add', 'remove', 'replace']);

/** The two spellings: `{ op, path, value }`, and the older `{ replace: path, value }`. */
export type PatchSpelling = 'v2.1' | 'v2.0';

/** Reads a patch document; 400 says which operation is wrong and why. */
export function parsePatch(document: unknown, spelling: PatchSpelling): PatchOperation[] {
  if (!Array.isArray(document)) throw badRequest('The request body must be a JSON array of operation objects.');
  return document.map((entry: unknown, index) => {
    if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) {
      throw badRequest(`Operation ${index} must be a JSON object.`);
    }
    const { op, path, value } = spelling === 'v2.0' ? respell(entry) : (entry as Record<string, unknown>);
    if (typeof op !== 'string' || !operations.has(op)) {
      throw badRequest(`Operation ${index}: 'op' must be one of add, remove, replace.`);
    }
    if (op !== 'remove' && value === undefined) throw badRequest(`Operation ${index}: ${op} needs a 'value'.`);
    return { op: op as PatchOperation['op'], name: nameOf(path, index), value };
  });
}

/** `{ replace: '/name', value }` → `{ op: 'replace', path: '/name', value }`. */
function respell(entry: object): Record<string, unknown> {
  const named = Object.entries(entry).filter(([key]) => operations.has(key));
  const [op, path] = named.length === 1 ? (named[0] as [string, unknown]) : [undefined, undefined];
  return { ...entry, op, path };
}

/** `/name` → `name`, with RFC 6901's escapes. */
function nameOf(path: unknown, index: number): string {
  if (typeof path !== 'string' || !path.startsWith('/')) {
    throw badRequest(`Operation ${index}: 'path' must be a JSON pointer such as /name.`);
  }
  if (/~(?![01])/.test(path)) throw badRequest(`Operation ${index}: a '~' of the path must be written ~0, a '/' ~1.`);
  const [name = '', ...deeper] = path.slice(1).split('/');
  if (deeper.length > 0) throw badRequest(`Operation ${index}: only top-level members can be patched.`);
  const plain = name.replaceAll('~1', '/').replaceAll('~0', '~');
  if (plain === '' || plain.length > 255) throw badRequest(`Operation ${index}: a name has 1 to 255 characters.`);
  return plain;
}

/** Applies the operations in order; nothing is changed when one is refused. */
export function applyPatch(image: ImageRecord, patch: readonly PatchOperation[]): PatchResult {
  const changed = new Map<string, unknown>();
  const properties = new Map(Object.entries(image.properties));
  for (const operation of patch) {
    refuseReadOnly(operation.name);
    if (isAttribute(operation.name)) changed.set(operation.name, patchAttribute(image, operation));
    else patchProperty(properties, operation);
  }
  if (properties.size > maxProperties) {
    throw new Fault('tooLarge', `An image has at most ${maxProperties} properties.`);
  }
  return { attributes: changed, properties: Object.fromEntries(properties) };
}

function patchAttribute(image: ImageRecord, { op, name, value }: PatchOperation): unknown {
  const attribute = attributes[name];
  if (op === 'remove') {
    if (attribute?.empty === undefined) throw new Fault('forbidden', `Property ${name} may not be removed.`);
    return attribute.empty;
  }
  if ((name === 'disk_format' || name === 'container_format') && image.status !== 'queued') {
    throw new Fault('forbidden', `Attribute '${name}' can be changed only while the image is queued.`);
  }
  return value;
}

function patchProperty(properties: Map<string, string>, { op, name, value }: PatchOperation): void {
  if (op !== 'add' && !properties.has(name)) throw conflict(`Property ${name} does not exist.`);
  if (op === 'remove') return void properties.delete(name);
  if (typeof value !== 'string') throw badRequest(`Property ${name} must be a string.`);
  properties.set(name, value);
}
