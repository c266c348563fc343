import { NavLink, Text } from '@mantine/core';
import { IconBuildingStore, IconReceipt } from '@tabler/icons-react';
import { Link, type LinkProps, useRouterState } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Session } from '../api/session.ts';
import { useTexts } from './language.tsx';
import { shellTexts } from './texts.ts';

interface NavigationProps {
  readonly session: Session;
  /** Whether this is a store's own host. */
  readonly onStore: boolean;
}

/** Where one can go; what a person has no part in is not there. */
export function Navigation({ onStore }: NavigationProps) {
  const t = useTexts(shellTexts);
  return (
    <Section title={t.market}>
      <Entry to="/" label={onStore ? t.store : t.stores} icon={<IconBuildingStore size={18} />} />
      <Entry to="/subscriptions" label={t.subscriptions} icon={<IconReceipt size={18} />} />
    </Section>
  );
}

function Section({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <>
      <Text size="xs" fw={600} c="dimmed" px="sm" pt="md" pb={4}>
        {title}
      </Text>
      {children}
    </>
  );
}

interface EntryProps {
  readonly to: LinkProps['to'] & string;
  readonly label: string;
  readonly icon: ReactNode;
}

function Entry({ to, label, icon }: EntryProps) {
  const path = useRouterState({ select: ({ location }) => location.pathname });
  const active = to === '/' ? path === '/' || path.startsWith('/stores') : path.startsWith(to);
  return (
    <NavLink
      component={Link}
      to={to}
      label={label}
      leftSection={icon}
      active={active}
      aria-current={active ? 'page' : undefined}
      style={{ borderRadius: 8 }}
    />
  );
}
