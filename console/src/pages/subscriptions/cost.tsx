import { Group, Stack, Text } from '@mantine/core';
import type { Bill } from '../../../../src/client/market.ts';
import { useFormat, useTexts } from '../../app/language.tsx';
import { Section } from '../../ui/section.tsx';
import { subscriptionTexts } from './texts.ts';

/** The month's cost so far, line by line, each in words. */
export function Cost({ bill }: { readonly bill: Bill }) {
  const t = useTexts(subscriptionTexts);
  const format = useFormat();
  const used = bill.lines.filter(({ quantity }) => quantity > 0);
  return (
    <Section title={t.cost}>
      <Stack gap="xs">
        <Text fz={34} fw={700} lh={1.1} className="tabular" aria-live="polite">
          {format.money(bill.total)}
        </Text>
        <Text size="sm" c="dimmed">
          {t.costOf(format.month(bill.month))}
        </Text>
        {used.length === 0 && <Text size="sm">{t.noCost}</Text>}
        {used.map((line) => (
          <div key={line.text[0]}>
            {line.text.map((words) => (
              <Text key={words} size="sm">
                {words}
              </Text>
            ))}
          </div>
        ))}
        <Sum name={t.withoutVat} amount={format.money(bill.totalWithoutVat)} />
        {bill.vat.map(({ rate, vat, text }) => (
          <Sum key={rate} name={text} amount={format.money(vat)} />
        ))}
        <Sum name={t.total} amount={format.money(bill.total)} strong />
      </Stack>
    </Section>
  );
}

function Sum({ name, amount, strong }: { readonly name: string; readonly amount: string; readonly strong?: boolean }) {
  return (
    <Group justify="space-between" fz="sm" fw={strong ? 650 : 400}>
      <span>{name}</span>
      <span className="tabular">{amount}</span>
    </Group>
  );
}
