import { Grid, NativeSelect, Radio, Stack, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconPackageOff } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useState } from 'react';
import type { Offer, Organisation, Store } from '../../../../src/client/market.ts';
import { ApiError } from '../../api/http.ts';
import { offerQuery, organisationsQuery, storesQuery } from '../../api/market.ts';
import { useFormat, useTexts } from '../../app/language.tsx';
import { Empty } from '../../ui/empty.tsx';
import { AnchorLink } from '../../ui/links.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { Page } from '../../ui/page.tsx';
import { Section } from '../../ui/section.tsx';
import { ParameterField } from './parameter-field.tsx';
import { PriceCard } from './price-card.tsx';
import { offeringTexts } from './texts.ts';
import { initialValues, problemOf, sentValues } from './values.ts';

/** An offer: its form, and the price of what is filled in. */
export function OfferingPage() {
  const { slug, offeringId } = useParams({ from: '/stores/$slug/offers/$offeringId' });
  const stores = useQuery(storesQuery);
  return (
    <Loaded query={stores}>
      {(found) => {
        const store = found.find((one) => one.slug === slug);
        return store === undefined ? <NotSold /> : <InStore store={store} offeringId={offeringId} />;
      }}
    </Loaded>
  );
}

function NotSold() {
  const t = useTexts(offeringTexts);
  return (
    <Page title={t.notSold}>
      <Empty icon={<IconPackageOff />} title={t.notSold}>
        {t.notSoldAdvice}
      </Empty>
    </Page>
  );
}

function InStore({ store, offeringId }: { readonly store: Store; readonly offeringId: string }) {
  const offer = useQuery(offerQuery(store.id, offeringId));
  const organisations = useQuery(organisationsQuery);
  if (offer.error instanceof ApiError && [400, 404].includes(offer.error.status)) return <NotSold />;
  return (
    <Loaded query={offer}>
      {(found) => (
        <Loaded query={organisations}>
          {(all) => (
            <OfferForm store={store} offer={found} customers={all.filter(({ roles }) => roles.includes('customer'))} />
          )}
        </Loaded>
      )}
    </Loaded>
  );
}

interface FormProps {
  readonly store: Store;
  readonly offer: Offer;
  readonly customers: readonly Organisation[];
}

/** How long one may type before the price is asked. */
const pauseMs = 400;

function OfferForm({ store, offer, customers }: FormProps) {
  const t = useTexts(offeringTexts);
  const format = useFormat();
  const [values, setValues] = useState(() => initialValues(offer.parameters));
  const [touched, setTouched] = useState<ReadonlySet<string>>(new Set());
  const [planId, setPlanId] = useState(offer.plans[0]?.id ?? '');
  const [organisationId, setOrganisationId] = useState(customers[0]?.id ?? '');
  const [settled] = useDebouncedValue(values, pauseMs);
  const parameters = sentValues(offer.parameters, settled);
  const request =
    parameters === undefined || organisationId === ''
      ? undefined
      : { organisationId, storeId: store.id, offeringId: offer.offeringId, planId, parameters };
  const fields = Object.entries(offer.parameters.properties);

  function change(name: string, value: string | number | boolean): void {
    setValues({ ...values, [name]: value });
    setTouched(new Set([...touched, name]));
  }

  return (
    <Page title={format.words(offer.title)} lead={format.words(offer.description)}>
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, md: 7 }}>
          <Section title={t.configure}>
            <Stack>
              {fields.length === 0 && <Text c="dimmed">{t.noParameters}</Text>}
              {fields.map(([name, parameter]) => (
                <ParameterField
                  key={name}
                  name={name}
                  parameter={parameter}
                  required={offer.parameters.required?.includes(name) ?? false}
                  value={values[name] ?? ''}
                  problem={touched.has(name) ? problemOf(name, offer.parameters, values) : undefined}
                  onChange={(value) => change(name, value)}
                />
              ))}
              <Radio.Group label={t.plan} value={planId} onChange={setPlanId}>
                <Stack gap="xs" mt="xs">
                  {offer.plans.map((plan) => (
                    <Radio
                      key={plan.id}
                      value={plan.id}
                      label={format.words(plan.name)}
                      description={plan.text.join(' · ')}
                    />
                  ))}
                </Stack>
              </Radio.Group>
              {customers.length > 1 && (
                <NativeSelect
                  label={t.organisation}
                  data={customers.map(({ id, name }) => ({ value: id, label: name }))}
                  value={organisationId}
                  onChange={({ currentTarget }) => setOrganisationId(currentTarget.value)}
                />
              )}
            </Stack>
          </Section>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 5 }}>
          <PriceCard request={request} isCustomer={customers.length > 0} settling={settled !== values} />
        </Grid.Col>
      </Grid>
      <AnchorLink to="/stores/$slug" params={{ slug: store.slug }} size="sm">
        {t.back(store.brand.name)}
      </AnchorLink>
    </Page>
  );
}
