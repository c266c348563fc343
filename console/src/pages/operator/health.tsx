import { Divider, Group, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { Health as HealthOfCloud, HostHealth } from '../../../../src/client/operator.ts';
import { enginesQuery } from '../../api/compute.ts';
import { healthQuery } from '../../api/operator.ts';
import { useTexts } from '../../app/language.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { Section } from '../../ui/section.tsx';
import { type Mood, Status } from '../../ui/status.tsx';
import { operatorTexts } from './texts.ts';

/** What carries the cloud: the database, the host and what runs on it, the engines. */
export function Health() {
  const t = useTexts(operatorTexts);
  const health = useQuery(healthQuery);
  return (
    <Section title={t.health}>
      <Loaded query={health}>{(found) => <Parts health={found} />}</Loaded>
      <Divider />
      <Engines />
    </Section>
  );
}

/** A part of the cloud: its name, how it is, and what more there is to say. */
function Part({ name, mood, state, more }: { name: string; mood: Mood; state: string; more?: ReactNode }) {
  return (
    <div>
      <Group justify="space-between" wrap="nowrap" align="baseline">
        <Text size="sm" className="breakable">
          {name}
        </Text>
        <Status mood={mood}>{state}</Status>
      </Group>
      {more !== undefined && (
        <Text size="sm" c="dimmed" className="breakable">
          {more}
        </Text>
      )}
    </div>
  );
}

function Parts({ health: { database, host } }: { readonly health: HealthOfCloud }) {
  const t = useTexts(operatorTexts);
  return (
    <Stack gap="sm">
      <Part
        name={`PostgreSQL ${database.version}`}
        mood="good"
        state={t.answersIn(database.milliseconds)}
        more={database.place ?? undefined}
      />
      {host === null ? <Part name={t.host} mood="idle" state={t.simulated} /> : <Host host={host} />}
    </Stack>
  );
}

function Host({ host }: { readonly host: HostHealth }) {
  const t = useTexts(operatorTexts);
  if (!host.answers) return <Part name={t.host} mood="bad" state={t.silent} more={host.reason} />;
  const { name, versions, processes, accelerator } = host;
  const [title, more] = accelerator === null ? [t.lookedFor, undefined] : [t[accelerator.kind], accelerator.reason];
  return (
    <>
      <Part
        name={`${t.host} ${name}`}
        mood="good"
        state={t.answers}
        more={`Andromède ${versions.andromede}, Node ${versions.node}`}
      />
      <Part name={t.acceleration} mood={accelerator?.kind === 'kvm' ? 'good' : 'idle'} state={title} more={more} />
      {processes.map((process) => (
        <Part
          key={process.name}
          name={process.name}
          mood={processMoods[process.state] ?? 'working'}
          state={t[process.state]}
          more={process.restarts === 0 ? undefined : t.restarts(process.restarts)}
        />
      ))}
    </>
  );
}

const processMoods: Readonly<Record<string, Mood>> = { ready: 'good', failed: 'bad', stopped: 'bad' };

function Engines() {
  const t = useTexts(operatorTexts);
  const engines = useQuery(enginesQuery);
  return (
    <Loaded query={engines}>
      {(found) => (
        <Stack gap="sm">
          {found.map(({ name, host, isUp }) => (
            <Part
              key={`${name} ${host}`}
              name={name}
              mood={isUp ? 'good' : 'bad'}
              state={isUp ? t.answers : t.silent}
            />
          ))}
        </Stack>
      )}
    </Loaded>
  );
}
