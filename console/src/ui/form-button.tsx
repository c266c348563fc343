import { Button, type ButtonProps } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { ReactNode } from 'react';
import { useTexts } from '../app/language.tsx';
import { FormDialog } from './form-dialog.tsx';
import { uiTexts } from './texts.ts';
import { useChange } from './use-change.ts';

/** What is wrong with one field of a form, in words that stand at the field. */
export class FieldProblem extends Error {
  readonly field: string;

  constructor(field: string, message: string) {
    super(message);
    this.name = 'FieldProblem';
    this.field = field;
  }
}

interface FormButtonProps extends Pick<ButtonProps, 'variant' | 'size' | 'disabled' | 'leftSection'> {
  /** The verb: on the button, above the form, and on what sends it. */
  readonly title: string;
  /** What it is done to, where several buttons say the same. */
  readonly name?: string;
  /** Changes the cloud; may reject with a `FieldProblem`. */
  readonly submit: (form: FormData) => Promise<unknown>;
  /** The fields, told what is wrong with each. */
  readonly children: (problemAt: (field: string) => string | undefined) => ReactNode;
}

/** A button that opens a short form, and closes it when what it asked for is done. */
export function FormButton({ title, name, submit, children, ...look }: FormButtonProps) {
  const t = useTexts(uiTexts);
  const [opened, { open, close }] = useDisclosure();
  const { mutate, reset, isPending, error } = useChange(submit, close);
  const problem = error instanceof FieldProblem ? error : undefined;
  return (
    <>
      <Button
        {...look}
        onClick={() => {
          reset();
          open();
        }}
        {...(name === undefined ? {} : { 'aria-label': t.ofThis(title, name) })}
      >
        {title}
      </Button>
      <FormDialog
        opened={opened}
        onClose={close}
        title={title}
        busy={isPending}
        error={problem === undefined ? error : null}
        failure={t.failed}
        onSubmit={mutate}
      >
        {children((field) => (field === problem?.field ? problem.message : undefined))}
      </FormDialog>
    </>
  );
}
