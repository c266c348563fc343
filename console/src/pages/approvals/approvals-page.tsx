import { Group, Text, Textarea } from '@mantine/core';
import { IconChecks, IconInbox } from '@tabler/icons-react';
import type { Approval } from '../../../../src/client/market.ts';
import { approvals, approvalsEvents, approvalsForMe, approve, refuse } from '../../api/approvals.ts';
import { useEvents } from '../../api/events.ts';
import { useFormat, useTexts } from '../../app/language.tsx';
import { queryClient } from '../../app/queries.ts';
import { Empty } from '../../ui/empty.tsx';
import { FormButton } from '../../ui/form-button.tsx';
import { AnchorLink } from '../../ui/links.tsx';
import { type Column, ListTable } from '../../ui/list.tsx';
import { Page } from '../../ui/page.tsx';
import { Section } from '../../ui/section.tsx';
import { type Mood, Status } from '../../ui/status.tsx';
import { approvalTexts } from './texts.ts';

/** What waits for the reader's agreement, and all that ever asked for somebody's; told as it happens. */
export function ApprovalsPage() {
  const t = useTexts(approvalTexts);
  useEvents(approvalsEvents, {
    waiting: () => void queryClient.invalidateQueries({ queryKey: approvals.key.slice(0, 2) }),
  });
  const columns = useColumns();
  const shared = { wordsOf: useWords(), idOf: ({ id }: Approval) => id };
  const state: Column<Approval> = { title: t.state, cell: (one) => <ApprovalState approval={one} /> };
  return (
    <Page title={t.title} lead={t.lead}>
      <Section title={t.waitingForMe}>
        <ListTable
          {...shared}
          list={approvalsForMe}
          label={t.waitingForMe}
          columns={columns}
          empty={
            <Empty icon={<IconChecks />} title={t.nothing}>
              {t.nothingAdvice}
            </Empty>
          }
          actions={{ title: t.actions, cell: (one) => <Decide approval={one} /> }}
        />
      </Section>
      <Section title={t.all}>
        <ListTable
          {...shared}
          list={approvals}
          label={t.all}
          columns={[...columns, state]}
          empty={
            <Empty icon={<IconInbox />} title={t.none}>
              {t.noneAdvice}
            </Empty>
          }
        />
      </Section>
    </Page>
  );
}

function useWords(): (approval: Approval) => string {
  const format = useFormat();
  return ({ title, requesterName, costCentre }) =>
    [format.words(title), requesterName, costCentre?.code ?? '', costCentre?.name ?? ''].join(' ');
}

function useColumns(): Column<Approval>[] {
  const t = useTexts(approvalTexts);
  const format = useFormat();
  return [
    {
      title: t.order,
      cell: ({ id, title, planName }) => (
        <>
          <AnchorLink to="/orders/$orderId" params={{ orderId: id }}>
            {format.words(title)}
          </AnchorLink>
          <Text size="sm" c="dimmed">
            {format.words(planName)}
          </Text>
        </>
      ),
    },
    { title: t.who, cell: ({ requesterName }) => requesterName },
    { title: t.costCentre, cell: ({ costCentre }) => costCentre && `${costCentre.code} · ${costCentre.name}` },
    { title: t.most, cell: ({ amount }) => (amount === null ? t.noLimit : format.money(amount)), tabular: true },
    { title: t.date, cell: ({ createdAt }) => format.date(createdAt) },
  ];
}

const moods: Record<Approval['state'], Mood> = {
  ...{ waiting: 'working', granted: 'good', refused: 'bad', withdrawn: 'idle', expired: 'idle' },
};

function ApprovalState({ approval: { state, reason } }: { readonly approval: Approval }) {
  const t = useTexts(approvalTexts);
  return (
    <>
      <Status mood={moods[state]}>{t[state]}</Status>
      {reason !== null && (
        <Text size="sm" c="dimmed">
          {reason}
        </Text>
      )}
    </>
  );
}

const textOf = (form: FormData, name: string) => String(form.get(name) ?? '').trim();

function Decide({ approval: { id, title } }: { readonly approval: Approval }) {
  const t = useTexts(approvalTexts);
  const format = useFormat();
  const name = format.words(title);
  return (
    <Group gap="xs" justify="flex-end" wrap="nowrap">
      <FormButton
        title={t.approve}
        name={name}
        size="xs"
        variant="filled"
        submit={(form) => approve(id, textOf(form, 'note'))}
      >
        {() => <Textarea name="note" label={t.note} maxLength={1000} autosize data-autofocus />}
      </FormButton>
      <FormButton
        title={t.refuse}
        name={name}
        size="xs"
        variant="default"
        submit={(form) => refuse(id, textOf(form, 'reason'))}
      >
        {() => (
          <Textarea
            name="reason"
            label={t.reason}
            description={t.reasonHint}
            maxLength={1000}
            required
            autosize
            data-autofocus
          />
        )}
      </FormButton>
    </Group>
  );
}
