import { Text } from '@mantine/core';
import { IconShieldOff } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { useChanges } from '../../api/changes.ts';
import { allOf } from '../../api/list.ts';
import {
  deleteRule,
  deleteSecurityGroup,
  type SecurityGroup,
  type SecurityGroupRule,
  securityGroupQuery,
  securityGroups,
} from '../../api/network.ts';
import { useTexts } from '../../app/language.tsx';
import { OneOrNone } from '../../ui/one-or-none.tsx';
import { Page } from '../../ui/page.tsx';
import { RemoveButton } from '../../ui/remove-button.tsx';
import { Section } from '../../ui/section.tsx';
import { Cell, Row, Table } from '../../ui/table.tsx';
import { AddRule } from './add-rule.tsx';
import { peerOf, trafficOf } from './rules.ts';
import { securityGroupTexts } from './texts.ts';

/** One security group: what it lets through, in words. */
export function SecurityGroupPage() {
  const t = useTexts(securityGroupTexts);
  const { groupId } = useParams({ from: '/security-groups/$groupId' });
  useChanges();
  const group = useQuery(securityGroupQuery(groupId));
  return (
    <OneOrNone
      query={group}
      id={groupId}
      title={t.title}
      list="/security-groups"
      none={t.noGroup}
      icon={<IconShieldOff />}
    >
      {(found) => <Shown group={found} />}
    </OneOrNone>
  );
}

function Shown({ group }: { readonly group: SecurityGroup }) {
  const t = useTexts(securityGroupTexts);
  const navigate = useNavigate();
  const { data: groups = [] } = useQuery(allOf(securityGroups));
  return (
    <Page
      title={group.name || group.id}
      lead={group.description}
      actions={
        // The project's own is there for ever.
        group.name !== 'default' && (
          <RemoveButton
            name={group.name}
            remove={() => deleteSecurityGroup(group.id)}
            onDone={() => void navigate({ to: '/security-groups' })}
          >
            {t.deleteAdvice}
          </RemoveButton>
        )
      }
    >
      <Section title={t.rules} actions={<AddRule groupId={group.id} groups={groups} />}>
        {group.security_group_rules.length === 0 ? (
          <Text c="dimmed">{t.noRules}</Text>
        ) : (
          <Rules group={group} groups={groups} />
        )}
      </Section>
    </Page>
  );
}

/** What may enter is looked for first. */
const ingressFirst = (a: SecurityGroupRule, b: SecurityGroupRule): number =>
  b.direction.localeCompare(a.direction) || a.ethertype.localeCompare(b.ethertype);

function Rules({ group, groups }: { readonly group: SecurityGroup; readonly groups: readonly SecurityGroup[] }) {
  const t = useTexts(securityGroupTexts);
  return (
    <Table label={t.rules} columns={[t.direction, t.traffic, t.peer]} actions={t.rule}>
      {group.security_group_rules.toSorted(ingressFirst).map((rule) => {
        const words = [t[rule.direction], trafficOf(rule, t), peerOf(rule, groups, t)] as const;
        return (
          <Row key={rule.id}>
            {words.map((word, index) => (
              <Cell key={index === 0 ? rule.direction : word} className="tabular">
                {word}
              </Cell>
            ))}
            <Cell ta="right">
              <RemoveButton size="xs" name={words.join(', ')} remove={() => deleteRule(rule.id)}>
                {t.deleteRuleAdvice}
              </RemoveButton>
            </Cell>
          </Row>
        );
      })}
    </Table>
  );
}
