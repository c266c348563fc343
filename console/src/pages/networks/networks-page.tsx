import { Button, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconNetwork, IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useChanges } from '../../api/changes.ts';
import { createNetwork, deleteNetwork, type Network, networksQuery, subnetsQuery } from '../../api/network.ts';
import { useTexts } from '../../app/language.tsx';
import { Empty } from '../../ui/empty.tsx';
import { Failure } from '../../ui/failure.tsx';
import { FormDialog } from '../../ui/form-dialog.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { Page } from '../../ui/page.tsx';
import { Cell, Row, Table } from '../../ui/table.tsx';
import { useChange } from '../../ui/use-change.ts';
import { FloatingIps } from './floating-ips.tsx';
import { networkTexts } from './texts.ts';

/** Networks and public addresses of the project. */
export function NetworksPage() {
  const t = useTexts(networkTexts);
  useChanges();
  const networks = useQuery(networksQuery);
  return (
    <Page title={t.title} lead={t.lead} actions={<Create />}>
      <Loaded query={networks}>
        {(found) =>
          found.length === 0 ? (
            <Empty icon={<IconNetwork />} title={t.none}>
              {t.noneAdvice}
            </Empty>
          ) : (
            <Networks networks={found} />
          )
        }
      </Loaded>
      <FloatingIps external={networks.data?.find((network) => network['router:external'])} />
    </Page>
  );
}

function Networks({ networks }: { readonly networks: readonly Network[] }) {
  const t = useTexts(networkTexts);
  const { data: subnets = [] } = useQuery(subnetsQuery);
  const remove = useChange(deleteNetwork);
  return (
    <>
      {remove.error !== null && <Failure error={remove.error} title={t.failed} />}
      <Table label={t.title} columns={[t.name, t.range, t.kind]} actions={t.delete}>
        {networks.map((network) => {
          const name = network.name || network.id;
          const ranges = subnets.filter(({ network_id: of }) => of === network.id).map(({ cidr }) => cidr);
          const isForeign = network['router:external'] || network.shared;
          return (
            <Row key={network.id}>
              <Cell>{name}</Cell>
              <Cell className="tabular">{ranges.join(', ')}</Cell>
              <Cell>{network['router:external'] ? t.external : network.shared ? t.shared : t.private}</Cell>
              <Cell ta="right">
                {!isForeign && (
                  <Button
                    variant="default"
                    size="xs"
                    loading={remove.isPending && remove.variables === network.id}
                    onClick={() => remove.mutate(network.id)}
                    aria-label={t.deleteNamed(name)}
                  >
                    {t.delete}
                  </Button>
                )}
              </Cell>
            </Row>
          );
        })}
      </Table>
    </>
  );
}

function Create() {
  const t = useTexts(networkTexts);
  const [opened, { open, close }] = useDisclosure();
  const create = useChange(({ name, cidr }: { name: string; cidr: string }) => createNetwork(name, cidr), close);
  return (
    <>
      <Button leftSection={<IconPlus size={18} aria-hidden />} onClick={open}>
        {t.create}
      </Button>
      <FormDialog
        opened={opened}
        onClose={close}
        title={t.create}
        busy={create.isPending}
        error={create.error}
        failure={t.failed}
        onSubmit={(form) => create.mutate({ name: String(form.get('name')), cidr: String(form.get('cidr')).trim() })}
      >
        <TextInput name="name" label={t.name} required maxLength={255} data-autofocus />
        <TextInput name="cidr" label={t.range} description={t.rangeHint} required defaultValue="10.20.0.0/24" />
      </FormDialog>
    </>
  );
}
