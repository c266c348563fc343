import { Alert, Button, ColorInput, Group, SimpleGrid, TextInput } from '@mantine/core';
import { IconBuildingStore } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { changeStore, isOwn, type OwnStore, storesQuery } from '../../api/market.ts';
import { useTexts } from '../../app/language.tsx';
import { queryClient } from '../../app/queries.ts';
import { houseColour } from '../../app/theme.ts';
import { Empty } from '../../ui/empty.tsx';
import { Failure } from '../../ui/failure.tsx';
import { AnchorLink } from '../../ui/links.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { Page } from '../../ui/page.tsx';
import { Section } from '../../ui/section.tsx';
import { Sales } from './sales.tsx';
import { sellingTexts } from './texts.ts';

/** A reseller's stores: brand and margin, and what they earn. */
export function MyStoresPage() {
  const t = useTexts(sellingTexts);
  const stores = useQuery(storesQuery);
  return (
    <Page title={t.stores} lead={t.storesLead}>
      <Loaded query={stores}>
        {(all) => {
          const found = all.filter(isOwn);
          if (found.length > 0) return found.map((store) => <StoreForm key={store.id} store={store} />);
          return (
            <Empty icon={<IconBuildingStore />} title={t.noStores}>
              {t.noStoresAdvice}
            </Empty>
          );
        }}
      </Loaded>
      <Sales />
    </Page>
  );
}

function StoreForm({ store }: { readonly store: OwnStore }) {
  const t = useTexts(sellingTexts);
  const save = useMutation({
    mutationFn: changeStore,
    onSuccess: () =>
      Promise.all([
        queryClient.invalidateQueries(storesQuery),
        queryClient.invalidateQueries({ queryKey: ['offers'] }),
      ]),
  });

  function submit(form: FormData): void {
    const text = (name: string) => String(form.get(name) ?? '').trim();
    const colours = { ...store.brand.colours, primary: text('colour') };
    const brand = { name: text('name'), logoText: text('logo'), colours };
    save.mutate({ ...store, brand, marginPercent: text('margin').replace(',', '.') });
  }

  return (
    <Section
      title={store.brand.name}
      actions={
        <AnchorLink to="/stores/$slug" params={{ slug: store.slug }} size="sm">
          {t.visit}
        </AnchorLink>
      }
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          submit(new FormData(event.currentTarget));
        }}
      >
        <SimpleGrid cols={{ base: 1, sm: 2 }}>
          <TextInput name="name" label={t.name} defaultValue={store.brand.name} required maxLength={100} />
          <TextInput name="logo" label={t.logo} defaultValue={store.brand.logoText} required maxLength={30} />
          <ColorInput
            name="colour"
            label={t.colour}
            description={t.colourHint}
            defaultValue={store.brand.colours.primary ?? houseColour}
            withEyeDropper={false}
            popoverProps={{ withinPortal: false }}
          />
          <TextInput
            name="margin"
            label={t.margin}
            defaultValue={store.marginPercent}
            inputMode="decimal"
            pattern="[0-9]{1,3}([.,][0-9]{1,4})?"
            required
          />
        </SimpleGrid>
        {save.isSuccess && (
          <Alert color="teal" variant="light" mt="md" role="status">
            {t.saved}
          </Alert>
        )}
        {save.error !== null && <Failure error={save.error} title={t.saveFailed} />}
        <Group justify="flex-end" mt="md">
          <Button type="submit" loading={save.isPending}>
            {t.save}
          </Button>
        </Group>
      </form>
    </Section>
  );
}
