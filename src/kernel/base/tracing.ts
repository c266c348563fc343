import type { Attributes, SpanKind } from '@opentelemetry/api';
import { asFault } from './errors.ts';

/** What is under way, as a trace tells it: `traced` begins and ends it. Nothing of it may be a secret or a body. */
export interface Span {
  /** Facts, named as OpenTelemetry's semantic conventions name them where they do. */
  set(attributes: Attributes): void;
  /** It went wrong, though nothing was thrown; `type` is a fault's code. */
  fail(type: string): void;
}

export interface SpanOptions {
  readonly kind?: keyof typeof SpanKind;
  readonly attributes?: Attributes;
  /** Told only as a part of something: what goes on by itself all the time would tell nothing. */
  readonly onlyInside?: boolean;
}

/** What traces; installed by the composition root when the operator says where traces go. */
export interface Tracing {
  span<R>(name: string, options: SpanOptions, work: (span: Span) => Promise<R>): Promise<R>;
  /** W3C's `traceparent` of what is under way. */
  traceparent(): string | undefined;
  /** Does `work` as a part of what `traceparent` names, or of nothing. */
  within<R>(traceparent: string | undefined, work: () => R): R;
}

let installed: Tracing | undefined;

/** Traces from now on; with undefined, no more. */
export function installTracing(tracing: Tracing | undefined): void {
  installed = tracing;
}

/** For a hot path, which would rather not gather what a span is begun with. */
export function isTraced(): boolean {
  return installed !== undefined;
}

/** Of what is not traced. */
export const untold: Span = { set: () => undefined, fail: () => undefined };

/** Does `work` and tells how long it took and whether it threw. Without tracing it is a call and nothing else. */
export function traced<R>(name: string, options: SpanOptions, work: (span: Span) => Promise<R>): Promise<R> {
  return installed === undefined ? work(untold) : installed.span(name, options, work);
}

/** What a call to elsewhere, or a job for later, is sent with, so that what comes of it is in the same trace. */
export function traceparent(): string | undefined {
  return installed?.traceparent();
}

/** `{ traceparent }` for a request's headers; nothing where nothing is traced. */
export function traceHeaders(): { readonly traceparent?: string } {
  const parent = installed?.traceparent();
  return parent === undefined ? {} : { traceparent: parent };
}

/** Does `work` as a part of the trace that a request or a job came with. */
export function within<R>(parent: string | undefined, work: () => R): R {
  return installed === undefined ? work() : installed.within(parent, work);
}

/** How a failure is named in a trace. What is not a fault may say anything, so only the code is told. */
export function failureOf(error: unknown): string {
  return asFault(error).code;
}
