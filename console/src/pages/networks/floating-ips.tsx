import { Button, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { allOf } from '../../api/list.ts';
import { allocateFloatingIp, floatingIps, networks, releaseFloatingIp } from '../../api/network.ts';
import { useTexts } from '../../app/language.tsx';
import { Failure } from '../../ui/failure.tsx';
import { ListTable } from '../../ui/list.tsx';
import { RemoveButton } from '../../ui/remove-button.tsx';
import { Section } from '../../ui/section.tsx';
import { useChange } from '../../ui/use-change.ts';
import { networkTexts } from './texts.ts';

/** The project's floating IPs. */
export function FloatingIps() {
  const t = useTexts(networkTexts);
  const { data: all = [] } = useQuery(allOf(networks));
  const external = all.find((network) => network['router:external']);
  const allocate = useChange(() => allocateFloatingIp(external?.id ?? ''));
  return (
    <Section
      title={t.addresses}
      actions={
        external !== undefined && (
          <Button variant="default" loading={allocate.isPending} onClick={() => allocate.mutate(undefined)}>
            {t.allocate}
          </Button>
        )
      }
    >
      {allocate.error !== null && <Failure error={allocate.error} title={t.failed} />}
      <ListTable
        list={floatingIps}
        label={t.addresses}
        idOf={({ id }) => id}
        wordsOf={({ floating_ip_address: address, fixed_ip_address: fixed }) => `${address} ${fixed ?? t.unused}`}
        empty={<Text c="dimmed">{t.noAddresses}</Text>}
        columns={[
          { title: t.address, cell: ({ floating_ip_address: address }) => address, tabular: true },
          { title: t.leadsTo, cell: ({ fixed_ip_address: fixed }) => fixed ?? t.unused, tabular: true },
        ]}
        actions={{
          title: t.release,
          cell: ({ id, floating_ip_address: address }) => (
            <RemoveButton size="xs" verb={t.release} name={address} remove={() => releaseFloatingIp(id)}>
              {t.releaseAdvice}
            </RemoveButton>
          ),
        }}
      />
    </Section>
  );
}
