import { Text } from '@mantine/core';
import { IconPlus, IconServer } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useChanges } from '../../api/changes.ts';
import { serversQuery } from '../../api/compute.ts';
import { sessionQuery } from '../../api/session.ts';
import { useFormat, useTexts } from '../../app/language.tsx';
import { Empty } from '../../ui/empty.tsx';
import { AnchorLink, ButtonLink } from '../../ui/links.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { Page } from '../../ui/page.tsx';
import { Cell, Row, Table } from '../../ui/table.tsx';
import { addressesOf, ServerState } from './state.tsx';
import { serverTexts } from './texts.ts';

/** The project's servers, as they change. */
export function ServersPage() {
  const t = useTexts(serverTexts);
  const format = useFormat();
  useChanges();
  const servers = useQuery(serversQuery);
  const { data: session } = useQuery(sessionQuery);
  const create = (
    <ButtonLink to="/servers/new" leftSection={<IconPlus size={18} aria-hidden />}>
      {t.create}
    </ButtonLink>
  );
  return (
    <Page title={t.title} lead={t.lead(session?.project?.name ?? '')} actions={create}>
      <Loaded query={servers}>
        {(found) =>
          found.length === 0 ? (
            <Empty icon={<IconServer />} title={t.none}>
              {t.noneAdvice}
            </Empty>
          ) : (
            <Table label={t.title} columns={[t.name, t.state, t.addresses, t.size, t.created]}>
              {found.map((server) => (
                <Row key={server.id}>
                  <Cell>
                    <AnchorLink to="/servers/$serverId" params={{ serverId: server.id }} fw={500}>
                      {server.name}
                    </AnchorLink>
                  </Cell>
                  <Cell>
                    <ServerState server={server} />
                  </Cell>
                  <Cell>
                    {addressesOf(server).map((address) => (
                      <Text key={address} size="sm" className="tabular">
                        {address}
                      </Text>
                    ))}
                  </Cell>
                  <Cell>{server.flavor.original_name}</Cell>
                  <Cell>{format.dateTime(server.created)}</Cell>
                </Row>
              ))}
            </Table>
          )
        }
      </Loaded>
    </Page>
  );
}
