import { TextInput } from '@mantine/core';
import { IconNetwork, IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useChanges } from '../../api/changes.ts';
import { allOf } from '../../api/list.ts';
import { createNetwork, deleteNetwork, type Network, networks, subnets } from '../../api/network.ts';
import { useTexts } from '../../app/language.tsx';
import { Empty } from '../../ui/empty.tsx';
import { FormButton } from '../../ui/form-button.tsx';
import { ListTable } from '../../ui/list.tsx';
import { Page } from '../../ui/page.tsx';
import { RemoveButton } from '../../ui/remove-button.tsx';
import { FloatingIps } from './floating-ips.tsx';
import { networkTexts } from './texts.ts';

const nameOf = ({ name, id }: Network): string => name || id;

/** Networks and public addresses of the project. */
export function NetworksPage() {
  const t = useTexts(networkTexts);
  useChanges();
  const { data: all = [] } = useQuery(allOf(subnets));
  const rangesOf = ({ id }: Network): string =>
    all
      .filter(({ network_id: of }) => of === id)
      .map(({ cidr }) => cidr)
      .join(', ');
  const isForeign = (network: Network): boolean => network['router:external'] || network.shared;
  return (
    <Page title={t.title} lead={t.lead} actions={<Create />}>
      <ListTable
        list={networks}
        label={t.title}
        idOf={({ id }) => id}
        wordsOf={(network) => `${nameOf(network)} ${rangesOf(network)}`}
        empty={
          <Empty icon={<IconNetwork />} title={t.none}>
            {t.noneAdvice}
          </Empty>
        }
        columns={[
          { title: t.name, cell: nameOf },
          { title: t.range, cell: rangesOf, tabular: true },
          { title: t.kind, cell: (network) => kindOf(network, t) },
        ]}
        actions={{
          title: t.delete,
          cell: (network) =>
            !isForeign(network) && (
              <RemoveButton size="xs" name={nameOf(network)} remove={() => deleteNetwork(network.id)}>
                {t.deleteAdvice}
              </RemoveButton>
            ),
        }}
      />
      <FloatingIps />
    </Page>
  );
}

function kindOf(network: Network, t: ReturnType<typeof networkTexts>): string {
  if (network['router:external']) return t.external;
  return network.shared ? t.shared : t.private;
}

function Create() {
  const t = useTexts(networkTexts);
  return (
    <FormButton
      title={t.create}
      leftSection={<IconPlus size={18} aria-hidden />}
      submit={(form) => createNetwork(String(form.get('name')), String(form.get('cidr')).trim())}
    >
      {() => (
        <>
          <TextInput name="name" label={t.name} required maxLength={255} data-autofocus />
          <TextInput name="cidr" label={t.range} description={t.rangeHint} required defaultValue="10.20.0.0/24" />
        </>
      )}
    </FormButton>
  );
}
