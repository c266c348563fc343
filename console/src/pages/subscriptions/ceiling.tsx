import { Alert, Button, Progress, Stack, Text, TextInput } from '@mantine/core';
import { IconHandStop } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import type { Bill, Subscription } from '../../../../src/client/market.ts';
import { resume, setCeiling, subscriptionQuery } from '../../api/market.ts';
import { useFormat, useTexts } from '../../app/language.tsx';
import { queryClient } from '../../app/queries.ts';
import { Failure } from '../../ui/failure.tsx';
import { FieldProblem, FormButton } from '../../ui/form-button.tsx';
import { Section } from '../../ui/section.tsx';
import { sentBooking, unbooked } from '../offering/booking.tsx';
import { ceilingTexts } from './texts.ts';

interface CeilingProps {
  readonly subscription: Subscription;
  readonly bill: Bill;
}

const near = 80;

/** What the customer wants to spend a month at most, how much of it is spent, and what follows. */
export function Ceiling({ subscription, bill }: CeilingProps) {
  const t = useTexts(ceilingTexts);
  const format = useFormat();
  const { id, spendingCeiling, state } = subscription;
  const part = spendingCeiling === null ? 0 : percentOf(bill.totalWithoutVat.amount, spendingCeiling.amount);
  const isStopped = state === 'suspending' || state === 'suspended';
  return (
    <Section title={t.title} actions={<Change subscription={subscription} />}>
      {spendingCeiling === null ? (
        <Text c="dimmed">{t.none}</Text>
      ) : (
        <Stack gap="xs">
          <Text size="sm" className="tabular">
            {t.spent(format.money(bill.totalWithoutVat), format.money(spendingCeiling))}
          </Text>
          <Progress
            value={Math.min(part, 100)}
            color={part >= 100 ? 'red' : part >= near ? 'yellow' : 'teal'}
            aria-label={t.title}
          />
          {part >= near && !isStopped && <Text size="sm">{t.near}</Text>}
          {part >= 100 && isStopped && (
            <Alert color="red" variant="light" icon={<IconHandStop aria-hidden />} title={t.reached} role="alert">
              {t.reachedAdvice}
            </Alert>
          )}
        </Stack>
      )}
      {state === 'suspended' && <Resume id={id} />}
    </Section>
  );
}

/** Whole percents; amounts have two decimals. */
function percentOf(cost: string, ceiling: string): number {
  const total = Number(ceiling);
  if (total === 0) return Number(cost) > 0 ? 100 : 0;
  return Math.floor((Number(cost) / total) * 100);
}

function keep(told: Subscription): void {
  queryClient.setQueryData(subscriptionQuery(told.id).queryKey, told);
}

function Change({ subscription: { id, spendingCeiling, endsAt } }: Pick<CeilingProps, 'subscription'>) {
  const t = useTexts(ceilingTexts);
  if (endsAt !== null) return null;
  async function submit(form: FormData): Promise<void> {
    const sent = sentBooking({ ...unbooked, ceiling: String(form.get('ceiling') ?? '') });
    if (sent === undefined) throw new FieldProblem('ceiling', t.wrongAmount);
    keep(await setCeiling(id, sent.ceiling));
  }
  return (
    <FormButton title={t.change} variant="default" size="xs" submit={submit}>
      {(problemAt) => (
        <TextInput
          name="ceiling"
          label={t.amount}
          description={t.amountHint}
          inputMode="decimal"
          rightSection="€"
          defaultValue={spendingCeiling?.amount ?? ''}
          error={problemAt('ceiling')}
          data-autofocus
        />
      )}
    </FormButton>
  );
}

function Resume({ id }: { readonly id: string }) {
  const t = useTexts(ceilingTexts);
  const { mutate, isPending, error } = useMutation({ mutationFn: () => resume(id), onSuccess: keep });
  return (
    <Stack gap="sm">
      {error !== null && <Failure error={error} title={t.resumeFailed} />}
      <Button loading={isPending} onClick={() => mutate()}>
        {t.resume}
      </Button>
    </Stack>
  );
}
