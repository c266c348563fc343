import { Button, type ButtonProps } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { ReactNode } from 'react';
import { useTexts } from '../app/language.tsx';
import { Confirm } from './confirm.tsx';
import { uiTexts } from './texts.ts';
import { useChange } from './use-change.ts';

interface RemoveButtonProps extends Pick<ButtonProps, 'size' | 'leftSection' | 'disabled'> {
  /** What goes. */
  readonly name: string;
  /** `Delete` unless said. */
  readonly verb?: string;
  readonly remove: () => Promise<unknown>;
  /** Where to go when it is gone. */
  readonly onDone?: () => void;
  /** What will be lost. */
  readonly children: ReactNode;
}

/** A button that takes something away, when told so twice. */
export function RemoveButton({ name, verb, remove, onDone, children, ...look }: RemoveButtonProps) {
  const t = useTexts(uiTexts);
  const [opened, { open, close }] = useDisclosure();
  const gone = useChange(remove, () => {
    close();
    onDone?.();
  });
  const said = verb ?? t.delete;
  return (
    <>
      <Button
        variant="default"
        {...look}
        onClick={() => {
          gone.reset();
          open();
        }}
        aria-label={t.ofThis(said, name)}
      >
        {said}
      </Button>
      <Confirm
        opened={opened}
        onClose={close}
        title={t.sure(said, name)}
        verb={said}
        busy={gone.isPending}
        error={gone.error}
        failure={t.failed}
        onConfirm={() => gone.mutate(undefined)}
      >
        {children}
      </Confirm>
    </>
  );
}
