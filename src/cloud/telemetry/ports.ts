import type { ResourceEventData } from './domain/meters.ts';

/** Something that happened to a metered resource, in the words of our own services' events. */
export interface ResourceEvent {
  /** A meter's start, end or change: `andromede.compute.server.started.v1`. */
  readonly type: string;
  /** The resource's id. */
  readonly subject: string;
  readonly data: ResourceEventData;
}

/** What telemetry knows to be running. */
export interface OpenResource {
  /** `compute.server` */
  readonly meter: string;
  readonly resourceId: string;
  readonly projectId: string;
}

/** What a source is given to work with. */
export interface SourceDesk {
  /** Keeps events; what has resolved is never lost. The same event twice does no harm. */
  take(events: readonly ResourceEvent[]): Promise<void>;
  /** Everything that counts now. */
  open(): Promise<readonly OpenResource[]>;
}

/**
 * Where one hears of another cloud's resources. It lets go of an event only when `take` has resolved, so that each is heard
 * at least once, those of a resource in their order.
 */
export interface ResourceEventSource {
  readonly name: string;
  /** Until the signal aborts; what fails on the way is tried again by the source itself. */
  run(desk: SourceDesk, signal: AbortSignal): Promise<void>;
}
