import { Card, Group, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { IconPackage } from '@tabler/icons-react';
import type { Offer } from '../../../../src/client/market.ts';
import { offersOf, type Window } from '../../api/market.ts';
import { useFormat, useTexts } from '../../app/language.tsx';
import { Empty } from '../../ui/empty.tsx';
import { ButtonLink } from '../../ui/links.tsx';
import { List } from '../../ui/list.tsx';
import { Page } from '../../ui/page.tsx';
import { storeTexts } from './texts.ts';

/** What a store sells, each with its price. */
export function StoreOffers({ window }: { readonly window: Window }) {
  const t = useTexts(storeTexts);
  const format = useFormat();
  return (
    <Page title={window.brand.name} lead={t.lead(window.brand.name)}>
      <List
        list={offersOf(window.id)}
        label={window.brand.name}
        wordsOf={({ title, description }) => `${format.words(title)} ${format.words(description)}`}
        empty={
          <Empty icon={<IconPackage />} title={t.noOffers}>
            {t.noOffersAdvice}
          </Empty>
        }
      >
        {(items) => (
          <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }}>
            {items.map((offer) => (
              <OfferCard key={offer.offeringId} offer={offer} slug={window.slug} />
            ))}
          </SimpleGrid>
        )}
      </List>
    </Page>
  );
}

function OfferCard({ offer, slug }: { readonly offer: Offer; readonly slug: string }) {
  const t = useTexts(storeTexts);
  const format = useFormat();
  return (
    <Card withBorder radius="lg" p="lg">
      <Stack gap="xs" h="100%">
        <Title order={2} size="h4">
          {format.words(offer.title)}
        </Title>
        <Text c="dimmed" flex={1}>
          {format.words(offer.description)}
        </Text>
        {offer.plans.map((plan) => (
          <Group key={plan.id} gap={6} align="baseline">
            <Text size="sm" fw={600}>
              {format.words(plan.name)}
            </Text>
            <Text size="sm">{plan.text.join(' · ')}</Text>
          </Group>
        ))}
        <ButtonLink
          to="/stores/$slug/offers/$offeringId"
          params={{ slug, offeringId: offer.offeringId }}
          variant="light"
          mt="sm"
          aria-label={`${t.see} ${format.words(offer.title)}`}
        >
          {t.see}
        </ButtonLink>
      </Stack>
    </Card>
  );
}
