import { Grid, Text } from '@mantine/core';
import { IconDatabaseOff } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { useChanges } from '../../api/changes.ts';
import { servers } from '../../api/compute.ts';
import { allOf } from '../../api/list.ts';
import { deleteSnapshot, deleteVolume, detachVolume, snapshotsOf, type Volume, volumeQuery } from '../../api/volume.ts';
import { useFormat, useTexts } from '../../app/language.tsx';
import { Facts } from '../../ui/facts.tsx';
import { ListTable } from '../../ui/list.tsx';
import { OneOrNone } from '../../ui/one-or-none.tsx';
import { Page } from '../../ui/page.tsx';
import { RemoveButton } from '../../ui/remove-button.tsx';
import { Section } from '../../ui/section.tsx';
import { AttachVolume, ExtendVolume, SnapshotVolume } from './forms.tsx';
import { VolumeState } from './state.tsx';
import { volumeTexts } from './texts.ts';

/** One volume: how it is, where it is attached, its snapshots. */
export function VolumePage() {
  const t = useTexts(volumeTexts);
  const { volumeId } = useParams({ from: '/volumes/$volumeId' });
  useChanges();
  const volume = useQuery(volumeQuery(volumeId));
  return (
    <OneOrNone
      query={volume}
      id={volumeId}
      title={t.title}
      list="/volumes"
      none={t.noVolume}
      icon={<IconDatabaseOff />}
    >
      {(found) => <Shown volume={found} />}
    </OneOrNone>
  );
}

function Shown({ volume }: { readonly volume: Volume }) {
  const t = useTexts(volumeTexts);
  const format = useFormat();
  const { data: allServers = [] } = useQuery(allOf(servers));
  const nameOf = (server: string): string => allServers.find(({ id }) => id === server)?.name ?? server;
  const places = volume.attachments.map(({ server_id: server, device }) =>
    device === null ? nameOf(server) : t.as(nameOf(server), device),
  );
  return (
    <Page
      title={volume.name || volume.id}
      lead={<VolumeState status={volume.status} />}
      actions={<Actions volume={volume} nameOf={nameOf} />}
    >
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, md: 7 }}>
          <Snapshots volumeId={volume.id} />
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 5 }}>
          <Section title={t.details}>
            <Facts
              items={[
                [t.size, format.mebibytes(volume.size * 1024)],
                [t.on, places.length === 0 ? t.onNone : places.join(', ')],
                [t.type, volume.volume_type],
                [t.bootable, volume.bootable === 'true' ? t.yes : t.no],
                [t.created, format.dateTime(`${volume.created_at}Z`)],
                [t.id, volume.id],
              ]}
            />
          </Section>
        </Grid.Col>
      </Grid>
    </Page>
  );
}

function Actions({ volume, nameOf }: { readonly volume: Volume; readonly nameOf: (serverId: string) => string }) {
  const t = useTexts(volumeTexts);
  const navigate = useNavigate();
  const name = volume.name || volume.id;
  return (
    <>
      {volume.attachments.length === 0 && <AttachVolume volume={volume} />}
      {volume.attachments.map(({ server_id: server }) => (
        <RemoveButton
          key={server}
          verb={t.detach}
          name={name}
          disabled={volume.status !== 'in-use'}
          remove={() => detachVolume(volume.id, server)}
        >
          {t.detachAdvice(nameOf(server))}
        </RemoveButton>
      ))}
      <ExtendVolume volume={volume} />
      <SnapshotVolume volume={volume} />
      {volume.attachments.length === 0 && (
        <RemoveButton
          name={name}
          disabled={volume.status === 'deleting'}
          remove={() => deleteVolume(volume.id)}
          onDone={() => void navigate({ to: '/volumes' })}
        >
          {t.deleteAdvice}
        </RemoveButton>
      )}
    </>
  );
}

function Snapshots({ volumeId }: { readonly volumeId: string }) {
  const t = useTexts(volumeTexts);
  const format = useFormat();
  return (
    <Section title={t.snapshots}>
      <ListTable
        list={snapshotsOf(volumeId)}
        label={t.snapshots}
        idOf={({ id }) => id}
        wordsOf={({ name, id }) => `${name} ${id}`}
        empty={<Text c="dimmed">{t.noSnapshots}</Text>}
        columns={[
          { title: t.name, cell: ({ name, id }) => <span className="breakable">{name || id}</span> },
          { title: t.state, cell: ({ status }) => <VolumeState status={status} /> },
          { title: t.created, cell: ({ created_at: at }) => format.dateTime(`${at}Z`) },
        ]}
        actions={{
          title: t.snapshots,
          cell: ({ id, name }) => (
            <RemoveButton size="xs" name={name || id} remove={() => deleteSnapshot(id)}>
              {t.deleteSnapshotAdvice}
            </RemoveButton>
          ),
        }}
      />
    </Section>
  );
}
