import { Alert, Group, Stack, Text, Timeline } from '@mantine/core';
import { IconCheck, IconConfetti, IconX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import type { Order, OrderStep } from '../../../../src/client/market.ts';
import { useEvents } from '../../api/events.ts';
import { orderEvents, orderQuery } from '../../api/market.ts';
import { useFormat, useTexts } from '../../app/language.tsx';
import { queryClient } from '../../app/queries.ts';
import { ButtonLink } from '../../ui/links.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { Page } from '../../ui/page.tsx';
import { Section } from '../../ui/section.tsx';
import { type Mood, Status } from '../../ui/status.tsx';
import { Awaited } from './awaited.tsx';
import { orderTexts, partStateTexts, partTexts, stepStateTexts, stepTexts, waitsForTexts } from './texts.ts';

const moods: Record<Order['state'], Mood> = {
  'awaiting-approval': 'working',
  rejected: 'bad',
  accepted: 'working',
  provisioning: 'working',
  completed: 'good',
  failed: 'bad',
};

const failedTitles = { failed: 'failedTitle', rejected: 'rejectedTitle' } as const;

/** An order, from accepted to running, as it happens. */
export function OrderPage() {
  const t = useTexts(orderTexts);
  const { orderId } = useParams({ from: '/orders/$orderId' });
  const order = useQuery(orderQuery(orderId));
  useEvents(orderEvents(orderId), {
    order: (told) => queryClient.setQueryData(orderQuery(orderId).queryKey, told as Order),
  });
  return (
    <Page title={t.title} lead={t.lead}>
      <Loaded query={order}>{(found) => <Progress order={found} />}</Loaded>
    </Page>
  );
}

function Progress({ order }: { readonly order: Order }) {
  const t = useTexts(orderTexts);
  const steps = useTexts(stepTexts);
  const format = useFormat();
  return (
    <Stack>
      {order.state === 'completed' && (
        <Alert color="teal" variant="light" icon={<IconConfetti aria-hidden />} title={t.ready}>
          <Stack align="flex-start" gap="sm">
            {t.readyAdvice}
            <ButtonLink to="/subscriptions/$subscriptionId" params={{ subscriptionId: order.subscriptionId }}>
              {t.open}
            </ButtonLink>
          </Stack>
        </Alert>
      )}
      {(order.state === 'failed' || order.state === 'rejected') && (
        <Alert
          color="red"
          variant="light"
          icon={<IconX aria-hidden />}
          title={t[failedTitles[order.state]]}
          role="alert"
        >
          <Text size="sm">{order.fault}</Text>
          <Text size="sm" mt={4}>
            {t.failedAdvice}
          </Text>
        </Alert>
      )}
      {order.approval !== null && <Awaited approval={order.approval} />}
      <Section
        title={t.progress}
        actions={
          <div role="status">
            <Status mood={moods[order.state]}>{t[order.state]}</Status>
          </div>
        }
      >
        <Timeline active={order.steps.filter(({ state }) => state === 'done').length - 1} bulletSize={26} lineWidth={2}>
          {order.steps.map((step) => (
            <Timeline.Item
              key={step.name}
              title={titleOf(step, steps)}
              bullet={step.state === 'done' ? <IconCheck size={14} aria-hidden /> : null}
            >
              <Step step={step} />
            </Timeline.Item>
          ))}
        </Timeline>
        <Text size="sm" c="dimmed">
          {t.placed(format.dateTime(order.createdAt))}
          {order.costCentre !== null && ` · ${t.costCentre(`${order.costCentre.code} · ${order.costCentre.name}`)}`}
        </Text>
      </Section>
    </Stack>
  );
}

function Step({ step: { state, waitsFor, parts } }: { readonly step: OrderStep }) {
  const states = useTexts(stepStateTexts);
  const waits = useTexts(waitsForTexts);
  const who = state === 'trying' ? (waitsFor?.who ?? null) : null;
  const words = who === null ? states[state] : [waits[who], waitsFor?.note].filter(Boolean).join(' · ');
  return (
    <Stack gap={6}>
      <Text size="sm" c="dimmed">
        {words}
      </Text>
      {parts.length > 0 && <Parts parts={parts} />}
    </Stack>
  );
}

const partMoods: Record<OrderStep['parts'][number]['state'], Mood> = {
  ...{ waiting: 'idle', working: 'working', done: 'good', failed: 'bad' },
};

/** What is being made, each with how far it is. */
function Parts({ parts }: Pick<OrderStep, 'parts'>) {
  const types = useTexts(partTexts);
  const states = useTexts(partStateTexts);
  return (
    <Stack component="ul" gap={4} m={0} p={0} style={{ listStyle: 'none' }}>
      {parts.map(({ name, type, state }) => (
        <Group component="li" key={name} gap="sm" justify="space-between" maw={420} wrap="nowrap">
          <Text size="sm" className="breakable">
            {types[type as keyof typeof types] ?? name}
          </Text>
          <Status mood={partMoods[state]}>{states[state]}</Status>
        </Group>
      ))}
    </Stack>
  );
}

/** `provision` is all there is; `web/provision` is of a component. */
function titleOf({ name }: OrderStep, texts: ReturnType<typeof stepTexts>): string {
  const at = name.lastIndexOf('/');
  const operation = name.slice(at + 1);
  const title = texts[operation as keyof typeof texts] ?? operation;
  return at < 0 ? title : `${name.slice(0, at)} · ${title}`;
}
