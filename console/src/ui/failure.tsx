import { Alert, Stack, Text, Title } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import type { ErrorComponentProps } from '@tanstack/react-router';
import { ApiError } from '../api/http.ts';
import { useTexts } from '../app/language.tsx';
import { ButtonLink } from './links.tsx';
import { uiTexts } from './texts.ts';

/** What went wrong and what to do, in people's words; what the API said goes beneath. */
export function Failure({ error, title }: { readonly error: unknown; readonly title?: string }) {
  const t = useTexts(uiTexts);
  const api = error instanceof ApiError ? error : undefined;
  const [headline, advice] = wordsFor(api?.status, t);
  return (
    <Alert color="red" variant="light" icon={<IconAlertTriangle aria-hidden />} title={title ?? headline} role="alert">
      <Text size="sm">{api?.message !== undefined && api.message !== '' ? api.message : advice}</Text>
      {api?.requestId != null && api.status >= 500 && (
        <Text size="xs" c="dimmed" mt={4}>
          {t.requestId(api.requestId)}
        </Text>
      )}
    </Alert>
  );
}

type Texts = ReturnType<typeof uiTexts>;

function wordsFor(status: number | undefined, t: Texts): readonly [string, string] {
  if (status === 0) return [t.unreachable, t.unreachableAdvice];
  if (status === 401) return [t.signedOut, t.signedOutAdvice];
  if (status === 403) return [t.forbidden, t.forbiddenAdvice];
  if (status === 404) return [t.notFound, t.notFoundAdvice];
  if (status === 409) return [t.conflict, t.conflictAdvice];
  return [t.broken, t.brokenAdvice];
}

/** An address that leads nowhere. */
export function NotFound() {
  const t = useTexts(uiTexts);
  return (
    <Stack align="flex-start" py="xl">
      <Title order={1}>{t.noPage}</Title>
      <Text c="dimmed">{t.noPageAdvice}</Text>
      <ButtonLink to="/">{t.home}</ButtonLink>
    </Stack>
  );
}

/** A page that broke. */
export function Crash({ error }: ErrorComponentProps) {
  const t = useTexts(uiTexts);
  return (
    <Stack py="xl">
      <Title order={1}>{t.broken}</Title>
      <Failure error={error} />
    </Stack>
  );
}
