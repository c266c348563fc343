import { Text } from '@mantine/core';
import { IconBuilding } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import type { Member } from '../../../../src/client/market.ts';
import { allOf } from '../../api/list.ts';
import { membersOf, type OwnOrganisation, organisationQuery, removeMember } from '../../api/organisations.ts';
import { sessionQuery } from '../../api/session.ts';
import { useFormat, useTexts } from '../../app/language.tsx';
import { Facts } from '../../ui/facts.tsx';
import { ListTable } from '../../ui/list.tsx';
import { OneOrNone } from '../../ui/one-or-none.tsx';
import { Page } from '../../ui/page.tsx';
import { RemoveButton } from '../../ui/remove-button.tsx';
import { Section } from '../../ui/section.tsx';
import { Invitations } from './invitations.tsx';
import { organisationTexts, roleName } from './texts.ts';

/** An organisation: what it is, who belongs to it, who is invited. */
export function OrganisationPage() {
  const t = useTexts(organisationTexts);
  const { organisationId } = useParams({ from: '/organisations/$organisationId' });
  const query = useQuery(organisationQuery(organisationId));
  return (
    <OneOrNone
      query={query}
      id={organisationId}
      title={t.title}
      list="/organisations"
      none={t.notFound}
      icon={<IconBuilding />}
    >
      {(organisation) => <Organisation organisation={organisation} />}
    </OneOrNone>
  );
}

function Organisation({ organisation }: { readonly organisation: OwnOrganisation }) {
  const t = useTexts(organisationTexts);
  const format = useFormat();
  const { id, name, roles, country, registrationNumber, vatId, iban } = organisation;
  const { data: session } = useQuery(sessionQuery);
  const { data: members = [] } = useQuery(allOf(membersOf(id)));
  const userId = session?.user.id ?? '';
  const isOwner = members.some((one) => one.userId === userId && one.role === 'owner');
  const manages = isOwner || session?.isAdmin === true;
  return (
    <Page title={name} lead={format.list(roles.map((role) => roleName(t, role)))}>
      <Section title={t.identity}>
        <Facts
          items={[
            [t.country, format.country(country)],
            [t.registrationNumber, registrationNumber ?? undefined],
            [t.vatId, vatId ?? undefined],
            [t.iban, iban ?? undefined],
          ]}
        />
      </Section>
      <Members organisationId={id} userId={userId} manages={manages} />
      {manages && <Invitations organisationId={id} />}
    </Page>
  );
}

interface MembersProps {
  readonly organisationId: string;
  readonly userId: string;
  /** Whether the person may remove others. */
  readonly manages: boolean;
}

function Members({ organisationId, userId, manages }: MembersProps) {
  const t = useTexts(organisationTexts);
  const remove = (member: Member) => (
    <RemoveButton
      size="xs"
      name={member.userId}
      verb={t.remove}
      remove={() => removeMember(organisationId, member.userId)}
    >
      {t.removeAdvice}
    </RemoveButton>
  );
  return (
    <Section title={t.members}>
      <ListTable
        list={membersOf(organisationId)}
        label={t.members}
        idOf={(member) => member.userId}
        wordsOf={(member) => member.userId}
        empty={<Text c="dimmed">{t.none}</Text>}
        columns={[
          {
            title: t.person,
            cell: (member) => (
              <span className="breakable">{member.userId === userId ? t.you(member.userId) : member.userId}</span>
            ),
          },
          { title: t.role, cell: ({ role }) => (role === 'owner' ? t.owner : t.member) },
        ]}
        {...(manages ? { actions: { title: t.remove, cell: remove } } : {})}
      />
    </Section>
  );
}
