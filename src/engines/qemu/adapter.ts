import type { DiskCopy, GuestState, Hypervisor } from '../../cloud/compute/ports.ts';
import type { HostEvent, HostLink } from '../../kernel/hostlink/protocol.ts';

/** A guest's state as it travels: instants are ISO 8601. */
interface SentState extends Omit<GuestState, 'since'> {
  readonly since: string;
}

/** The hypervisor that the host process at the other end of `link` runs. */
export function qemuHypervisor(link: HostLink): Hypervisor {
  return {
    kind: 'QEMU',
    ensure: async (spec) => revive(await link.call<SentState>('guest.ensure', spec)),
    reboot: async (id, how) => revive(await link.call<SentState>('guest.reboot', { id, how })),
    remove: async (id) => void (await link.call('guest.remove', { id })),
    list: async () => (await link.call<SentState[]>('guest.list', {})).map(revive),
    snapshot: (id, target) => link.call<DiskCopy>('guest.snapshot', { id, target }),
    console: (id, kind) => link.open('guest.console', { id, kind }),
    consoleLog: (id, lines) => link.call<string>('guest.console', { id, lines }),
    watch(listener, signal) {
      link.listen((event) => {
        if (isGuestState(event)) listener(revive(event.state));
      }, signal);
    },
    capacity: () => link.call('guest.capacity', {}),
  };
}

function isGuestState(event: HostEvent): event is HostEvent & { readonly state: SentState } {
  return event.type === 'guest.state';
}

function revive(state: SentState): GuestState {
  return { ...state, since: new Date(state.since) };
}
