import { Grid, Group, Progress, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useChanges } from '../../api/changes.ts';
import { allServersQuery, type Hypervisor, hypervisorsQuery, type Server } from '../../api/compute.ts';
import { organisationsQuery } from '../../api/market.ts';
import { useFormat, useTexts } from '../../app/language.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { Page } from '../../ui/page.tsx';
import { Section } from '../../ui/section.tsx';
import { Cell, Row, Table } from '../../ui/table.tsx';
import { organisationTexts, roleName } from '../organisations/texts.ts';
import { Sales } from '../selling/sales.tsx';
import { ServerState } from '../servers/state.tsx';
import { Health } from './health.tsx';
import { operatorTexts } from './texts.ts';

/** The operator's first page. */
export function OverviewPage() {
  const t = useTexts(operatorTexts);
  useChanges();
  return (
    <Page title={t.title} lead={t.lead}>
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, md: 7 }}>
          <Capacity />
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 5 }}>
          <Health />
        </Grid.Col>
      </Grid>
      <Servers />
      <Organisations />
      <Sales />
    </Page>
  );
}

function Capacity() {
  const t = useTexts(operatorTexts);
  const hypervisors = useQuery(hypervisorsQuery);
  return (
    <Section title={t.capacity}>
      <Loaded query={hypervisors}>
        {(found) =>
          found.length === 0 ? (
            <Text c="dimmed">{t.noHost}</Text>
          ) : (
            found.map((host) => <Host key={host.id} host={host} />)
          )
        }
      </Loaded>
    </Section>
  );
}

function Host({ host }: { readonly host: Hypervisor }) {
  const t = useTexts(operatorTexts);
  const format = useFormat();
  const gibibytes = (value: number) => format.mebibytes(value * 1024);
  const meters = [
    [t.processors, host.vcpus_used, host.vcpus, (value: number) => format.number(value)],
    [t.memory, host.memory_mb_used, host.memory_mb, format.mebibytes],
    [t.disk, host.local_gb_used, host.local_gb, gibibytes],
  ] as const;
  return (
    <Stack gap="sm">
      <Text size="sm" c="dimmed">
        {host.hypervisor_hostname} · {host.hypervisor_type}
      </Text>
      {meters.map(([name, used, total, write]) => (
        <div key={name}>
          <Group justify="space-between" fz="sm" mb={4}>
            <Text span size="sm">
              {name}
            </Text>
            <Text span size="sm" className="tabular">
              {t.usedOf(write(used), write(total))}
            </Text>
          </Group>
          <Progress
            value={total === 0 ? 0 : Math.min(100, (100 * used) / total)}
            aria-label={`${name} : ${t.usedOf(write(used), write(total))}`}
          />
        </div>
      ))}
    </Stack>
  );
}

const shownServers = 10;

function Servers() {
  const t = useTexts(operatorTexts);
  const servers = useQuery(allServersQuery);
  return (
    <Section title={t.running}>
      <Loaded query={servers}>
        {(found) => (found.length === 0 ? <Text c="dimmed">{t.noServers}</Text> : <ServerList servers={found} />)}
      </Loaded>
    </Section>
  );
}

function ServerList({ servers }: { readonly servers: readonly Server[] }) {
  const t = useTexts(operatorTexts);
  const format = useFormat();
  const running = servers.filter(({ status }) => status === 'ACTIVE').length;
  return (
    <>
      <Text>{t.inMotion(running, servers.length)}</Text>
      <Table label={t.running} columns={[t.name, t.state, t.size, t.created]}>
        {servers.slice(0, shownServers).map((server) => (
          <Row key={server.id}>
            <Cell className="breakable">{server.name}</Cell>
            <Cell>
              <ServerState server={server} />
            </Cell>
            <Cell>{server.flavor.original_name}</Cell>
            <Cell>{format.dateTime(server.created)}</Cell>
          </Row>
        ))}
      </Table>
    </>
  );
}

function Organisations() {
  const t = useTexts(operatorTexts);
  const format = useFormat();
  const names = useTexts(organisationTexts);
  const organisations = useQuery(organisationsQuery);
  return (
    <Section title={t.organisations}>
      <Loaded query={organisations}>
        {(found) =>
          found.length === 0 ? (
            <Text c="dimmed">{t.noOrganisations}</Text>
          ) : (
            <Table label={t.organisations} columns={[t.name, t.roles, t.country]}>
              {found.map(({ id, name, roles, country }) => (
                <Row key={id}>
                  <Cell>{name}</Cell>
                  <Cell>{format.list(roles.map((role) => roleName(names, role)))}</Cell>
                  <Cell>{format.country(country)}</Cell>
                </Row>
              ))}
            </Table>
          )
        }
      </Loaded>
    </Section>
  );
}
