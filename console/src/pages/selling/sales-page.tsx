import { NativeSelect, SimpleGrid } from '@mantine/core';
import { IconChartBar } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Organisation, SalesMonth } from '../../../../src/client/market.ts';
import { organisationsQuery, salesQuery } from '../../api/market.ts';
import { useFormat, useTexts } from '../../app/language.tsx';
import { BarChart } from '../../ui/bar-chart.tsx';
import { Empty } from '../../ui/empty.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { Page } from '../../ui/page.tsx';
import { Section } from '../../ui/section.tsx';
import { Cell, Row, Table } from '../../ui/table.tsx';
import { salesTexts } from './sales-texts.ts';

const sellingRoles = ['operator', 'publisher', 'reseller', 'integrator'];
const isOperator = ({ roles }: Organisation): boolean => roles.includes('operator');

/** What an organisation sold, month by month. */
export function SalesPage() {
  const t = useTexts(salesTexts);
  const organisations = useQuery(organisationsQuery);
  return (
    <Page title={t.title} lead={t.lead}>
      <Loaded query={organisations}>
        {(all) => {
          const sellers = all
            .filter(({ roles }) => roles.some((role) => sellingRoles.includes(role)))
            .toSorted((a, b) => Number(isOperator(b)) - Number(isOperator(a)));
          if (sellers.length > 0) return <Sellers sellers={sellers} />;
          return (
            <Empty icon={<IconChartBar />} title={t.none}>
              {t.noneAdvice}
            </Empty>
          );
        }}
      </Loaded>
    </Page>
  );
}

function Sellers({ sellers }: { readonly sellers: readonly Organisation[] }) {
  const t = useTexts(salesTexts);
  const [chosen, setChosen] = useState(sellers[0]?.id ?? '');
  const sales = useQuery(salesQuery(chosen));
  return (
    <>
      {sellers.length > 1 && (
        <NativeSelect
          label={t.organisation}
          maw={360}
          value={chosen}
          onChange={({ currentTarget }) => setChosen(currentTarget.value)}
          data={sellers.map(({ id, name }) => ({ value: id, label: name }))}
        />
      )}
      <Loaded query={sales}>{(months) => <Months months={months} />}</Loaded>
    </>
  );
}

/** A column's title, and what it says of a month. */
type Column = readonly [title: string, cell: (month: SalesMonth) => string];

function Months({ months }: { readonly months: readonly SalesMonth[] }) {
  const t = useTexts(salesTexts);
  const format = useFormat();
  const isWhole = months.some(({ sold }) => sold !== null);
  const percent = (text: string | null) => (text === null ? '' : t.percent(format.number(Number(text))));
  const money = (amount: SalesMonth['sold']) => (amount === null ? '' : format.money(amount));
  // What only the whole market has: what was sold, and how it was shared.
  const ofWhole: readonly Column[] = [
    [t.sold, ({ sold }) => money(sold)],
    [t.shared, ({ shared }) => money(shared)],
    [t.margin, ({ marginPercent }) => percent(marginPercent)],
  ];
  const columns: readonly Column[] = [
    [t.month, ({ month }) => format.month(month)],
    [t.earned, ({ earned }) => money(earned)],
    ...(isWhole ? ofWhole : []),
    [t.orders, ({ orders }) => format.number(orders.placed)],
    [t.failed, ({ orders }) => format.number(orders.failed)],
    [t.activeNow, ({ subscriptions }) => format.number(subscriptions.active)],
    [t.began, ({ subscriptions }) => format.number(subscriptions.began)],
    [t.ended, ({ subscriptions }) => format.number(subscriptions.ended)],
    [t.churn, ({ subscriptions }) => percent(subscriptions.churnPercent)],
  ];
  return (
    <>
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <Section title={t.earned}>
          <BarChart
            label={t.earnedChart}
            scale={(highest) =>
              format.money({ amount: highest.toFixed(2), currency: months[0]?.earned.currency ?? 'EUR' })
            }
            bars={months.map(({ month, earned }) => ({
              ...{ label: format.shortMonth(month), value: Number(earned.amount) },
              text: t.bar(format.month(month), format.money(earned)),
            }))}
          />
        </Section>
        <Section title={t.active}>
          <BarChart
            label={t.activeChart}
            scale={(highest) => format.number(highest)}
            bars={months.map(({ month, subscriptions: { active } }) => ({
              ...{ label: format.shortMonth(month), value: active },
              text: t.bar(format.month(month), format.number(active)),
            }))}
          />
        </Section>
      </SimpleGrid>
      <Table label={t.table} columns={columns.map(([title]) => title)}>
        {months.toReversed().map((month) => (
          <Row key={month.month}>
            {columns.map(([title, cell]) => (
              <Cell key={title} className="tabular">
                {cell(month)}
              </Cell>
            ))}
          </Row>
        ))}
      </Table>
    </>
  );
}
