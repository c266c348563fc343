import { Alert, Stack, Text, Timeline } from '@mantine/core';
import { IconCheck, IconConfetti, IconX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import type { Order } from '../../../../src/client/market.ts';
import { useEvents } from '../../api/events.ts';
import { orderEvents, orderQuery } from '../../api/market.ts';
import { useFormat, useTexts } from '../../app/language.tsx';
import { queryClient } from '../../app/queries.ts';
import { ButtonLink } from '../../ui/links.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { Page } from '../../ui/page.tsx';
import { Section } from '../../ui/section.tsx';
import { type Mood, Status } from '../../ui/status.tsx';
import { orderTexts } from './texts.ts';

const moods: Record<Order['state'], Mood> = {
  accepted: 'working',
  provisioning: 'working',
  completed: 'good',
  failed: 'bad',
};
const stepNames = ['reserve', 'create-stack', 'wait-created', 'read-outputs', 'activate'] as const;

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
  const format = useFormat();
  const stateOf = (name: string) => order.steps.find((step) => step.name === name)?.state;
  const states = stepNames.map((name) => stateOf(name) ?? 'waiting');
  const words: Readonly<Record<string, string>> = { done: t.done, trying: t.trying, undone: t.undone };
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
      {order.state === 'failed' && (
        <Alert color="red" variant="light" icon={<IconX aria-hidden />} title={t.failedTitle} role="alert">
          <Text size="sm">{order.fault}</Text>
          <Text size="sm" mt={4}>
            {t.failedAdvice}
          </Text>
        </Alert>
      )}
      <Section
        title={t.progress}
        actions={
          <div role="status">
            <Status mood={moods[order.state]}>{t[order.state]}</Status>
          </div>
        }
      >
        <Timeline active={states.filter((state) => state === 'done').length - 1} bulletSize={26} lineWidth={2}>
          {stepNames.map((name, index) => (
            <Timeline.Item
              key={name}
              title={t[name]}
              bullet={states[index] === 'done' ? <IconCheck size={14} aria-hidden /> : null}
            >
              <Text size="sm" c="dimmed">
                {words[states[index] ?? ''] ?? t.waiting}
              </Text>
            </Timeline.Item>
          ))}
        </Timeline>
        <Text size="sm" c="dimmed">
          {t.placed(format.dateTime(order.createdAt))}
        </Text>
      </Section>
    </Stack>
  );
}
