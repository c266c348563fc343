import { Textarea, TextInput } from '@mantine/core';
import { IconKey, IconPlus } from '@tabler/icons-react';
import { deleteKeyPair, importKeyPair, keyPairs } from '../../api/compute.ts';
import { useTexts } from '../../app/language.tsx';
import { Empty } from '../../ui/empty.tsx';
import { FormButton } from '../../ui/form-button.tsx';
import { ListTable } from '../../ui/list.tsx';
import { Page } from '../../ui/page.tsx';
import { RemoveButton } from '../../ui/remove-button.tsx';
import { keyPairTexts } from './texts.ts';

/** The person's public keys. */
export function KeyPairsPage() {
  const t = useTexts(keyPairTexts);
  return (
    <Page title={t.title} lead={t.lead} actions={<Add />}>
      <ListTable
        list={keyPairs}
        label={t.title}
        idOf={({ keypair }) => keypair.name}
        wordsOf={({ keypair }) => `${keypair.name} ${keypair.fingerprint}`}
        empty={
          <Empty icon={<IconKey />} title={t.none}>
            {t.noneAdvice}
          </Empty>
        }
        columns={[
          { title: t.name, cell: ({ keypair }) => keypair.name },
          { title: t.fingerprint, cell: ({ keypair }) => <span className="breakable">{keypair.fingerprint}</span> },
        ]}
        actions={{
          title: t.delete,
          cell: ({ keypair: { name } }) => (
            <RemoveButton size="xs" name={name} remove={() => deleteKeyPair(name)}>
              {t.deleteAdvice}
            </RemoveButton>
          ),
        }}
      />
    </Page>
  );
}

function Add() {
  const t = useTexts(keyPairTexts);
  return (
    <FormButton
      title={t.add}
      leftSection={<IconPlus size={18} aria-hidden />}
      submit={(form) => importKeyPair(String(form.get('name')), String(form.get('key')).trim())}
    >
      {() => (
        <>
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
        </>
      )}
    </FormButton>
  );
}
