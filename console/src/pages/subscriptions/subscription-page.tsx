import { Anchor, Button, Grid, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import type { Bill, Subscription } from '../../../../src/client/market.ts';
import { useEvents } from '../../api/events.ts';
import { costQuery, subscriptionEvents, subscriptionQuery, terminate } from '../../api/market.ts';
import { stackResourcesQuery } from '../../api/orchestration.ts';
import { sessionQuery } from '../../api/session.ts';
import { useFormat, useTexts } from '../../app/language.tsx';
import { queryClient } from '../../app/queries.ts';
import { Confirm } from '../../ui/confirm.tsx';
import { ConsoleLog } from '../../ui/console-log.tsx';
import { Facts } from '../../ui/facts.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { Page } from '../../ui/page.tsx';
import { Section } from '../../ui/section.tsx';
import { Ceiling } from './ceiling.tsx';
import { Cost } from './cost.tsx';
import { SubscriptionState } from './state.tsx';
import { subscriptionTexts } from './texts.ts';

/** A subscription: where it is, what it costs, what its server says; as it happens. */
export function SubscriptionPage() {
  const { subscriptionId } = useParams({ from: '/subscriptions/$subscriptionId' });
  const subscription = useQuery(subscriptionQuery(subscriptionId));
  const cost = useQuery(costQuery(subscriptionId));
  useEvents(subscriptionEvents(subscriptionId), {
    subscription: (told) => queryClient.setQueryData(subscriptionQuery(subscriptionId).queryKey, told as Subscription),
    cost: (told) => queryClient.setQueryData(costQuery(subscriptionId).queryKey, told as Bill),
  });
  return <Loaded query={subscription}>{(found) => <Shown subscription={found} bill={cost.data} />}</Loaded>;
}

function Shown({ subscription, bill }: { readonly subscription: Subscription; readonly bill: Bill | undefined }) {
  const t = useTexts(subscriptionTexts);
  const format = useFormat();
  return (
    <Page
      title={format.words(subscription.title)}
      lead={format.words(subscription.planName)}
      actions={subscription.state === 'active' && <Terminate id={subscription.id} />}
    >
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, md: 7 }}>
          <Stack gap="lg">
            <Access subscription={subscription} />
            {subscription.state === 'active' && <Server subscription={subscription} />}
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 5 }}>
          <Stack gap="lg">
            {bill !== undefined && <Cost bill={bill} />}
            {bill !== undefined && subscription.activatedAt !== null && (
              <Ceiling subscription={subscription} bill={bill} />
            )}
            <Section title={t.details}>
              <Facts
                items={[
                  [t.ordered, format.dateTime(subscription.createdAt)],
                  [
                    t.activated,
                    subscription.activatedAt === null ? undefined : format.dateTime(subscription.activatedAt),
                  ],
                  [t.ended, subscription.endsAt === null ? undefined : format.dateTime(subscription.endsAt)],
                  [
                    t.costCentre,
                    subscription.costCentre === null
                      ? undefined
                      : `${subscription.costCentre.code} · ${subscription.costCentre.name}`,
                  ],
                  [t.stack, subscription.stackName],
                ]}
              />
            </Section>
          </Stack>
        </Grid.Col>
      </Grid>
    </Page>
  );
}

const isAddress = (value: unknown): value is string => typeof value === 'string' && /^https?:\/\//.test(value);

function Access({ subscription }: { readonly subscription: Subscription }) {
  const t = useTexts(subscriptionTexts);
  const outputs = Object.entries(subscription.outputs);
  return (
    <Section
      title={t.access}
      actions={
        <div role="status">
          <SubscriptionState state={subscription.state} />
        </div>
      }
    >
      {outputs.length === 0 ? (
        <Text c="dimmed">{t.noAccess}</Text>
      ) : (
        <Facts
          items={outputs.map(([name, value]) => [
            name,
            isAddress(value) ? (
              <Anchor key={name} href={value} target="_blank" rel="noreferrer">
                {value}
              </Anchor>
            ) : (
              String(value)
            ),
          ])}
        />
      )}
    </Section>
  );
}

/** The console log of its server, when it has one in the project where the person is. */
function Server({ subscription: { projectId, stackName, stackId } }: { readonly subscription: Subscription }) {
  const t = useTexts(subscriptionTexts);
  const { data: session } = useQuery(sessionQuery);
  const isHere = session?.project?.id === projectId;
  const resources = useQuery({
    ...stackResourcesQuery(projectId, stackName, stackId ?? ''),
    enabled: isHere && stackId !== null,
  });
  if (!isHere) return <Text c="dimmed">{t.otherProject}</Text>;
  const server = resources.data?.find(({ resource_type }) => resource_type === 'OS::Nova::Server');
  return server === undefined ? null : <ConsoleLog serverId={server.physical_resource_id} />;
}

function Terminate({ id }: { readonly id: string }) {
  const t = useTexts(subscriptionTexts);
  const [opened, { open, close }] = useDisclosure();
  const end = useMutation({
    mutationFn: () => terminate(id),
    onSuccess(told) {
      queryClient.setQueryData(subscriptionQuery(id).queryKey, told);
      close();
    },
  });
  return (
    <>
      <Button variant="default" onClick={open}>
        {t.terminate}
      </Button>
      <Confirm
        opened={opened}
        onClose={close}
        title={t.terminateTitle}
        verb={t.terminate}
        busy={end.isPending}
        error={end.error}
        failure={t.terminateFailed}
        onConfirm={() => end.mutate()}
      >
        {t.terminateAdvice}
      </Confirm>
    </>
  );
}
