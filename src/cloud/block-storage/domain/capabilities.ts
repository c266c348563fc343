/** What a backend says of itself, as pools show it and types may ask for. */
export interface Capabilities {
  readonly volume_backend_name: string;
  readonly vendor_name: string;
  readonly storage_protocol: string;
  readonly driver_version: string;
}

export function capabilitiesOf(kind: string): Capabilities {
  return { volume_backend_name: kind, vendor_name: 'Andromede', storage_protocol: 'file', driver_version: '1.0.0' };
}

/**
 * Why no backend is fit for a volume whose type has these extra specs; undefined when one is. Keys with a scope other than
 * `capabilities` say nothing about where a volume may be (Cinder's capability filter).
 */
export function mismatch(extraSpecs: Readonly<Record<string, string>>, kind: string): string | undefined {
  const offered: Readonly<Record<string, string>> = { ...capabilitiesOf(kind), multiattach: '<is> True' };
  for (const [key, wanted] of Object.entries(extraSpecs)) {
    const [scope, name] = key.includes(':') ? key.split(':', 2) : ['capabilities', key];
    if (scope !== 'capabilities' || name === undefined) continue;
    const plain = wanted.replace(/^(<is>|<in>|s==)\s*/, '');
    const has = offered[name]?.replace(/^<is>\s*/, '');
    if (has?.toLowerCase() !== plain.toLowerCase()) {
      return `No valid host was found: no backend has ${name} ${wanted}.`;
    }
  }
  return undefined;
}
