import { Button, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { allocateFloatingIp, floatingIpsQuery, type Network, releaseFloatingIp } from '../../api/network.ts';
import { useTexts } from '../../app/language.tsx';
import { Failure } from '../../ui/failure.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { Section } from '../../ui/section.tsx';
import { Cell, Row, Table } from '../../ui/table.tsx';
import { useChange } from '../../ui/use-change.ts';
import { networkTexts } from './texts.ts';

/** The project's floating IPs. */
export function FloatingIps({ external }: { readonly external: Network | undefined }) {
  const t = useTexts(networkTexts);
  const addresses = useQuery(floatingIpsQuery);
  const allocate = useChange(() => allocateFloatingIp(external?.id ?? ''));
  const release = useChange(releaseFloatingIp);
  const error = allocate.error ?? release.error;
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
      {error !== null && <Failure error={error} title={t.failed} />}
      <Loaded query={addresses}>
        {(found) =>
          found.length === 0 ? (
            <Text c="dimmed">{t.noAddresses}</Text>
          ) : (
            <Table label={t.addresses} columns={[t.address, t.leadsTo]} actions={t.release}>
              {found.map(({ id, floating_ip_address: address, fixed_ip_address: fixed }) => (
                <Row key={id}>
                  <Cell className="tabular">{address}</Cell>
                  <Cell className="tabular">{fixed ?? t.unused}</Cell>
                  <Cell ta="right">
                    <Button
                      variant="default"
                      size="xs"
                      loading={release.isPending && release.variables === id}
                      onClick={() => release.mutate(id)}
                      aria-label={t.releaseNamed(address)}
                    >
                      {t.release}
                    </Button>
                  </Cell>
                </Row>
              ))}
            </Table>
          )
        }
      </Loaded>
    </Section>
  );
}
