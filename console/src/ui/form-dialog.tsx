import { Button, Group, Stack } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTexts } from '../app/language.tsx';
import { Dialog } from './dialog.tsx';
import { Failure } from './failure.tsx';
import { uiTexts } from './texts.ts';

interface FormDialogProps {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly title: string;
  readonly busy: boolean;
  readonly error: Error | null;
  readonly failure: string;
  readonly onSubmit: (form: FormData) => void;
  /** The fields. */
  readonly children: ReactNode;
}

/** A short form; its title is the verb on its button. */
export function FormDialog({ opened, onClose, title, busy, error, failure, onSubmit, children }: FormDialogProps) {
  const t = useTexts(uiTexts);
  return (
    <Dialog opened={opened} onClose={onClose} title={title}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onSubmit(new FormData(event.currentTarget));
        }}
      >
        <Stack>
          {children}
          {error !== null && <Failure error={error} title={failure} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t.cancel}
            </Button>
            <Button type="submit" loading={busy}>
              {title}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
