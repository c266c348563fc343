import { Button, FileButton, Group, NativeSelect, SimpleGrid, Stack, Textarea, TextInput } from '@mantine/core';
import { IconFileImport, IconPackageOff } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import type { Organisation } from '../../../../src/client/market.ts';
import { facesOf } from '../../../../src/client/template-form.ts';
import { ApiError } from '../../api/http.ts';
import { createOffering, createPlan, offeringsQuery, organisationsQuery } from '../../api/market.ts';
import { validateTemplate } from '../../api/orchestration.ts';
import { sessionQuery } from '../../api/session.ts';
import { useTexts } from '../../app/language.tsx';
import { queryClient } from '../../app/queries.ts';
import { Empty } from '../../ui/empty.tsx';
import { Failure } from '../../ui/failure.tsx';
import { FieldProblem } from '../../ui/form-button.tsx';
import { ButtonLink } from '../../ui/links.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { Page } from '../../ui/page.tsx';
import { Section } from '../../ui/section.tsx';
import { editorTexts } from './editor-texts.ts';
import { newKey } from './keys.ts';
import { PlanFields, planOf } from './plan-form.tsx';

/** A new offering: what it is called, the template that makes it, and how it is paid for. */
export function NewOfferingPage() {
  const t = useTexts(editorTexts);
  const organisations = useQuery(organisationsQuery);
  return (
    <Page title={t.newOffering} lead={t.lead}>
      <Loaded query={organisations}>
        {(all) => {
          const publishers = all.filter(({ roles }) => roles.includes('publisher'));
          if (publishers.length > 0) return <Editor publishers={publishers} />;
          return (
            <Empty icon={<IconPackageOff />} title={t.noPublisher}>
              {t.noPublisherAdvice}
            </Empty>
          );
        }}
      </Loaded>
    </Page>
  );
}

function Editor({ publishers }: { readonly publishers: readonly Organisation[] }) {
  const t = useTexts(editorTexts);
  const navigate = useNavigate();
  const { data: session } = useQuery(sessionQuery);
  const [template, setTemplate] = useState('');
  const place = useRef<HTMLTextAreaElement>(null);
  const saveDraft = useSaveDraft(session?.project?.id);
  const save = useMutation({
    mutationFn: (form: FormData) => saveDraft(form),
    async onSuccess() {
      await queryClient.invalidateQueries(offeringsQuery);
      await navigate({ to: '/offerings' });
    },
    onError(error) {
      if (error instanceof FieldProblem && error.field === 'template') selectLine(place.current, error.message);
    },
  });
  const problem = save.error instanceof FieldProblem ? save.error : undefined;
  const problemAt = (field: string) => (field === problem?.field ? problem.message : undefined);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate(new FormData(event.currentTarget));
      }}
    >
      <Stack>
        <Section title={t.description}>
          <NativeSelect
            name="publisher"
            label={t.publisher}
            data={publishers.map(({ id, name }) => ({ value: id, label: name }))}
          />
          <SimpleGrid cols={{ base: 1, sm: 2 }}>
            <TextInput name="titleFr" label={t.titleFr} required maxLength={200} />
            <TextInput name="titleEn" label={t.titleEn} required maxLength={200} />
            <Textarea name="descriptionFr" label={t.descriptionFr} required maxLength={10_000} autosize minRows={2} />
            <Textarea name="descriptionEn" label={t.descriptionEn} required maxLength={10_000} autosize minRows={2} />
          </SimpleGrid>
        </Section>
        <Section
          title={t.template}
          actions={
            <FileButton onChange={(file) => void file?.text().then(setTemplate)}>
              {(props) => (
                <Button {...props} variant="default" leftSection={<IconFileImport size={16} aria-hidden />}>
                  {t.load}
                </Button>
              )}
            </FileButton>
          }
        >
          <Textarea
            ref={place}
            name="template"
            aria-label={t.template}
            description={t.templateHint}
            error={problemAt('template')}
            required
            spellCheck={false}
            autosize
            minRows={12}
            maxRows={28}
            classNames={{ input: 'code-input' }}
            value={template}
            onChange={({ currentTarget }) => setTemplate(currentTarget.value)}
          />
        </Section>
        <Section title={t.plan}>
          <PlanFields problemAt={problemAt} />
        </Section>
        {save.error !== null && problem === undefined && <Failure error={save.error} title={t.failed} />}
        <Group justify="flex-end">
          <ButtonLink to="/offerings" variant="default">
            {t.cancel}
          </ButtonLink>
          <Button type="submit" loading={save.isPending}>
            {t.save}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** Saves what the form says; what was made when a later step failed is not made again. */
function useSaveDraft(projectId: string | undefined): (form: FormData) => Promise<void> {
  const t = useTexts(editorTexts);
  const [key] = useState(newKey);
  const made = useRef<string>(undefined);
  return async (form) => {
    const text = (name: string) => String(form.get(name) ?? '').trim();
    const template = String(form.get('template')).replaceAll('\r\n', '\n');
    const plan = planOf(form, t);
    if (projectId === undefined) throw new FieldProblem('template', t.noProject);
    await validateTemplate(projectId, template).catch((error: unknown) => {
      throw error instanceof ApiError && error.status === 400 ? new FieldProblem('template', error.message) : error;
    });
    made.current ??= (
      await createOffering(
        {
          publisherId: text('publisher'),
          title: { fr: text('titleFr'), en: text('titleEn') },
          description: { fr: text('descriptionFr'), en: text('descriptionEn') },
          ...{ template, faces: facesOf(template) },
        },
        key,
      )
    ).id;
    await createPlan(made.current, plan, key);
  };
}

/** Shows the line that the message names: `line 14: …`. */
function selectLine(area: HTMLTextAreaElement | null, message: string): void {
  const line = Number(/\bline (\d+)/.exec(message)?.[1] ?? 0);
  if (area === null || line === 0) return;
  const lines = area.value.split('\n');
  const start = lines.slice(0, line - 1).reduce((sum, { length }) => sum + length + 1, 0);
  area.focus();
  area.setSelectionRange(start, start + (lines[line - 1]?.length ?? 0));
}
