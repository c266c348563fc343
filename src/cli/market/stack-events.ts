import type { OpenStack, StackEvent } from '../../client/index.ts';

/** Follows a stack from look to look: each event is given once. */
export class StackFollower {
  readonly #cloud: OpenStack;
  readonly #name: string;
  readonly #seen = new Set<string>();
  #stack: { readonly id: string; readonly name: string } | undefined;

  constructor(cloud: OpenStack, name: string) {
    this.#cloud = cloud;
    this.#name = name;
  }

  /** The events since the last look; none before there is a stack. */
  async fresh(): Promise<StackEvent[]> {
    this.#stack ??= await this.#cloud.orchestration.findStack(this.#name);
    if (this.#stack === undefined) return [];
    const fresh = (await this.#cloud.orchestration.listEvents(this.#stack)).filter(({ id }) => !this.#seen.has(id));
    for (const { id } of fresh) this.#seen.add(id);
    return fresh;
  }
}
