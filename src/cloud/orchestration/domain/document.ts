import { type Document, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import { badRequest, type Fault } from '../../../kernel/base/errors.ts';

/** A value of a template: JSON, whether it came as YAML text or as JSON. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/** A path of keys into a template, e.g. `['resources', 'server', 'properties', 'flavor']`. */
export type Path = readonly (string | number)[];

/** A template that was read, with a way to say where in it something is. */
export interface SourceDocument {
  readonly value: Json;
  /** A 400 that names line (when the template came as text) and key. */
  error(path: Path, message: string): Fault;
}

const maxBytes = 512 * 1024;
const maxDepth = 64;

export function templateFault(message: string): Fault {
  return badRequest(message, { data: { type: 'StackValidationFailed' } });
}

/** `resources.server.properties.networks[0].port` */
export function pathText(path: Path): string {
  return path.reduce<string>(
    (text, key) => (typeof key === 'number' ? `${text}[${key}]` : text === '' ? key : `${text}.${key}`),
    '',
  );
}

/** Reads a template given as YAML or JSON text, or as an object that a client has parsed already. */
export function readDocument(template: unknown): SourceDocument {
  return typeof template === 'string' ? readText(template) : readObject(template);
}

function readObject(template: unknown): SourceDocument {
  const value = template as Json;
  checkDepth(value, 0);
  return { value, error: (path, message) => templateFault(`${pathText(path) || 'template'}: ${message}`) };
}

function readText(text: string): SourceDocument {
  if (Buffer.byteLength(text) > maxBytes) throw templateFault(`the template is larger than ${maxBytes} bytes`);
  const lines = new LineCounter();
  // The core schema leaves dates such as a template's version as the text they are.
  const document = parseDocument(text, { lineCounter: lines, schema: 'core', uniqueKeys: true });
  const [broken] = document.errors;
  if (broken !== undefined) {
    const line = lines.linePos(broken.pos[0]).line;
    throw templateFault(`line ${line}: not valid YAML: ${broken.message.split(/ at line |\n/)[0]}`);
  }
  const value = document.toJS({ maxAliasCount: 50 }) as Json;
  checkDepth(value, 0);
  return {
    value,
    error: (path, message) => {
      const line = lineOf(document, lines, path);
      return templateFault(`line ${line}: ${pathText(path) || 'template'}: ${message}`);
    },
  };
}

/** The line of the key at `path`, or of the nearest thing around it that exists. */
function lineOf(document: Document, lines: LineCounter, path: Path): number {
  let node: unknown = document.contents;
  let offset = 0;
  for (const key of path) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(key));
      if (pair === undefined) break;
      offset = (isScalar(pair.key) ? pair.key.range?.[0] : undefined) ?? offset;
      node = pair.value;
    } else if (isSeq(node) && typeof key === 'number') {
      node = node.items[key];
      offset = (node as { range?: [number, number, number] } | undefined)?.range?.[0] ?? offset;
    } else break;
  }
  return lines.linePos(offset).line;
}

function checkDepth(value: Json, depth: number): void {
  if (depth > maxDepth) throw templateFault(`the template is nested more than ${maxDepth} deep`);
  if (value === null || typeof value !== 'object') return;
  for (const inner of Object.values(value)) checkDepth(inner as Json, depth + 1);
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
