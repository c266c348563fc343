import { NativeSelect, TextInput } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { createRule, type SecurityGroup } from '../../api/network.ts';
import { useTexts } from '../../app/language.tsx';
import { FormButton } from '../../ui/form-button.tsx';
import { atField, ruleOf, services } from './rules.ts';
import { securityGroupTexts } from './texts.ts';

interface AddRuleProps {
  readonly groupId: string;
  /** Those whose members a rule may name. */
  readonly groups: readonly SecurityGroup[];
}

export function AddRule({ groupId, groups }: AddRuleProps) {
  const t = useTexts(securityGroupTexts);
  return (
    <FormButton
      title={t.addRule}
      leftSection={<IconPlus size={18} aria-hidden />}
      submit={async (form) => {
        await createRule(groupId, ruleOf(form, t)).catch((error: unknown) => {
          throw atField(error, t);
        });
      }}
    >
      {(problemAt) => <Fields groups={groups} problemAt={problemAt} />}
    </FormButton>
  );
}

interface FieldsProps extends Pick<AddRuleProps, 'groups'> {
  readonly problemAt: (field: string) => string | undefined;
}

function Fields({ groups, problemAt }: FieldsProps) {
  const t = useTexts(securityGroupTexts);
  const [traffic, setTraffic] = useState<string>(String(services[0].port));
  const [peer, setPeer] = useState('ipv4');
  return (
    <>
      <NativeSelect
        name="direction"
        label={t.direction}
        data={[
          { value: 'ingress', label: t.ingress },
          { value: 'egress', label: t.egress },
        ]}
      />
      <NativeSelect
        name="traffic"
        label={t.traffic}
        value={traffic}
        onChange={({ currentTarget }) => setTraffic(currentTarget.value)}
        error={problemAt('traffic')}
        data={[
          ...services.map(({ name, port }) => ({
            value: String(port),
            label: t.named(name, t.port('TCP', String(port))),
          })),
          { value: 'icmp', label: t.ping },
          { value: 'tcp', label: t.tcpPorts },
          { value: 'udp', label: t.udpPorts },
          { value: 'all', label: t.everything },
        ]}
      />
      {(traffic === 'tcp' || traffic === 'udp') && (
        <TextInput name="ports" label={t.ports} description={t.portsHint} error={problemAt('ports')} required />
      )}
      <NativeSelect
        name="peer"
        label={t.fromOrTo}
        value={peer}
        onChange={({ currentTarget }) => setPeer(currentTarget.value)}
        data={[
          { value: 'ipv4', label: t.anyIpv4 },
          { value: 'ipv6', label: t.anyIpv6 },
          { value: 'range', label: t.range },
          ...groups.map(({ id, name }) => ({ value: id, label: t.members(name) })),
        ]}
      />
      {peer === 'range' && (
        <TextInput name="range" label={t.rangeLabel} description={t.rangeHint} error={problemAt('range')} required />
      )}
    </>
  );
}
