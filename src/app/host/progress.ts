import type { HostEvent, HostEvents } from '../../kernel/hostlink/protocol.ts';

/** What raising and taking down a cloud consists of; `messages.ts` has the words. */
export type Step = 'network' | 'postgres' | 'engines' | 'api' | 'guests' | 'processes' | 'remove';

/** What the host process is about. */
export type Phase = 'up' | 'down';

export interface StepEvent {
  readonly type: 'host.step';
  readonly phase: Phase;
  readonly step: Step;
  readonly state: 'begun' | 'done' | 'failed';
  /** Since the step began. */
  readonly ms: number;
}

/** Told over the host link to whoever runs `up` or `down`. */
export type ProgressEvent =
  | StepEvent
  | { readonly type: 'host.ready' }
  | { readonly type: 'host.failed'; readonly message: string };

/** Publishes each step as it begins and ends, and repeats what happened so far to a listener that comes later. */
export class Progress {
  readonly #events: HostEvents;
  readonly #history: ProgressEvent[] = [];
  #phase: Phase = 'up';

  constructor(events: HostEvents) {
    this.#events = events;
    events.onConnect((send) => {
      for (const event of this.#history) send(event as HostEvent);
    });
  }

  begin(phase: Phase): void {
    this.#phase = phase;
  }

  async step<T>(step: Step, work: () => Promise<T>): Promise<T> {
    const startedAt = performance.now();
    const tell = (state: 'begun' | 'done' | 'failed') =>
      this.publish({
        type: 'host.step',
        phase: this.#phase,
        step,
        state,
        ms: Math.round(performance.now() - startedAt),
      });
    tell('begun');
    try {
      const result = await work();
      tell('done');
      return result;
    } catch (error) {
      tell('failed');
      throw error;
    }
  }

  publish(event: ProgressEvent): void {
    this.#history.push(event);
    this.#events.publish(event as HostEvent);
  }
}
