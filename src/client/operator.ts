/** What `GET /operator/v1/health` answers: what carries the cloud. Engines tell of themselves in Nova's services and Neutron's agents. */
export interface Health {
  readonly database: {
    /** `15.14` */
    readonly version: string;
    /** How long it took to answer. */
    readonly milliseconds: number;
    /** Where it is, without its password, when it is not the cloud's own. */
    readonly place: string | null;
  };
  /** The root process of the machine, and what it runs; null on simulated engines. */
  readonly host: HostHealth | null;
}

export type HostHealth =
  | {
      readonly answers: true;
      readonly name: string;
      readonly versions: { readonly andromede: string; readonly node: string };
      readonly processes: readonly {
        readonly name: string;
        readonly state: 'waiting' | 'starting' | 'ready' | 'failed' | 'stopped';
        readonly restarts: number;
        readonly since: string;
      }[];
      /** What runs guests' code, and why; null while that is being found out. */
      readonly accelerator: { readonly kind: 'kvm' | 'tcg'; readonly reason: string } | null;
    }
  | { readonly answers: false; readonly reason: string };
