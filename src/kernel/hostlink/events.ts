import type { HostEvent, HostEvents } from './protocol.ts';

/** One listener's way to receive events; `close` ends it from the host's side. */
export interface Subscriber {
  send(event: HostEvent): void;
  close(): void;
}

/** Fans events out to whoever listens. Events are hints: a listener that missed some gets a snapshot when it is back. */
export class EventHub implements HostEvents {
  readonly #subscribers = new Set<Subscriber>();
  readonly #snapshots: ((send: (event: HostEvent) => void) => void)[] = [];

  publish(event: HostEvent): void {
    for (const subscriber of this.#subscribers) subscriber.send(event);
  }

  onConnect(snapshot: (send: (event: HostEvent) => void) => void): void {
    this.#snapshots.push(snapshot);
  }

  /** Sends the snapshots and then everything that is published, until the returned function is called. */
  subscribe(subscriber: Subscriber): () => void {
    for (const snapshot of this.#snapshots) snapshot((event) => subscriber.send(event));
    this.#subscribers.add(subscriber);
    return () => this.#subscribers.delete(subscriber);
  }

  close(): void {
    for (const subscriber of this.#subscribers) subscriber.close();
    this.#subscribers.clear();
  }
}
