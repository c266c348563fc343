import { IconBuilding } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { organisations } from '../../api/market.ts';
import { sessionQuery } from '../../api/session.ts';
import { useFormat, useTexts } from '../../app/language.tsx';
import { Empty } from '../../ui/empty.tsx';
import { AnchorLink } from '../../ui/links.tsx';
import { ListTable } from '../../ui/list.tsx';
import { Page } from '../../ui/page.tsx';
import { Section } from '../../ui/section.tsx';
import { Applications, Apply } from './applications.tsx';
import { organisationTexts, roleName } from './texts.ts';

/** The person's organisations, and those that would be admitted; the operator's page of both is the same. */
export function OrganisationsPage() {
  const t = useTexts(organisationTexts);
  const format = useFormat();
  const { data: session } = useQuery(sessionQuery);
  const isOperator = session?.isAdmin === true;
  const title = isOperator ? t.all : t.own;
  return (
    <Page title={t.title} lead={t.lead} actions={<Apply />}>
      <Section title={title}>
        <ListTable
          list={organisations}
          label={title}
          idOf={({ id }) => id}
          wordsOf={({ name }) => name}
          empty={
            <Empty icon={<IconBuilding />} title={t.none}>
              {t.noneAdvice}
            </Empty>
          }
          columns={[
            {
              title: t.name,
              cell: ({ id, name }) => (
                <AnchorLink
                  to="/organisations/$organisationId"
                  params={{ organisationId: id }}
                  inherit
                  fw={500}
                  className="breakable"
                >
                  {name}
                </AnchorLink>
              ),
            },
            { title: t.roles, cell: ({ roles }) => format.list(roles.map((role) => roleName(t, role))) },
            { title: t.country, cell: ({ country }) => format.country(country) },
          ]}
        />
      </Section>
      <Applications isOperator={isOperator} userId={session?.user.id ?? ''} />
    </Page>
  );
}
