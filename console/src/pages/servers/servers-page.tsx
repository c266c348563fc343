import { Text } from '@mantine/core';
import { IconPlus, IconServer } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useChanges } from '../../api/changes.ts';
import { type Server, servers } from '../../api/compute.ts';
import { sessionQuery } from '../../api/session.ts';
import { useFormat, useTexts } from '../../app/language.tsx';
import { Empty } from '../../ui/empty.tsx';
import { AnchorLink, ButtonLink } from '../../ui/links.tsx';
import { ListTable } from '../../ui/list.tsx';
import { Page } from '../../ui/page.tsx';
import { addressesOf, ServerState } from './state.tsx';
import { serverTexts } from './texts.ts';

/** The project's servers, as they change. */
export function ServersPage() {
  const t = useTexts(serverTexts);
  const format = useFormat();
  useChanges();
  const { data: session } = useQuery(sessionQuery);
  const create = (
    <ButtonLink to="/servers/new" leftSection={<IconPlus size={18} aria-hidden />}>
      {t.create}
    </ButtonLink>
  );
  return (
    <Page title={t.title} lead={t.lead(session?.project?.name ?? '')} actions={create}>
      <ListTable
        list={servers}
        label={t.title}
        idOf={({ id }) => id}
        wordsOf={(server) => [server.name, ...addressesOf(server), server.flavor.original_name].join(' ')}
        empty={
          <Empty icon={<IconServer />} title={t.none}>
            {t.noneAdvice}
          </Empty>
        }
        columns={[
          {
            title: t.name,
            cell: ({ id, name }) => (
              <AnchorLink to="/servers/$serverId" params={{ serverId: id }} inherit fw={500}>
                {name}
              </AnchorLink>
            ),
          },
          { title: t.state, cell: (server) => <ServerState server={server} /> },
          { title: t.addresses, cell: (server) => <Addresses server={server} />, tabular: true },
          { title: t.size, cell: ({ flavor }) => flavor.original_name },
          { title: t.created, cell: ({ created }) => format.dateTime(created) },
        ]}
      />
    </Page>
  );
}

function Addresses({ server }: { readonly server: Server }) {
  return addressesOf(server).map((address) => (
    <Text key={address} size="sm">
      {address}
    </Text>
  ));
}
