import { useTexts } from '../../app/language.tsx';
import { type Mood, Status } from '../../ui/status.tsx';
import { volumeTexts } from './texts.ts';

/** How a volume or a snapshot is; Cinder's own word for what has no other. */
export function VolumeState({ status }: { readonly status: string }) {
  const t: Readonly<Record<string, unknown>> = useTexts(volumeTexts);
  const word = t[status];
  return <Status mood={moodOf(status)}>{typeof word === 'string' ? word : status}</Status>;
}

function moodOf(status: string): Mood {
  if (status.startsWith('error')) return 'bad';
  if (status === 'available' || status === 'in-use') return 'good';
  return status.endsWith('ing') || status === 'restoring-backup' ? 'working' : 'idle';
}
