import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { IconPlugConnected, IconPlugConnectedX, IconServerOff } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import type { Terminal } from '@xterm/xterm';
import { useEffect, useRef, useState } from 'react';
import { type Server, serverQuery } from '../../api/compute.ts';
import { useTexts } from '../../app/language.tsx';
import { Failure } from '../../ui/failure.tsx';
import { ButtonLink } from '../../ui/links.tsx';
import { OneOrNone } from '../../ui/one-or-none.tsx';
import { Page } from '../../ui/page.tsx';
import { type Mood, Status } from '../../ui/status.tsx';
import { openScreen } from './screen.ts';
import { connectSerialLine, type SerialLine } from './serial-line.ts';
import { terminalTexts } from './texts.ts';

/** The serial console of a server. */
export function TerminalPage() {
  const t = useTexts(terminalTexts);
  const { serverId } = useParams({ from: '/servers/$serverId/console' });
  const server = useQuery(serverQuery(serverId));
  return (
    <OneOrNone
      query={server}
      id={serverId}
      title={t.servers}
      list="/servers"
      none={t.noServer}
      icon={<IconServerOff />}
    >
      {({ id, name }) => <SerialConsole serverId={id} name={name} />}
    </OneOrNone>
  );
}

type State = 'connecting' | 'open' | 'ended';

const moods: Readonly<Record<State, Mood>> = { connecting: 'working', open: 'good', ended: 'idle' };

function SerialConsole({ serverId, name }: { readonly serverId: Server['id']; readonly name: string }) {
  const t = useTexts(terminalTexts);
  const place = useRef<HTMLDivElement>(null);
  const way = useRef<HTMLButtonElement>(null);
  const terminal = useRef<Terminal>(null);
  const line = useRef<SerialLine>(null);
  const [state, setState] = useState<State>('connecting');
  const [error, setError] = useState<Error | null>(null);
  const [attempt, setAttempt] = useState(0);

  useEffect(() => {
    if (place.current === null) return;
    const screen = openScreen(place.current, {
      label: t.input(name),
      tooMuchOutput: t.tooMuchOutput,
      onText: (text) => line.current?.send(text),
      onLeave: () => way.current?.focus(),
    });
    terminal.current = screen;
    return () => screen.dispose();
  }, [name, t]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: each attempt is a connection of its own.
  useEffect(() => {
    setState('connecting');
    setError(null);
    const connection = connectSerialLine(serverId, {
      onOpen() {
        setState('open');
        terminal.current?.focus();
      },
      onBytes: (bytes) => terminal.current?.write(bytes),
      onEnd(why) {
        setState('ended');
        setError(why);
      },
    });
    line.current = connection;
    return () => connection.close();
  }, [serverId, attempt]);

  function disconnect(): void {
    line.current?.close();
    setState('ended');
  }

  const isOver = state === 'ended';
  return (
    <Page
      title={t.title(name)}
      lead={t.lead}
      actions={
        <ButtonLink to="/servers/$serverId" params={{ serverId }} variant="default">
          {t.back}
        </ButtonLink>
      }
    >
      <Stack gap="sm">
        <div role="status">
          <Status mood={moods[state]}>{t[state]}</Status>
        </div>
        {error !== null && <Failure error={error} title={t.failed} />}
        {isOver && error === null && (
          <Alert color="yellow" variant="light" title={t.endedTitle}>
            {t.endedAdvice}
          </Alert>
        )}
        <div className="terminal-frame">
          <div ref={place} />
        </div>
        <Group justify="space-between">
          <Text size="sm" c="dimmed">
            {t.hint}
          </Text>
          <Button
            ref={way}
            variant="default"
            leftSection={
              isOver ? <IconPlugConnected size={16} aria-hidden /> : <IconPlugConnectedX size={16} aria-hidden />
            }
            onClick={isOver ? () => setAttempt(attempt + 1) : disconnect}
          >
            {isOver ? t.reconnect : t.disconnect}
          </Button>
        </Group>
      </Stack>
    </Page>
  );
}
