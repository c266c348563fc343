import { Button, CopyButton, Group, NativeSelect, Stack, Text, TextInput } from '@mantine/core';
import { IconUserPlus } from '@tabler/icons-react';
import { useState } from 'react';
import type { Invitation } from '../../../../src/client/market.ts';
import { invitationsOf, invite, revokeInvitation } from '../../api/organisations.ts';
import { useFormat, useTexts } from '../../app/language.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { FormButton } from '../../ui/form-button.tsx';
import { ListTable } from '../../ui/list.tsx';
import { RemoveButton } from '../../ui/remove-button.tsx';
import { Section } from '../../ui/section.tsx';
import { type Mood, Status } from '../../ui/status.tsx';
import { uiTexts } from '../../ui/texts.ts';
import { organisationTexts } from './texts.ts';

const moods: Readonly<Record<Invitation['state'], Mood>> = {
  ...{ open: 'working', accepted: 'good', revoked: 'idle', expired: 'idle' },
};

/** Who is invited into an organisation. */
export function Invitations({ organisationId }: { readonly organisationId: string }) {
  const t = useTexts(organisationTexts);
  const format = useFormat();
  return (
    <Section title={t.invitations} actions={<Invite organisationId={organisationId} />}>
      <ListTable
        list={invitationsOf(organisationId)}
        label={t.invitations}
        idOf={({ id }) => id}
        wordsOf={({ note }) => note}
        empty={<Text c="dimmed">{t.noInvitations}</Text>}
        columns={[
          { title: t.note, cell: ({ note }) => <span className="breakable">{note}</span> },
          { title: t.role, cell: ({ role }) => (role === 'owner' ? t.owner : t.member) },
          { title: t.state, cell: ({ state }) => <Status mood={moods[state]}>{t[state]}</Status> },
          { title: t.until, cell: ({ expiresAt }) => format.date(expiresAt) },
        ]}
        actions={{
          title: t.revoke,
          cell: (invitation) =>
            invitation.state === 'open' && (
              <RemoveButton
                size="xs"
                name={invitation.note}
                verb={t.revoke}
                remove={() => revokeInvitation(invitation)}
              >
                {t.revokeAdvice}
              </RemoveButton>
            ),
        }}
      />
    </Section>
  );
}

function Invite({ organisationId }: { readonly organisationId: string }) {
  const t = useTexts(organisationTexts);
  const [link, setLink] = useState<string>();

  async function submit(form: FormData): Promise<void> {
    const { secret } = await invite(organisationId, String(form.get('role')), String(form.get('note')).trim());
    // Behind the `#`: a browser tells it to no server, so that it is in nobody's log.
    setLink(`${location.origin}/console/invitation#${secret}`);
  }

  return (
    <>
      <FormButton
        title={t.invite}
        size="sm"
        variant="default"
        leftSection={<IconUserPlus size={18} aria-hidden />}
        submit={submit}
      >
        {() => (
          <>
            <TextInput name="note" label={t.note} description={t.noteHint} required maxLength={200} data-autofocus />
            <NativeSelect
              name="role"
              label={t.role}
              description={t.ownerHint}
              data={[
                { value: 'member', label: t.member },
                { value: 'owner', label: t.owner },
              ]}
            />
          </>
        )}
      </FormButton>
      <Dialog opened={link !== undefined} onClose={() => setLink(undefined)} title={t.link}>
        <Link url={link ?? ''} />
      </Dialog>
    </>
  );
}

function Link({ url }: { readonly url: string }) {
  const t = useTexts(organisationTexts);
  const ui = useTexts(uiTexts);
  return (
    <Stack>
      <Text>{t.linkAdvice}</Text>
      <TextInput aria-label={t.link} value={url} readOnly data-autofocus onFocus={(event) => event.target.select()} />
      <Group justify="flex-end">
        <CopyButton value={url}>
          {({ copied, copy }) => <Button onClick={copy}>{copied ? ui.copied : ui.copy}</Button>}
        </CopyButton>
      </Group>
    </Stack>
  );
}
