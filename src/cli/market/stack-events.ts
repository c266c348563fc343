import type { Cloud } from '../http/cloud.ts';
import type { Order, Subscription } from './shapes.ts';

/** What happened to a resource of a stack (Orchestration API reference, "List stack events"). */
export interface StackEvent {
  readonly id: string;
  readonly resource_name: string;
  readonly resource_status: string;
  readonly resource_status_reason: string;
}

/** Follows the stack of a subscription from look to look: each event is given once. */
export class StackFollower {
  readonly #cloud: Cloud;
  readonly #stackName: string;
  readonly #seen = new Set<string>();
  #path: string | undefined;

  constructor(cloud: Cloud, stackName: string) {
    this.#cloud = cloud;
    this.#stackName = stackName;
  }

  /** The events since the last look; none before there is a stack. */
  async fresh(): Promise<StackEvent[]> {
    this.#path ??= await this.#find();
    if (this.#path === undefined) return [];
    const { events } = await this.#cloud.get<{ events: StackEvent[] }>('orchestration', `${this.#path}/events`);
    const fresh = events.filter(({ id }) => !this.#seen.has(id));
    for (const { id } of fresh) this.#seen.add(id);
    return fresh;
  }

  async #find(): Promise<string | undefined> {
    const query = `?name=${encodeURIComponent(this.#stackName)}`;
    const { stacks } = await this.#cloud.get<{ stacks: { id: string }[] }>('orchestration', `/stacks${query}`);
    const [stack] = stacks;
    return stack && `/stacks/${encodeURIComponent(this.#stackName)}/${stack.id}`;
  }
}

/** The name of the stack that an order makes. */
export async function stackNameOf(cloud: Cloud, order: Order): Promise<string> {
  const path = `/subscriptions/${encodeURIComponent(order.subscriptionId)}`;
  return (await cloud.get<Subscription>('marketplace', path)).stackName;
}
