import { Anchor, Card, Center, Group, SimpleGrid, Text, Title } from '@mantine/core';
import { IconBuildingStore } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { Store } from '../../../../src/client/market.ts';
import { storesQuery, windowQuery } from '../../api/market.ts';
import { useTexts } from '../../app/language.tsx';
import { shadesOf } from '../../app/theme.ts';
import { Empty } from '../../ui/empty.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { Page } from '../../ui/page.tsx';
import { StoreOffers } from './store-offers.tsx';
import { storeTexts } from './texts.ts';

/** On a store's own host: what it sells. Elsewhere: the stores there are. */
export function HomePage() {
  const { data: window } = useQuery(windowQuery);
  return window == null ? <Stores /> : <StoreOffers window={window} />;
}

function Stores() {
  const t = useTexts(storeTexts);
  const stores = useQuery(storesQuery);
  return (
    <Page title={t.stores} lead={t.storesLead}>
      <Loaded query={stores}>
        {(found) =>
          found.length === 0 ? (
            <Empty icon={<IconBuildingStore />} title={t.noStores}>
              {t.noStoresAdvice}
            </Empty>
          ) : (
            <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }}>
              {found.map((store) => (
                <StoreCard key={store.id} store={store} />
              ))}
            </SimpleGrid>
          )
        }
      </Loaded>
    </Page>
  );
}

function StoreCard({ store }: { readonly store: Store }) {
  const t = useTexts(storeTexts);
  const colour = store.brand.colours.primary;
  const { protocol, port } = location;
  const own = `${protocol}//${store.slug}.localhost${port === '' ? '' : `:${port}`}/console/`;
  return (
    <Card withBorder radius="lg" p="lg" className="card-link">
      <Group wrap="nowrap">
        <Center
          miw={48}
          h={48}
          px={8}
          bg={colour === undefined ? 'var(--mantine-primary-color-filled)' : shadesOf(colour)[6]}
          c="white"
          fw={700}
          style={{ borderRadius: 12 }}
          aria-hidden
        >
          {store.brand.logoText}
        </Center>
        <div>
          <Title order={2} size="h4">
            <Link to="/stores/$slug" params={{ slug: store.slug }} className="plain-link">
              {store.brand.name}
            </Link>
          </Title>
          <Text size="sm" c="dimmed">
            {store.slug}
          </Text>
        </div>
      </Group>
      <Anchor href={own} size="sm" mt="md">
        {t.ownAddress}
      </Anchor>
    </Card>
  );
}
