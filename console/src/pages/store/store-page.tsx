import { Alert } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { storesQuery } from '../../api/market.ts';
import { useTexts } from '../../app/language.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { StoreOffers } from './store-offers.tsx';
import { storeTexts } from './texts.ts';

/** A store within the operator's console. */
export function StorePage() {
  const t = useTexts(storeTexts);
  const { slug } = useParams({ from: '/stores/$slug' });
  const stores = useQuery(storesQuery);
  return (
    <Loaded query={stores}>
      {(found) => {
        const store = found.find((one) => one.slug === slug);
        return store === undefined ? <Alert color="red">{t.notFound(slug)}</Alert> : <StoreOffers window={store} />;
      }}
    </Loaded>
  );
}
