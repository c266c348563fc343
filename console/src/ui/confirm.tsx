import { Button, Group, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTexts } from '../app/language.tsx';
import { Dialog } from './dialog.tsx';
import { Failure } from './failure.tsx';
import { uiTexts } from './texts.ts';

interface ConfirmProps {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly title: string;
  /** What will be lost. */
  readonly children: ReactNode;
  /** The verb on the red button. */
  readonly verb: string;
  readonly busy: boolean;
  readonly error: Error | null;
  readonly failure: string;
  readonly onConfirm: () => void;
}

/** Asks before what cannot be taken back. */
export function Confirm({ opened, onClose, title, children, verb, busy, error, failure, onConfirm }: ConfirmProps) {
  const t = useTexts(uiTexts);
  return (
    <Dialog opened={opened} onClose={onClose} title={title}>
      <Stack>
        <Text>{children}</Text>
        {error !== null && <Failure error={error} title={failure} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t.cancel}
          </Button>
          <Button color="red.8" loading={busy} onClick={onConfirm}>
            {verb}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
