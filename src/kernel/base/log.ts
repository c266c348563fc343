import { type Logger, pino } from 'pino';
import { traceparent } from './tracing.ts';

export type { Logger } from 'pino';

/** Paths whose values never reach a log line, whatever the depth at which they are usually found. */
const secretPaths = ['password', 'token', 'secret', 'adminPass', 'authorization', 'x-auth-token', 'x-subject-token'];

/** Leads from a line to the trace in which it was written. */
function traceFields(): { trace_id?: string } {
  const traceId = traceparent()?.split('-')[1];
  return traceId === undefined ? {} : { trace_id: traceId };
}

/** The process's logger: one JSON object a line on stdout. Pass `child({ … })` loggers down, do not create more. */
export function createLogger(name: string, level: string = process.env.ANDROMEDE_LOG ?? 'info'): Logger {
  return pino({
    name,
    level,
    redact: secretPaths.flatMap((path) => (path.includes('-') ? [`headers["${path}"]`] : [path, `*.${path}`])),
    timestamp: pino.stdTimeFunctions.isoTime,
    mixin: traceFields,
  });
}
