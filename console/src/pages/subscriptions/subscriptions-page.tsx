import { IconReceipt } from '@tabler/icons-react';
import { subscriptions } from '../../api/market.ts';
import { useFormat, useTexts } from '../../app/language.tsx';
import { Empty } from '../../ui/empty.tsx';
import { AnchorLink, ButtonLink } from '../../ui/links.tsx';
import { ListTable } from '../../ui/list.tsx';
import { Page } from '../../ui/page.tsx';
import { SubscriptionState } from './state.tsx';
import { subscriptionTexts } from './texts.ts';

/** Everything that was ordered. */
export function SubscriptionsPage() {
  const t = useTexts(subscriptionTexts);
  const format = useFormat();
  const toStore = (
    <ButtonLink to="/" mt="sm">
      {t.toStore}
    </ButtonLink>
  );
  return (
    <Page title={t.title} lead={t.lead}>
      <ListTable
        list={subscriptions}
        label={t.title}
        idOf={({ id }) => id}
        wordsOf={({ title, planName, state }) => [format.words(title), format.words(planName), t[state]].join(' ')}
        empty={
          <Empty icon={<IconReceipt />} title={t.none} action={toStore}>
            {t.noneAdvice}
          </Empty>
        }
        columns={[
          {
            title: t.service,
            cell: ({ id, title }) => (
              <AnchorLink to="/subscriptions/$subscriptionId" params={{ subscriptionId: id }} inherit fw={500}>
                {format.words(title)}
              </AnchorLink>
            ),
          },
          { title: t.plan, cell: ({ planName }) => format.words(planName) },
          { title: t.state, cell: ({ state }) => <SubscriptionState state={state} /> },
          { title: t.since, cell: ({ createdAt }) => format.dateTime(createdAt) },
        ]}
      />
    </Page>
  );
}
