import { Checkbox, Group, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import type { OrganisationApplication } from '../../../../src/client/market.ts';
import { organisations } from '../../api/market.ts';
import { admit, applications, apply, refuse, withdraw } from '../../api/organisations.ts';
import { useFormat, useTexts } from '../../app/language.tsx';
import { queryClient } from '../../app/queries.ts';
import { FieldProblem, FormButton } from '../../ui/form-button.tsx';
import { ListTable } from '../../ui/list.tsx';
import { RemoveButton } from '../../ui/remove-button.tsx';
import { Section } from '../../ui/section.tsx';
import { type Mood, Status } from '../../ui/status.tsx';
import { organisationTexts, roleName } from './texts.ts';

const applicable = ['customer', 'publisher', 'reseller', 'integrator'] as const;

const moods: Readonly<Record<OrganisationApplication['state'], Mood>> = {
  ...{ pending: 'working', admitted: 'good', refused: 'bad', withdrawn: 'idle' },
};

interface ApplicationsProps {
  readonly isOperator: boolean;
  readonly userId: string;
}

/** Who asks to be admitted, and what has become of it. */
export function Applications({ isOperator, userId }: ApplicationsProps) {
  const t = useTexts(organisationTexts);
  const format = useFormat();
  return (
    <Section title={t.applications}>
      <ListTable
        list={applications}
        label={t.applications}
        idOf={({ id }) => id}
        wordsOf={({ name }) => name}
        empty={<Text c="dimmed">{t.noApplications}</Text>}
        columns={[
          { title: t.name, cell: (application) => <Who application={application} /> },
          { title: t.roles, cell: ({ roles }) => format.list(roles.map((role) => roleName(t, role))) },
          {
            title: t.state,
            cell: ({ state, reason }) => (
              <>
                <Status mood={moods[state]}>{t[state]}</Status>
                {reason !== null && (
                  <Text size="sm" c="dimmed">
                    {reason}
                  </Text>
                )}
              </>
            ),
          },
          { title: t.since, cell: ({ createdAt }) => format.date(createdAt) },
        ]}
        actions={{
          title: t.admit,
          cell: (application) =>
            application.state === 'pending' && (
              <Group gap="xs" justify="flex-end" wrap="nowrap">
                {isOperator && <Decide application={application} />}
                {application.applicantId === userId && (
                  <RemoveButton
                    size="xs"
                    name={application.name}
                    verb={t.withdraw}
                    remove={() => withdraw(application.id)}
                  >
                    {t.withdrawAdvice}
                  </RemoveButton>
                )}
              </Group>
            ),
        }}
      />
    </Section>
  );
}

function Who({ application }: { readonly application: OrganisationApplication }) {
  const { name, country, registrationNumber, vatId, message } = application;
  const numbers = [country, registrationNumber, vatId].filter((text) => text !== null);
  return (
    <Stack gap={2}>
      <Text fw={500} className="breakable">
        {name}
      </Text>
      <Text size="sm" c="dimmed">
        {numbers.join(' · ')}
      </Text>
      {message !== '' && (
        <Text size="sm" className="breakable">
          {message}
        </Text>
      )}
    </Stack>
  );
}

function Decide({ application: { id, name } }: { readonly application: OrganisationApplication }) {
  const t = useTexts(organisationTexts);

  async function letIn(form: FormData): Promise<void> {
    await admit(id, form.get('review') !== null);
    await queryClient.invalidateQueries({ queryKey: organisations.key });
  }

  return (
    <>
      <FormButton title={t.admit} name={name} size="xs" submit={letIn}>
        {() => <Checkbox name="review" label={t.review} />}
      </FormButton>
      <FormButton
        title={t.refuse}
        name={name}
        size="xs"
        variant="default"
        submit={(form) => refuse(id, String(form.get('reason')).trim())}
      >
        {() => (
          <Textarea
            name="reason"
            label={t.reason}
            description={t.reasonHint}
            required
            maxLength={2000}
            autosize
            minRows={3}
            data-autofocus
          />
        )}
      </FormButton>
    </>
  );
}

/** Asks the operator to admit an organisation. */
export function Apply() {
  const t = useTexts(organisationTexts);

  async function submit(form: FormData): Promise<void> {
    const text = (name: string) => String(form.get(name) ?? '').trim();
    const number = (name: string) =>
      text(name)
        .replaceAll(/[\s.-]/g, '')
        .toUpperCase();
    const roles = applicable.filter((role) => form.get(role) !== null);
    if (roles.length === 0) throw new FieldProblem('roles', t.chooseRole);
    const country = text('country').toUpperCase();
    const numbers = { registrationNumber: number('registration'), vatId: number('vat'), iban: number('iban') };
    await apply({ name: text('name'), roles, country, ...numbers, message: text('message') });
  }

  return (
    <FormButton title={t.apply} leftSection={<IconPlus size={18} aria-hidden />} submit={submit}>
      {(problemAt) => (
        <>
          <TextInput name="name" label={t.name} required maxLength={200} data-autofocus />
          <Checkbox.Group label={t.applyFor} error={problemAt('roles')} required>
            <Stack gap="xs" mt={4}>
              {applicable.map((role) => (
                <Checkbox key={role} name={role} value={role} label={roleName(t, role)} />
              ))}
            </Stack>
          </Checkbox.Group>
          <TextInput
            name="country"
            label={t.country}
            description={t.countryHint}
            defaultValue="FR"
            pattern="[A-Za-z]{2}"
            required
            maxLength={2}
          />
          <TextInput name="registration" label={t.registrationNumber} maxLength={50} />
          <TextInput name="vat" label={t.vatId} maxLength={30} />
          <TextInput name="iban" label={t.iban} description={t.ibanHint} maxLength={50} />
          <Textarea name="message" label={t.message} maxLength={2000} autosize minRows={2} />
        </>
      )}
    </FormButton>
  );
}
