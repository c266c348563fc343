import { Group, Modal } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTexts } from '../app/language.tsx';
import { uiTexts } from './texts.ts';

interface DialogProps {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly title: string;
  readonly children: ReactNode;
}

/** Something that is asked or filled in before going on. `Modal.Header` would be a second banner of the page. */
export function Dialog({ opened, onClose, title, children }: DialogProps) {
  const t = useTexts(uiTexts);
  return (
    <Modal.Root opened={opened} onClose={onClose} centered>
      <Modal.Overlay />
      <Modal.Content radius="lg">
        <Modal.Body p="lg">
          <Group justify="space-between" wrap="nowrap" mb="md" align="flex-start">
            <Modal.Title fw={650} fz="lg">
              {title}
            </Modal.Title>
            <Modal.CloseButton aria-label={t.close} />
          </Group>
          {children}
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
