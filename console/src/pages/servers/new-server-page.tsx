import { Button, Group, NativeSelect, Paper, Stack, Textarea, TextInput } from '@mantine/core';
import { IconNetwork } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { createServer, flavorsQuery, keyPairs, servers } from '../../api/compute.ts';
import { images } from '../../api/image.ts';
import { allOf } from '../../api/list.ts';
import { networks } from '../../api/network.ts';
import { useFormat, useTexts } from '../../app/language.tsx';
import { queryClient } from '../../app/queries.ts';
import { Empty } from '../../ui/empty.tsx';
import { Failure } from '../../ui/failure.tsx';
import { ButtonLink } from '../../ui/links.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { Page } from '../../ui/page.tsx';
import { serverTexts } from './texts.ts';

/** What a new server is made of. */
export function NewServerPage() {
  const t = useTexts(serverTexts);
  const all = useQuery(allOf(networks));
  return (
    <Page title={t.create}>
      <Loaded query={all}>
        {(found) => {
          const own = found.filter((network) => !network['router:external'] && network.subnets.length > 0);
          const choices = own.map(({ id, name }) => ({ value: id, label: name || id }));
          if (choices.length > 0) return <Form choices={choices} />;
          return (
            <Empty
              icon={<IconNetwork />}
              title={t.noNetwork}
              action={
                <ButtonLink to="/networks" mt="sm">
                  {t.toNetworks}
                </ButtonLink>
              }
            >
              {t.noNetworkAdvice}
            </Empty>
          );
        }}
      </Loaded>
    </Page>
  );
}

interface Choice {
  readonly value: string;
  readonly label: string;
}

function Form({ choices }: { readonly choices: Choice[] }) {
  const t = useTexts(serverTexts);
  const format = useFormat();
  const navigate = useNavigate();
  const { data: allImages = [] } = useQuery(allOf(images));
  const { data: flavors = [] } = useQuery(flavorsQuery);
  const { data: keys = [] } = useQuery(allOf(keyPairs));
  const create = useMutation({
    mutationFn: createServer,
    async onSuccess(serverId) {
      await queryClient.invalidateQueries({ queryKey: servers.key });
      await navigate({ to: '/servers/$serverId', params: { serverId } });
    },
  });

  function submit(form: FormData): void {
    const text = (name: string) => String(form.get(name) ?? '');
    create.mutate({
      ...{ name: text('name').trim(), imageRef: text('image'), flavorRef: text('flavor'), networkId: text('network') },
      ...{ keyName: text('key'), userData: text('user-data').replaceAll('\r\n', '\n') },
    });
  }

  return (
    <Paper withBorder radius="lg" p="lg" maw={640}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          submit(new FormData(event.currentTarget));
        }}
      >
        <Stack>
          <TextInput name="name" label={t.name} required maxLength={255} />
          <NativeSelect
            name="image"
            label={t.image}
            required
            data={allImages
              .filter(({ status }) => status === 'active')
              .map(({ id, name }) => ({ value: id, label: name ?? id }))}
          />
          <NativeSelect
            name="flavor"
            label={t.size}
            required
            data={flavors.map(({ id, name, vcpus, ram, disk }) => ({
              value: id,
              label: `${name} : ${t.shape(vcpus, format.mebibytes(ram), format.mebibytes(disk * 1024))}`,
            }))}
          />
          <NativeSelect name="network" label={t.network} required data={choices} />
          <NativeSelect
            name="key"
            label={t.keyPair}
            data={[
              { value: '', label: t.noKey },
              ...keys.map(({ keypair: { name } }) => ({ value: name, label: name })),
            ]}
          />
          <Textarea
            name="user-data"
            label={t.userData}
            description={t.userDataHint}
            autosize
            minRows={3}
            maxRows={12}
          />
          {create.error !== null && <Failure error={create.error} title={t.failed} />}
          <Group justify="flex-end">
            <ButtonLink to="/servers" variant="default">
              {t.cancel}
            </ButtonLink>
            <Button type="submit" loading={create.isPending}>
              {t.create}
            </Button>
          </Group>
        </Stack>
      </form>
    </Paper>
  );
}
