import { Button, Textarea, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconKey, IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { deleteKeyPair, importKeyPair, keyPairsQuery } from '../../api/compute.ts';
import { useTexts } from '../../app/language.tsx';
import { Empty } from '../../ui/empty.tsx';
import { Failure } from '../../ui/failure.tsx';
import { FormDialog } from '../../ui/form-dialog.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { Page } from '../../ui/page.tsx';
import { Cell, Row, Table } from '../../ui/table.tsx';
import { useChange } from '../../ui/use-change.ts';
import { keyPairTexts } from './texts.ts';

/** The person's public keys. */
export function KeyPairsPage() {
  const t = useTexts(keyPairTexts);
  const keyPairs = useQuery(keyPairsQuery);
  const remove = useChange(deleteKeyPair);
  return (
    <Page title={t.title} lead={t.lead} actions={<Add />}>
      {remove.error !== null && <Failure error={remove.error} title={t.failed} />}
      <Loaded query={keyPairs}>
        {(found) =>
          found.length === 0 ? (
            <Empty icon={<IconKey />} title={t.none}>
              {t.noneAdvice}
            </Empty>
          ) : (
            <Table label={t.title} columns={[t.name, t.fingerprint]} actions={t.delete}>
              {found.map(({ name, fingerprint }) => (
                <Row key={name}>
                  <Cell>{name}</Cell>
                  <Cell className="breakable">{fingerprint}</Cell>
                  <Cell ta="right">
                    <Button
                      variant="default"
                      size="xs"
                      loading={remove.isPending && remove.variables === name}
                      onClick={() => remove.mutate(name)}
                      aria-label={t.deleteNamed(name)}
                    >
                      {t.delete}
                    </Button>
                  </Cell>
                </Row>
              ))}
            </Table>
          )
        }
      </Loaded>
    </Page>
  );
}

function Add() {
  const t = useTexts(keyPairTexts);
  const [opened, { open, close }] = useDisclosure();
  const add = useChange(
    ({ name, publicKey }: { name: string; publicKey: string }) => importKeyPair(name, publicKey),
    close,
  );
  return (
    <>
      <Button leftSection={<IconPlus size={18} aria-hidden />} onClick={open}>
        {t.add}
      </Button>
      <FormDialog
        opened={opened}
        onClose={close}
        title={t.add}
        busy={add.isPending}
        error={add.error}
        failure={t.failed}
        onSubmit={(form) => add.mutate({ name: String(form.get('name')), publicKey: String(form.get('key')).trim() })}
      >
        <TextInput name="name" label={t.name} required maxLength={255} data-autofocus />
        <Textarea
          name="key"
          label={t.publicKey}
          description={t.publicKeyHint}
          required
          autosize
          minRows={3}
          maxRows={8}
        />
      </FormDialog>
    </>
  );
}
