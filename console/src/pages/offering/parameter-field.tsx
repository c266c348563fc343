import { NativeSelect, NumberInput, Switch, TextInput } from '@mantine/core';
import type { Parameter } from '../../../../src/client/market.ts';
import { useFormat, useTexts } from '../../app/language.tsx';
import { offeringTexts } from './texts.ts';
import type { Problem } from './values.ts';

interface FieldProps {
  readonly name: string;
  readonly parameter: Parameter;
  readonly required: boolean;
  readonly value: string | number | boolean;
  readonly problem: Problem | undefined;
  readonly onChange: (value: string | number | boolean) => void;
}

/** The field that a parameter's schema asks for. */
export function ParameterField({ name, parameter, required, value, problem, onChange }: FieldProps) {
  const t = useTexts(offeringTexts);
  const format = useFormat();
  const { type, minimum, maximum, minLength = 0, maxLength = 65_536 } = parameter;
  const localized = parameter['x-title'];
  const label = localized === undefined ? (parameter.title ?? name) : format.words(localized);
  const error =
    problem === undefined ? undefined : problem === 'required' ? t.required : t.length(minLength, maxLength);
  const common = { name, label, description: parameter.description, required, error };
  if (type === 'boolean') {
    return (
      <Switch {...common} checked={value === true} onChange={({ currentTarget }) => onChange(currentTarget.checked)} />
    );
  }
  if (parameter.enum !== undefined) {
    const choices = parameter.enum.map(String);
    return (
      <NativeSelect
        {...common}
        data={choices}
        value={String(value)}
        onChange={({ currentTarget }) => onChange(parameter.enum?.[choices.indexOf(currentTarget.value)] ?? '')}
      />
    );
  }
  if (type === 'string') {
    return (
      <TextInput {...common} value={String(value)} onChange={({ currentTarget }) => onChange(currentTarget.value)} />
    );
  }
  return (
    <NumberInput
      {...common}
      value={value as number | string}
      allowDecimal={type === 'number'}
      {...(minimum === undefined ? {} : { min: minimum })}
      {...(maximum === undefined ? {} : { max: maximum })}
      onChange={onChange}
    />
  );
}
