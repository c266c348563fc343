import { Button, Skeleton, Stack, VisuallyHidden } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTexts } from '../app/language.tsx';
import { Failure } from './failure.tsx';
import { uiTexts } from './texts.ts';

/** Something is on its way. */
export function Waiting() {
  const t = useTexts(uiTexts);
  return (
    <Stack role="status" gap="sm">
      <VisuallyHidden>{t.loading}</VisuallyHidden>
      <Skeleton height={28} width="40%" />
      <Skeleton height={72} />
      <Skeleton height={72} />
    </Stack>
  );
}

/** What a query brings; until then that it is on its way, or why it does not come. */
export function Loaded<T>({
  query,
  children,
}: {
  readonly query: UseQueryResult<T>;
  readonly children: (data: T) => ReactNode;
}) {
  const t = useTexts(uiTexts);
  const { data, error, refetch } = query;
  if (data !== undefined) return children(data);
  if (error === null) return <Waiting />;
  return (
    <Stack align="flex-start">
      <Failure error={error} />
      <Button variant="default" onClick={() => void refetch()}>
        {t.retry}
      </Button>
    </Stack>
  );
}
