import { NativeSelect, NumberInput, TextInput } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { servers } from '../../api/compute.ts';
import { images } from '../../api/image.ts';
import { allOf } from '../../api/list.ts';
import {
  attachVolume,
  createSnapshot,
  createVolume,
  extendVolume,
  type Source,
  snapshots,
  type Volume,
} from '../../api/volume.ts';
import { useFormat, useTexts } from '../../app/language.tsx';
import { FormButton } from '../../ui/form-button.tsx';
import { volumeTexts } from './texts.ts';

/** Choices of a form are texts: `snapshot_id:ID`. */
function sourceOf(choice: string): Source {
  const [kind, id] = choice.split(':');
  if (kind === 'imageRef' && id !== undefined) return { imageRef: id };
  return kind === 'snapshot_id' && id !== undefined ? { snapshot_id: id } : {};
}

export function CreateVolume() {
  const t = useTexts(volumeTexts);
  return (
    <FormButton
      title={t.create}
      leftSection={<IconPlus size={18} aria-hidden />}
      submit={(form) =>
        createVolume(String(form.get('name')).trim(), Number(form.get('size')), sourceOf(String(form.get('source'))))
      }
    >
      {() => <CreateFields />}
    </FormButton>
  );
}

function CreateFields() {
  const t = useTexts(volumeTexts);
  const { data: allImages = [] } = useQuery(allOf(images));
  const { data: allSnapshots = [] } = useQuery(allOf(snapshots));
  const sources = [
    { value: '', label: t.blank },
    ...allImages
      .filter(({ status }) => status === 'active')
      .map(({ id, name }) => ({ value: `imageRef:${id}`, label: t.ofImage(name ?? id) })),
    ...allSnapshots
      .filter(({ status }) => status === 'available')
      .map(({ id, name }) => ({ value: `snapshot_id:${id}`, label: t.ofSnapshot(name || id) })),
  ];
  return (
    <>
      <TextInput name="name" label={t.name} required maxLength={255} data-autofocus />
      <NumberInput name="size" label={t.sizeInGib} required min={1} allowDecimal={false} defaultValue={1} />
      <NativeSelect name="source" label={t.source} data={sources} />
    </>
  );
}

export function ExtendVolume({ volume: { id, size, status } }: { readonly volume: Volume }) {
  const t = useTexts(volumeTexts);
  const format = useFormat();
  return (
    <FormButton
      variant="default"
      title={t.extend}
      disabled={!isAtRest(status)}
      submit={(form) => extendVolume(id, Number(form.get('size')))}
    >
      {() => (
        <NumberInput
          name="size"
          label={t.sizeInGib}
          description={t.extendHint(format.mebibytes(size * 1024))}
          required
          min={size + 1}
          allowDecimal={false}
          defaultValue={size + 1}
          data-autofocus
        />
      )}
    </FormButton>
  );
}

/** Whether nothing is being done to it. */
const isAtRest = (status: string): boolean => status === 'available' || status === 'in-use';

export function AttachVolume({ volume: { id, status } }: { readonly volume: Volume }) {
  const t = useTexts(volumeTexts);
  const { data: allServers = [] } = useQuery(allOf(servers));
  const choices = allServers.map((server) => ({ value: server.id, label: server.name }));
  return (
    <FormButton
      variant="default"
      title={t.attach}
      disabled={status !== 'available' || choices.length === 0}
      submit={(form) => attachVolume(id, String(form.get('server')))}
    >
      {() => <NativeSelect name="server" label={t.toServer} data={choices} data-autofocus />}
    </FormButton>
  );
}

export function SnapshotVolume({ volume: { id, status } }: { readonly volume: Volume }) {
  const t = useTexts(volumeTexts);
  return (
    <FormButton
      variant="default"
      title={t.snapshot}
      disabled={!isAtRest(status)}
      submit={(form) => createSnapshot(id, String(form.get('name')).trim())}
    >
      {() => <TextInput name="name" label={t.name} required maxLength={255} data-autofocus />}
    </FormButton>
  );
}
