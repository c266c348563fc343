import { ActionIcon, Menu } from '@mantine/core';
import { IconLogout, IconUserCircle } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { type Session, signOut } from '../api/session.ts';
import { useTexts } from './language.tsx';
import { queryClient } from './queries.ts';
import { shellTexts } from './texts.ts';

/** Who is signed in, and the way out. */
export function AccountMenu({ session }: { readonly session: Session }) {
  const t = useTexts(shellTexts);
  const leave = useMutation({
    mutationFn: signOut,
    // Nothing of one person may be seen by the next.
    onSuccess: () => {
      queryClient.setQueryData(['session'], null);
      queryClient.removeQueries({ predicate: ({ queryKey }) => !['session', 'window'].includes(String(queryKey[0])) });
    },
  });
  return (
    <Menu position="bottom-end" width={220}>
      <Menu.Target>
        <ActionIcon
          variant="subtle"
          color="gray"
          c="var(--mantine-color-text)"
          size="lg"
          aria-label={t.account(session.user.name)}
        >
          <IconUserCircle size={22} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{session.user.name}</Menu.Label>
        <Menu.Item leftSection={<IconLogout size={16} />} onClick={() => leave.mutate()}>
          {t.signOut}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
