import { Button, Group, SimpleGrid, Stack, Text } from '@mantine/core';
import { IconPackage, IconPlus } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import type { Offering, OfferingVersion, Plan } from '../../../../src/client/market.ts';
import { offeringsQuery, publishVersion } from '../../api/market.ts';
import { useFormat, useTexts } from '../../app/language.tsx';
import { queryClient } from '../../app/queries.ts';
import { Empty } from '../../ui/empty.tsx';
import { Failure } from '../../ui/failure.tsx';
import { ButtonLink } from '../../ui/links.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { Page } from '../../ui/page.tsx';
import { Section } from '../../ui/section.tsx';
import { editorTexts } from './editor-texts.ts';
import { AddPlan } from './plan-form.tsx';
import { Sales } from './sales.tsx';
import { sellingTexts } from './texts.ts';

/** A publisher's offerings, and what they earn. */
export function OfferingsPage() {
  const t = useTexts(sellingTexts);
  const editor = useTexts(editorTexts);
  const offerings = useQuery(offeringsQuery);
  return (
    <Page
      title={t.offerings}
      lead={t.offeringsLead}
      actions={
        <ButtonLink to="/offerings/new" leftSection={<IconPlus size={18} aria-hidden />}>
          {editor.newOffering}
        </ButtonLink>
      }
    >
      <Loaded query={offerings}>
        {(found) =>
          found.length === 0 ? (
            <Empty icon={<IconPackage />} title={t.noOfferings}>
              {t.noOfferingsAdvice}
            </Empty>
          ) : (
            <SimpleGrid cols={{ base: 1, md: 2 }}>
              {found.map((offering) => (
                <OfferingCard key={offering.id} offering={offering} />
              ))}
            </SimpleGrid>
          )
        }
      </Loaded>
      <Sales />
    </Page>
  );
}

function OfferingCard({ offering }: { readonly offering: Offering }) {
  const t = useTexts(sellingTexts);
  const format = useFormat();
  const [newest] = offering.versions;
  if (newest === undefined) return null;
  return (
    <Section
      title={format.words(newest.title)}
      actions={<AddPlan offeringId={offering.id} offering={format.words(newest.title)} />}
    >
      <Text c="dimmed">{format.words(newest.description)}</Text>
      <Stack gap="xs">
        {offering.versions.map((version) => (
          <Version key={version.number} offeringId={offering.id} version={version} />
        ))}
      </Stack>
      <Stack gap={4}>
        <Text size="sm" fw={600}>
          {t.plans}
        </Text>
        {offering.plans.map((plan) => (
          <PlanLine key={plan.id} plan={plan} />
        ))}
      </Stack>
    </Section>
  );
}

function Version({ offeringId, version }: { readonly offeringId: string; readonly version: OfferingVersion }) {
  const t = useTexts(sellingTexts);
  const format = useFormat();
  const publish = useMutation({
    mutationFn: () => publishVersion(offeringId, version.number),
    onSuccess: () => queryClient.invalidateQueries(offeringsQuery),
  });
  const state = version.publishedAt === null ? t.draft : t.published(format.date(version.publishedAt));
  return (
    <>
      <Group justify="space-between">
        <Text size="sm">
          {t.version} {version.number}, {state}
        </Text>
        {version.publishedAt === null && (
          <Button size="xs" variant="light" loading={publish.isPending} onClick={() => publish.mutate()}>
            {t.publish}
          </Button>
        )}
      </Group>
      {publish.error !== null && <Failure error={publish.error} title={t.publishFailed} />}
    </>
  );
}

function PlanLine({ plan }: { readonly plan: Plan }) {
  const format = useFormat();
  return plan.text.map((line) => (
    <Text key={line} size="sm" className="tabular">
      {format.words(plan.name)} : {line}
    </Text>
  ));
}
