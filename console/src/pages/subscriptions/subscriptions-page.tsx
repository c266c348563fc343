import { IconReceipt } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { subscriptionsQuery } from '../../api/market.ts';
import { useFormat, useTexts } from '../../app/language.tsx';
import { Empty } from '../../ui/empty.tsx';
import { AnchorLink, ButtonLink } from '../../ui/links.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { Page } from '../../ui/page.tsx';
import { Cell, Row, Table } from '../../ui/table.tsx';
import { SubscriptionState } from './state.tsx';
import { subscriptionTexts } from './texts.ts';

/** Everything that was ordered. */
export function SubscriptionsPage() {
  const t = useTexts(subscriptionTexts);
  const format = useFormat();
  const subscriptions = useQuery(subscriptionsQuery);
  return (
    <Page title={t.title} lead={t.lead}>
      <Loaded query={subscriptions}>
        {(found) =>
          found.length === 0 ? (
            <Empty
              icon={<IconReceipt />}
              title={t.none}
              action={
                <ButtonLink to="/" mt="sm">
                  {t.toStore}
                </ButtonLink>
              }
            >
              {t.noneAdvice}
            </Empty>
          ) : (
            <Table label={t.title} columns={[t.service, t.plan, t.state, t.since]}>
              {found.map((one) => (
                <Row key={one.id}>
                  <Cell>
                    <AnchorLink to="/subscriptions/$subscriptionId" params={{ subscriptionId: one.id }} fw={500}>
                      {format.words(one.title)}
                    </AnchorLink>
                  </Cell>
                  <Cell>{format.words(one.planName)}</Cell>
                  <Cell>
                    <SubscriptionState state={one.state} />
                  </Cell>
                  <Cell>{format.dateTime(one.createdAt)}</Cell>
                </Row>
              ))}
            </Table>
          )
        }
      </Loaded>
    </Page>
  );
}
