import { TextInput } from '@mantine/core';
import { IconPlus, IconShield } from '@tabler/icons-react';
import { useChanges } from '../../api/changes.ts';
import { createSecurityGroup, securityGroups } from '../../api/network.ts';
import { useFormat, useTexts } from '../../app/language.tsx';
import { Empty } from '../../ui/empty.tsx';
import { FormButton } from '../../ui/form-button.tsx';
import { AnchorLink } from '../../ui/links.tsx';
import { ListTable } from '../../ui/list.tsx';
import { Page } from '../../ui/page.tsx';
import { securityGroupTexts } from './texts.ts';

/** The project's security groups. */
export function SecurityGroupsPage() {
  const t = useTexts(securityGroupTexts);
  const format = useFormat();
  useChanges();
  return (
    <Page title={t.title} lead={t.lead} actions={<Create />}>
      <ListTable
        list={securityGroups}
        label={t.title}
        idOf={({ id }) => id}
        wordsOf={({ name, description }) => `${name} ${description}`}
        empty={
          <Empty icon={<IconShield />} title={t.none}>
            {t.noneAdvice}
          </Empty>
        }
        columns={[
          {
            title: t.name,
            cell: ({ id, name }) => (
              <AnchorLink
                to="/security-groups/$groupId"
                params={{ groupId: id }}
                inherit
                fw={500}
                className="breakable"
              >
                {name || id}
              </AnchorLink>
            ),
          },
          { title: t.description, cell: ({ description }) => description },
          {
            title: t.ruleCount,
            cell: ({ security_group_rules: rules }) => format.number(rules.length),
            tabular: true,
          },
        ]}
      />
    </Page>
  );
}

function Create() {
  const t = useTexts(securityGroupTexts);
  return (
    <FormButton
      title={t.create}
      leftSection={<IconPlus size={18} aria-hidden />}
      submit={(form) => createSecurityGroup(String(form.get('name')).trim(), String(form.get('description')).trim())}
    >
      {() => (
        <>
          <TextInput name="name" label={t.name} required maxLength={255} data-autofocus />
          <TextInput name="description" label={t.description} maxLength={255} />
        </>
      )}
    </FormButton>
  );
}
