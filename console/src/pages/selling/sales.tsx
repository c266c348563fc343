import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { Amount, Split } from '../../../../src/client/market.ts';
import { splitsQuery } from '../../api/market.ts';
import { useFormat, useTexts } from '../../app/language.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { Section } from '../../ui/section.tsx';
import { Cell, Row, Table } from '../../ui/table.tsx';
import { sellingTexts } from './texts.ts';

/** The sum of amounts of one currency, exactly: in cents. */
export function sumOf(amounts: readonly Amount[]): Amount {
  const cents = amounts.reduce((sum, { amount }) => sum + BigInt(amount.replace('.', '')), 0n);
  const digits = String(cents < 0n ? -cents : cents).padStart(3, '0');
  return {
    amount: `${cents < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`,
    currency: amounts[0]?.currency ?? 'EUR',
  };
}

/** What organisations earn with what was invoiced. */
export function Sales() {
  const t = useTexts(sellingTexts);
  const splits = useQuery(splitsQuery);
  return (
    <Section title={t.sales}>
      <Loaded query={splits}>
        {(found) => (found.length === 0 ? <Text c="dimmed">{t.noSales}</Text> : <Shares splits={found} />)}
      </Loaded>
    </Section>
  );
}

function Shares({ splits }: { readonly splits: readonly Split[] }) {
  const t = useTexts(sellingTexts);
  const format = useFormat();
  const total = sumOf(splits.flatMap(({ shares }) => shares.map(({ amount }) => amount)));
  return (
    <>
      <Table label={t.sales} columns={[t.period, t.state, t.share]}>
        {splits.map((split) => (
          <Row key={split.draftId}>
            <Cell>{format.month(split.month)}</Cell>
            <Cell>{split.state === 'final' ? t.final : t.provisional}</Cell>
            <Cell className="tabular">
              {split.shares.map(({ organisationId, name, amount }) => (
                <div key={organisationId}>
                  {name} : {format.money(amount)}
                </div>
              ))}
            </Cell>
          </Row>
        ))}
      </Table>
      <Text fw={600} className="tabular">
        {t.total(format.money(total))}
      </Text>
    </>
  );
}
