/** A provider of resources. */
export interface Provider {
  readonly id: bigint;
  readonly uuid: string;
  readonly name: string;
  readonly generation: number;
  readonly rootUuid: string;
  readonly parentUuid: string | null;
  readonly updatedAt: Date;
}

/** What a provider has of a class. */
export interface Inventory {
  readonly total: number;
  readonly reserved: number;
  readonly min_unit: number;
  readonly max_unit: number;
  readonly step_size: number;
  readonly allocation_ratio: number;
}

/** What a consumer has at a provider. */
export interface Allocation {
  readonly consumer: string;
  readonly provider: string;
  readonly generation: number;
  readonly class: string;
  readonly used: number;
}

export interface Consumer {
  readonly uuid: string;
  readonly generation: number;
  readonly projectId: string;
  readonly userId: string;
  readonly type: string;
}
