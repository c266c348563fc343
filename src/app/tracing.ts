import type { Logger } from '../kernel/base/log.ts';
import { installTracing } from '../kernel/base/tracing.ts';

/**
 * Traces, if OpenTelemetry's variables say where they go (`OTEL_EXPORTER_OTLP_ENDPOINT` or its variant for traces). Nothing of
 * the library is loaded otherwise. Answers how to send the rest and stop.
 */
export async function startTracing(environment: NodeJS.ProcessEnv, log: Logger): Promise<() => Promise<void>> {
  const { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, OTEL_EXPORTER_OTLP_ENDPOINT } = environment;
  const endpoint = OTEL_EXPORTER_OTLP_TRACES_ENDPOINT || OTEL_EXPORTER_OTLP_ENDPOINT;
  const unwanted = environment.OTEL_SDK_DISABLED === 'true' || environment.OTEL_TRACES_EXPORTER === 'none';
  if (!endpoint || unwanted) return async () => undefined;
  const { openTraces } = await import('./traces.ts');
  const traces = openTraces(environment, log);
  installTracing(traces);
  log.info({ endpoint: new URL(endpoint).origin }, 'traces are sent');
  return async () => {
    installTracing(undefined);
    await traces.close();
  };
}
