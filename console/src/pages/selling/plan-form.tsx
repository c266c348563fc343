import { NativeSelect, SimpleGrid, TextInput } from '@mantine/core';
import { createPlan, type NewPlan, offeringsQuery } from '../../api/market.ts';
import { useTexts } from '../../app/language.tsx';
import { queryClient } from '../../app/queries.ts';
import { FieldProblem, FormButton } from '../../ui/form-button.tsx';
import { editorTexts } from './editor-texts.ts';
import { newKey } from './keys.ts';

type Texts = ReturnType<typeof editorTexts>;

const units = ['minute', 'hour', 'month', 'second'] as const;
/** What an amount of money, and a rate, may have after the comma. */
const [amountDecimals, rateDecimals] = [2, 8];

/** The plan that the form says, or a problem at the field that is wrong. */
export function planOf(form: FormData, t: Texts): NewPlan {
  const text = (name: string) => String(form.get(name) ?? '').trim();
  const decimal = (name: string, decimals: number) => {
    const written = text(name).replace(',', '.');
    if (written === '' || new RegExp(`^(0|[1-9]\\d{0,8})(\\.\\d{1,${decimals}})?$`).test(written)) return written;
    throw new FieldProblem(name, t.amountWrong(decimals));
  };
  const monthlyFee = decimal('monthlyFee', amountDecimals);
  const rate = decimal('rate', rateDecimals);
  const monthlyCap = decimal('cap', amountDecimals);
  if (monthlyFee === '' && rate === '') throw new FieldProblem('monthlyFee', t.noPrice);
  const name = { fr: text('planFr'), en: text('planEn') };
  return { name, monthlyFee, usage: { rate, unit: text('unit'), monthlyCap } };
}

interface PlanFieldsProps {
  readonly problemAt: (field: string) => string | undefined;
}

/** What a plan is asked: its name, and what it costs. */
export function PlanFields({ problemAt }: PlanFieldsProps) {
  const t = useTexts(editorTexts);
  const amount = (name: string) => ({ name, inputMode: 'decimal' as const, error: problemAt(name) });
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }}>
      <TextInput name="planFr" label={t.nameFr} required maxLength={200} />
      <TextInput name="planEn" label={t.nameEn} required maxLength={200} />
      <TextInput {...amount('monthlyFee')} label={t.monthlyFee} description={t.monthlyFeeHint} />
      <TextInput {...amount('rate')} label={t.rate} description={t.rateHint} />
      <NativeSelect
        name="unit"
        label={t.unit}
        description={t.unitHint}
        data={units.map((unit) => ({ value: unit, label: t[unit] }))}
      />
      <TextInput {...amount('cap')} label={t.cap} description={t.capHint} />
    </SimpleGrid>
  );
}

/** One more way to pay for an offering. */
export function AddPlan({ offeringId, offering }: { readonly offeringId: string; readonly offering: string }) {
  const t = useTexts(editorTexts);
  return (
    <FormButton
      title={t.addPlan}
      name={offering}
      variant="default"
      size="xs"
      submit={async (form) => {
        await createPlan(offeringId, planOf(form, t), newKey());
        await queryClient.invalidateQueries(offeringsQuery);
      }}
    >
      {(problemAt) => <PlanFields problemAt={problemAt} />}
    </FormButton>
  );
}
