import { IconDatabase } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useChanges } from '../../api/changes.ts';
import { servers } from '../../api/compute.ts';
import { allOf } from '../../api/list.ts';
import { type Volume, volumes } from '../../api/volume.ts';
import { useFormat, useTexts } from '../../app/language.tsx';
import { Empty } from '../../ui/empty.tsx';
import { AnchorLink } from '../../ui/links.tsx';
import { ListTable } from '../../ui/list.tsx';
import { Page } from '../../ui/page.tsx';
import { CreateVolume } from './forms.tsx';
import { VolumeState } from './state.tsx';
import { volumeTexts } from './texts.ts';

/** The project's volumes, as they change. */
export function VolumesPage() {
  const t = useTexts(volumeTexts);
  const format = useFormat();
  useChanges();
  const { data: allServers = [] } = useQuery(allOf(servers));
  const placesOf = ({ attachments }: Volume): string =>
    attachments.map(({ server_id: server }) => allServers.find(({ id }) => id === server)?.name ?? server).join(', ');
  return (
    <Page title={t.title} lead={t.lead} actions={<CreateVolume />}>
      <ListTable
        list={volumes}
        label={t.title}
        idOf={({ id }) => id}
        wordsOf={(volume) => `${volume.name} ${placesOf(volume)} ${volume.id}`}
        empty={
          <Empty icon={<IconDatabase />} title={t.none}>
            {t.noneAdvice}
          </Empty>
        }
        columns={[
          {
            title: t.name,
            cell: ({ id, name }) => (
              <AnchorLink to="/volumes/$volumeId" params={{ volumeId: id }} inherit fw={500} className="breakable">
                {name || id}
              </AnchorLink>
            ),
          },
          { title: t.state, cell: ({ status }) => <VolumeState status={status} /> },
          { title: t.size, cell: ({ size }) => format.mebibytes(size * 1024), tabular: true },
          { title: t.on, cell: (volume) => placesOf(volume) || t.onNone },
          { title: t.created, cell: ({ created_at: at }) => format.dateTime(`${at}Z`) },
        ]}
      />
    </Page>
  );
}
