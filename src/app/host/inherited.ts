/** Those of our environment variables that are set, for a process that we start. */
export function inherited(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}

/** What `up` was told of traces, for `api`, which sends them. Their headers may hold a secret: they are kept nowhere. */
export function openTelemetryVariables(): string[] {
  return Object.keys(process.env).filter((name) => name.startsWith('OTEL_'));
}
