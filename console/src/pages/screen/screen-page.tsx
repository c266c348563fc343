import { Alert, Button, Group, Stack, Text, Title } from '@mantine/core';
import RFB from '@novnc/novnc';
import { useSearch } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { useTexts } from '../../app/language.tsx';
import { screenTexts } from './texts.ts';

/** The one WebSocket that carries screens; whatever else a link names is not opened. */
const screenPath = /^compute\/console\?token=[\w.~-]{1,512}$/;

/** A server's screen and keyboard (noVNC). The link holds a token that opens it once: nobody need be signed in. */
export function ScreenPage() {
  const t = useTexts(screenTexts);
  const { path } = useSearch({ from: '/vnc' });
  const place = useRef<HTMLDivElement>(null);
  const screen = useRef<RFB | undefined>(undefined);
  const isValid = screenPath.test(path);
  const [state, setState] = useState<'connecting' | 'connected' | 'ended'>(isValid ? 'connecting' : 'ended');

  useEffect(() => {
    document.title = `${t.title} · Andromède`;
  }, [t]);

  useEffect(() => {
    const target = place.current;
    if (target === null || !isValid) return;
    // In a later turn, so that the token is not spent on an effect that React undoes at once.
    const timer = setTimeout(() => {
      const rfb = new RFB(target, `${location.origin.replace(/^http/, 'ws')}/${path}`);
      rfb.scaleViewport = true;
      rfb.addEventListener('connect', () => setState('connected'));
      rfb.addEventListener('disconnect', () => setState('ended'));
      screen.current = rfb;
    });
    return () => {
      clearTimeout(timer);
      screen.current?.disconnect();
    };
  }, [path, isValid]);

  return (
    <Stack component="main" h="100dvh" p="sm" gap="sm">
      <Group justify="space-between">
        <Title order={1} size="h4">
          {t.title}
        </Title>
        <Group>
          <Text size="sm" role="status">
            {state === 'connecting' ? t.connecting : state === 'connected' ? t.connected : ''}
          </Text>
          <Button
            size="xs"
            variant="default"
            disabled={state !== 'connected'}
            onClick={() => screen.current?.sendCtrlAltDel()}
          >
            {t.keys}
          </Button>
        </Group>
      </Group>
      {state === 'ended' && (
        <Alert color="yellow" variant="light" role="alert" title={t.ended}>
          {t.endedAdvice}
        </Alert>
      )}
      <div ref={place} style={{ flex: 1, minHeight: 0, background: '#14161a', borderRadius: 8 }} />
    </Stack>
  );
}
