import type { Server } from '../../api/compute.ts';
import { useTexts } from '../../app/language.tsx';
import { type Mood, Status } from '../../ui/status.tsx';
import { serverTexts } from './texts.ts';

const moods: Readonly<Record<string, Mood>> = {
  ...{ ACTIVE: 'good', BUILD: 'working', REBOOT: 'working', HARD_REBOOT: 'working', ERROR: 'bad' },
};

type Texts = ReturnType<typeof serverTexts>;

const tasks: Readonly<Record<string, (t: Texts) => string>> = {
  'powering-on': (t) => t.starting,
  'powering-off': (t) => t.stopping,
  deleting: (t) => t.deleting,
};

/** What a server is doing, or how it is; Nova's own word for what has no other. */
export function ServerState({ server }: { readonly server: Server }) {
  const t = useTexts(serverTexts);
  const { status, 'OS-EXT-STS:task_state': task } = server;
  if (task !== null) return <Status mood="working">{tasks[task]?.(t) ?? wordOf(status, t)}</Status>;
  return <Status mood={moods[status] ?? 'idle'}>{wordOf(status, t)}</Status>;
}

function wordOf(status: string, t: Texts): string {
  const word = (t as Readonly<Record<string, unknown>>)[status];
  return typeof word === 'string' ? word : status;
}

/** Its addresses, those that the outside reaches first. */
export function addressesOf({ addresses }: Server): string[] {
  const all = Object.values(addresses).flat();
  const isFloating = (address: (typeof all)[number]) => address['OS-EXT-IPS:type'] === 'floating';
  return [...all.filter(isFloating), ...all.filter((address) => !isFloating(address))].map(({ addr }) => addr);
}
