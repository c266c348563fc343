import {
  type Attributes,
  type Context,
  context,
  DiagLogLevel,
  defaultTextMapGetter,
  defaultTextMapSetter,
  diag,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  type Sampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { Logger } from '../kernel/base/log.ts';
import { failureOf, type Tracing, untold } from '../kernel/base/tracing.ts';

/** Tracing that sends spans to a collector. */
export interface Traces extends Tracing {
  /** Sends what was not sent yet; resolves also when nobody takes it. */
  close(): Promise<void>;
}

/** Spans by OTLP over HTTP, as OpenTelemetry's own variables say (`OTEL_EXPORTER_OTLP_*`, `OTEL_TRACES_SAMPLER`, …). */
export function openTraces(environment: NodeJS.ProcessEnv, log: Logger): Traces {
  tellTroubles(log);
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const named = resourceFromAttributes({ 'service.name': 'andromede' });
  const provider = new TracerProvider({
    resource: defaultResource()
      .merge(named)
      .merge(detectResources({ detectors: [envDetector] })),
    sampler: samplerOf(environment),
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: new OTLPTraceExporter(),
        scheduledDelayMillis: Number(environment.OTEL_BSP_SCHEDULE_DELAY ?? 5000),
      }),
    ],
  });
  const tracer = provider.getTracer('andromede');
  const propagator = new W3CTraceContextPropagator();

  const contextOf = (traceparent: string | undefined): Context =>
    traceparent === undefined ? ROOT_CONTEXT : propagator.extract(ROOT_CONTEXT, { traceparent }, defaultTextMapGetter);

  return {
    async span(name, { kind = 'INTERNAL', attributes = {}, onlyInside = false }, work) {
      if (onlyInside && trace.getActiveSpan() === undefined) return work(untold);
      return tracer.startActiveSpan(name, { kind: SpanKind[kind], attributes }, async (span) => {
        const fail = (type: string): void => {
          span.setAttribute('error.type', type);
          span.setStatus({ code: SpanStatusCode.ERROR });
        };
        try {
          return await work({ set: (more: Attributes) => span.setAttributes(more), fail });
        } catch (error) {
          fail(failureOf(error));
          throw error;
        } finally {
          span.end();
        }
      });
    },
    traceparent() {
      const headers: { traceparent?: string } = {};
      propagator.inject(context.active(), headers, defaultTextMapSetter);
      return headers.traceparent;
    },
    within: (traceparent, work) => context.with(contextOf(traceparent), work),
    async close() {
      await provider.shutdown().catch(() => undefined);
      context.disable();
      diag.disable();
    },
  };
}

/** A collector that is away, or refuses, costs spans and nothing else; the operator is told. */
function tellTroubles(log: Logger): void {
  const tell = (message: string): void => log.warn({ from: 'opentelemetry' }, message);
  const silent = (): void => undefined;
  diag.setLogger({ error: tell, warn: tell, info: silent, debug: silent, verbose: silent }, DiagLogLevel.WARN);
}

/** As OpenTelemetry's specification names them; all spans unless said. */
function samplerOf({ OTEL_TRACES_SAMPLER: name = '', OTEL_TRACES_SAMPLER_ARG: argument }: NodeJS.ProcessEnv): Sampler {
  const roots: Readonly<Record<string, () => Sampler>> = {
    always_on: () => new AlwaysOnSampler(),
    always_off: () => new AlwaysOffSampler(),
    traceidratio: () => new TraceIdRatioBasedSampler(Number(argument ?? 1)),
  };
  const root = (roots[name.replace('parentbased_', '')] ?? roots.always_on ?? (() => new AlwaysOnSampler()))();
  return name in roots ? root : new ParentBasedSampler({ root });
}
