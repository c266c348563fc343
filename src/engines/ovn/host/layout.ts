import { type Installation, sockets } from '../../../kernel/supervise/installation.ts';

/** Where everything of OVS and OVN is. */
export interface Layout {
  /** Databases. */
  readonly data: string;
  /** Runtime folders of OVS (root only) and of OVN (`api`'s group may enter, for the northbound socket). */
  readonly ovsRun: string;
  readonly ovnRun: string;
  readonly ovsSocket: string;
  readonly northboundSocket: string;
  readonly southboundSocket: string;
  /** Control socket of a daemon. */
  control(name: string): string;
}

export function layoutOf(installation: Installation): Layout {
  const { dataDir, runDir } = installation;
  const ovsRun = `${runDir}/ovs`;
  const ovnRun = `${runDir}/ovn`;
  return {
    data: `${dataDir}/ovn`,
    ovsRun,
    ovnRun,
    ovsSocket: sockets.ovs(runDir),
    northboundSocket: sockets.ovnNorthbound(runDir),
    southboundSocket: sockets.ovnSouthbound(runDir),
    control: (name) => `${name.startsWith('ovs') ? ovsRun : ovnRun}/${name}.ctl`,
  };
}
