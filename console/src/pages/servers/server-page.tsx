import { Button, Grid, Stack, Text } from '@mantine/core';
import { IconServerOff, IconWorld } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useChanges } from '../../api/changes.ts';
import { type Server, serverQuery } from '../../api/compute.ts';
import { ApiError } from '../../api/http.ts';
import { images } from '../../api/image.ts';
import { allOf } from '../../api/list.ts';
import { allocateFloatingIp, networks, portsQuery } from '../../api/network.ts';
import { volumes } from '../../api/volume.ts';
import { useFormat, useTexts } from '../../app/language.tsx';
import { queryClient } from '../../app/queries.ts';
import { ConsoleLog } from '../../ui/console-log.tsx';
import { Facts } from '../../ui/facts.tsx';
import { Failure } from '../../ui/failure.tsx';
import { AnchorLink } from '../../ui/links.tsx';
import { OneOrNone } from '../../ui/one-or-none.tsx';
import { Page } from '../../ui/page.tsx';
import { Section } from '../../ui/section.tsx';
import { ServerActions } from './actions.tsx';
import { addressesOf, ServerState } from './state.tsx';
import { serverTexts } from './texts.ts';

/** One server: how it is, where it is, what it says. */
export function ServerPage() {
  const t = useTexts(serverTexts);
  const { serverId } = useParams({ from: '/servers/$serverId' });
  useChanges();
  const server = useQuery(serverQuery(serverId));
  return (
    <OneOrNone query={server} id={serverId} title={t.title} list="/servers" none={t.noServer} icon={<IconServerOff />}>
      {(found) => <Shown server={found} />}
    </OneOrNone>
  );
}

function Shown({ server }: { readonly server: Server }) {
  const t = useTexts(serverTexts);
  const format = useFormat();
  const { data: allImages = [] } = useQuery(allOf(images));
  const imageId = server.image === '' ? undefined : server.image.id;
  const { vcpus, ram, disk, original_name } = server.flavor;
  return (
    <Page title={server.name} lead={<ServerState server={server} />} actions={<ServerActions server={server} />}>
      {server.fault !== undefined && <Failure error={new ApiError(500, server.fault.message, null)} title={t.ERROR} />}
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, md: 7 }}>
          <ConsoleLog serverId={server.id} />
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 5 }}>
          <Stack gap="lg">
            <Section title={t.addresses}>
              <Addresses server={server} />
            </Section>
            <Section title={t.details}>
              <Facts
                items={[
                  [
                    t.size,
                    `${original_name} : ${t.shape(vcpus, format.mebibytes(ram), format.mebibytes(disk * 1024))}`,
                  ],
                  [t.image, allImages.find(({ id }) => id === imageId)?.name ?? imageId],
                  [t.keyPair, server.key_name ?? t.noKey],
                  [t.securityGroups, groupsOf(server, format.list)],
                  [t.volumes, <Volumes key="volumes" serverId={server.id} />],
                  [t.created, format.dateTime(server.created)],
                  [t.id, server.id],
                ]}
              />
            </Section>
          </Stack>
        </Grid.Col>
      </Grid>
    </Page>
  );
}

function groupsOf(
  { security_groups: groups = [] }: Server,
  list: (names: readonly string[]) => string,
): string | undefined {
  const names = [...new Set(groups.map(({ name }) => name))];
  return names.length === 0 ? undefined : list(names);
}

/** Those that are attached to it. */
function Volumes({ serverId }: { readonly serverId: string }) {
  const t = useTexts(serverTexts);
  const { data: all = [] } = useQuery(allOf(volumes));
  const attached = all.filter(({ attachments }) => attachments.some(({ server_id: server }) => server === serverId));
  if (attached.length === 0) return t.noVolume;
  return attached.map(({ id, name }) => (
    <div key={id}>
      <AnchorLink to="/volumes/$volumeId" params={{ volumeId: id }}>
        {name || id}
      </AnchorLink>
    </div>
  ));
}

/** Its addresses, and a public one for the asking when there is an external network and none is there yet. */
function Addresses({ server }: { readonly server: Server }) {
  const t = useTexts(serverTexts);
  const addresses = addressesOf(server);
  const { data: all = [] } = useQuery(allOf(networks));
  const { data: ports = [] } = useQuery(portsQuery(server.id));
  const external = all.find((network) => network['router:external']);
  const isPublic = Object.values(server.addresses)
    .flat()
    .some((address) => address['OS-EXT-IPS:type'] === 'floating');
  const give = useMutation({
    mutationFn: () => allocateFloatingIp(external?.id ?? '', ports[0]?.id),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ['cloud'] }),
  });
  return (
    <Stack align="flex-start" gap="xs">
      {addresses.length === 0 && <Text c="dimmed">{t.noAddress}</Text>}
      {addresses.map((address) => (
        <Text key={address} className="tabular">
          {address}
        </Text>
      ))}
      {external !== undefined && ports.length > 0 && !isPublic && (
        <Button
          variant="default"
          leftSection={<IconWorld size={16} aria-hidden />}
          loading={give.isPending}
          onClick={() => give.mutate()}
        >
          {t.floating}
        </Button>
      )}
      {give.error !== null && <Failure error={give.error} title={t.failed} />}
    </Stack>
  );
}
