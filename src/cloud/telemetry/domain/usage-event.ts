import { quantityOf, type UsageUnit } from './meters.ts';
import type { Slice } from './slices.ts';

/** Who says it, in CloudEvents' terms: with the id it names the event for ever, so it is the same at every address. */
const source = '/telemetry';

/** Usage as it is sent (CloudEvents 1.0, JSON). */
export interface UsageEvent {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string;
  readonly time: string;
  readonly datacontenttype: 'application/json';
  readonly data: {
    readonly resourceId: string;
    readonly projectId: string;
    /** Half-open [start, end), ISO 8601 in UTC. */
    readonly start: string;
    readonly end: string;
    readonly quantity: number;
    readonly unit: UsageUnit;
    /** Counts the slices of the resource from 1. */
    readonly sequence: number;
    readonly facts: Readonly<Record<string, unknown>>;
  };
}

const iso = (second: number): string => new Date(second * 1000).toISOString();

/** The event that says the slice. */
export function usageEvent(
  resource: {
    readonly meter: string;
    readonly resourceId: string;
    readonly projectId: string;
    readonly facts: Readonly<Record<string, unknown>>;
  },
  { start, end, sequence }: Slice,
): UsageEvent {
  const { meter, resourceId, projectId, facts } = resource;
  return {
    specversion: '1.0',
    id: `${meter}/${resourceId}/${sequence}`,
    source,
    type: `andromede.${meter}.usage.v1`,
    subject: resourceId,
    time: iso(end),
    datacontenttype: 'application/json',
    data: {
      resourceId,
      projectId,
      start: iso(start),
      end: iso(end),
      ...quantityOf(meter, facts, end - start),
      sequence,
      facts,
    },
  };
}
