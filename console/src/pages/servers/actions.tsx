import { Button, Group, Stack } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import {
  IconDeviceDesktop,
  IconPlayerPlay,
  IconPlayerStop,
  IconRefresh,
  IconTerminal2,
  IconTrash,
} from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { act, type Server, type ServerAction, screenLink } from '../../api/compute.ts';
import { useTexts } from '../../app/language.tsx';
import { queryClient } from '../../app/queries.ts';
import { Confirm } from '../../ui/confirm.tsx';
import { Failure } from '../../ui/failure.tsx';
import { ButtonLink } from '../../ui/links.tsx';
import { serverTexts } from './texts.ts';

const icons = {
  start: <IconPlayerPlay size={16} aria-hidden />,
  stop: <IconPlayerStop size={16} aria-hidden />,
  reboot: <IconRefresh size={16} aria-hidden />,
} as const;

/** What a server in this state can be told. */
function possible({ status, 'OS-EXT-STS:task_state': task }: Server): readonly (keyof typeof icons)[] {
  if (task !== null) return [];
  if (status === 'ACTIVE') return ['stop', 'reboot'];
  return status === 'SHUTOFF' ? ['start'] : [];
}

/** The buttons of a server's page. */
export function ServerActions({ server }: { readonly server: Server }) {
  const t = useTexts(serverTexts);
  const navigate = useNavigate();
  const [asked, { open, close }] = useDisclosure();
  const run = useMutation({
    mutationFn: (action: ServerAction) => act(server.id, action),
    async onSuccess(_answer, action) {
      if (action === 'delete') {
        close();
        await navigate({ to: '/servers' });
      }
      await queryClient.invalidateQueries({ queryKey: ['cloud'] });
    },
  });
  const screen = useMutation({
    mutationFn: () => screenLink(server.id),
    onSuccess: (link) => void globalThis.open(link, '_blank', 'noopener'),
  });
  const error = run.error ?? screen.error;
  return (
    <Stack gap="xs">
      <Group gap="xs">
        {possible(server).map((action) => (
          <Button
            key={action}
            variant="default"
            leftSection={icons[action]}
            loading={run.isPending && run.variables === action}
            onClick={() => run.mutate(action)}
          >
            {t[action]}
          </Button>
        ))}
        {server.status === 'ACTIVE' && (
          <>
            <ButtonLink
              to="/servers/$serverId/console"
              params={{ serverId: server.id }}
              variant="default"
              leftSection={<IconTerminal2 size={16} aria-hidden />}
            >
              {t.console}
            </ButtonLink>
            <Button
              variant="default"
              leftSection={<IconDeviceDesktop size={16} aria-hidden />}
              loading={screen.isPending}
              onClick={() => screen.mutate()}
            >
              {t.screen}
            </Button>
          </>
        )}
        <Button variant="default" leftSection={<IconTrash size={16} aria-hidden />} onClick={open}>
          {t.delete}
        </Button>
      </Group>
      {error !== null && !asked && <Failure error={error} title={t.failed} />}
      <Confirm
        opened={asked}
        onClose={close}
        title={t.deleteTitle(server.name)}
        verb={t.delete}
        busy={run.isPending}
        error={run.error}
        failure={t.failed}
        onConfirm={() => run.mutate('delete')}
      >
        {t.deleteAdvice}
      </Confirm>
    </Stack>
  );
}
