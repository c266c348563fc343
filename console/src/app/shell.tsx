import { AppShell, Burger, Group, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { Link, useRouterState } from '@tanstack/react-router';
import { type ReactNode, useEffect, useRef } from 'react';
import { windowQuery } from '../api/market.ts';
import type { Session } from '../api/session.ts';
import { AccountMenu } from './account-menu.tsx';
import { Brand } from './brand.tsx';
import { useTexts } from './language.tsx';
import { Navigation } from './navigation.tsx';
import { Preferences } from './preferences.tsx';
import { ProjectMenu } from './project-menu.tsx';
import { shellTexts } from './texts.ts';

/** What stands around every page: the brand, where one can go, who one is. */
export function Shell({ session, children }: { readonly session: Session; readonly children: ReactNode }) {
  const t = useTexts(shellTexts);
  const [opened, { toggle, close }] = useDisclosure();
  const { data: window } = useQuery(windowQuery);
  const main = useFocusOnNavigation(close);
  return (
    <AppShell
      header={{ height: 60 }}
      navbar={{ width: 240, breakpoint: 'sm', collapsed: { mobile: !opened } }}
      padding="lg"
    >
      <a href="#main" className="skip-link">
        {t.skip}
      </a>
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap" gap="xs">
          <Group gap="xs" wrap="nowrap" miw={0}>
            <Burger
              opened={opened}
              onClick={toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label={t.menu}
              aria-expanded={opened}
            />
            <Link to="/" className="plain-link">
              <Brand window={window ?? null} />
            </Link>
          </Group>
          <Group gap={4} wrap="nowrap">
            <ProjectMenu session={session} />
            <Preferences />
            <AccountMenu session={session} />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="sm" aria-label={t.navigation}>
        <AppShell.Section grow>
          <Navigation session={session} onStore={window != null} />
        </AppShell.Section>
        {window != null && (
          <Text size="xs" c="dimmed" p="xs">
            {t.poweredBy}
          </Text>
        )}
      </AppShell.Navbar>
      <AppShell.Main id="main" tabIndex={-1} ref={main}>
        {children}
      </AppShell.Main>
    </AppShell>
  );
}

/** After a change of page, the keyboard and the screen reader are at its beginning, and the phone's menu is closed. */
function useFocusOnNavigation(close: () => void) {
  const main = useRef<HTMLElement>(null);
  const path = useRouterState({ select: ({ location }) => location.pathname });
  const first = useRef(path);
  useEffect(() => {
    if (first.current === path) return;
    first.current = path;
    close();
    main.current?.focus({ preventScroll: true });
  }, [path, close]);
  return main;
}
