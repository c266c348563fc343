import { NativeSelect, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { policyQuery } from '../../api/approvals.ts';
import type { Booking } from '../../api/market.ts';
import { useTexts } from '../../app/language.tsx';
import { offeringTexts } from './texts.ts';

/** Nothing said. */
export const unbooked: Booking = { costCentre: '', ceiling: '' };

const amountPattern = /^(0|[1-9][0-9]{0,13})([.,][0-9]{1,2})?$/;

/** What the API takes of it; undefined while something is wrong. */
export function sentBooking({ costCentre, ceiling }: Booking): Booking | undefined {
  const amount = ceiling.trim();
  if (amount !== '' && !amountPattern.test(amount)) return undefined;
  return { costCentre, ceiling: amount.replace(',', '.') };
}

interface BookingProps {
  readonly organisationId: string;
  readonly booking: Booking;
  readonly onChange: (booking: Booking) => void;
}

/** On whose account, where the organisation has cost centres, and up to which amount a month. */
export function BookingFields({ organisationId, booking, onChange }: BookingProps) {
  const t = useTexts(offeringTexts);
  const { data: policy } = useQuery(policyQuery(organisationId));
  const centres = policy?.costCentres ?? [];
  return (
    <>
      {centres.length > 0 && (
        <NativeSelect
          label={t.costCentre}
          required={policy?.costCentreRequired ?? false}
          data={[
            { value: '', label: t.noCostCentre },
            ...centres.map(({ code, name }) => ({ value: code, label: `${code} · ${name}` })),
          ]}
          value={booking.costCentre}
          onChange={({ currentTarget }) => onChange({ ...booking, costCentre: currentTarget.value })}
        />
      )}
      <TextInput
        label={t.ceiling}
        description={t.ceilingHint}
        inputMode="decimal"
        rightSection="€"
        error={sentBooking(booking) === undefined && t.wrongAmount}
        value={booking.ceiling}
        onChange={({ currentTarget }) => onChange({ ...booking, ceiling: currentTarget.value })}
      />
    </>
  );
}
