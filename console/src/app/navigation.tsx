import { NavLink, Text } from '@mantine/core';
import {
  IconBuilding,
  IconBuildingStore,
  IconChartBar,
  IconChecks,
  IconDatabase,
  IconDisc,
  IconGauge,
  IconKey,
  IconNetwork,
  IconPackage,
  IconPalette,
  IconReceipt,
  IconServer,
  IconShield,
} from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, type LinkProps, useRouterState } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { organisationsQuery } from '../api/market.ts';
import type { Session } from '../api/session.ts';
import { useTexts } from './language.tsx';
import { shellTexts } from './texts.ts';

interface NavigationProps {
  readonly session: Session;
  /** Whether this is a store's own host. */
  readonly onStore: boolean;
}

/** Where one can go; what a person has no part in is not there. */
export function Navigation({ session, onStore }: NavigationProps) {
  const t = useTexts(shellTexts);
  const { data: organisations = [] } = useQuery(organisationsQuery);
  const is = (role: string) => organisations.some(({ roles }) => roles.includes(role));
  const sells = !onStore && ['operator', 'publisher', 'reseller', 'integrator'].some(is);
  return (
    <>
      {session.isAdmin && !onStore && (
        <Section title={t.operating}>
          <Entry to="/overview" label={t.overview} icon={<IconGauge size={18} />} />
        </Section>
      )}
      <Section title={t.market}>
        <Entry to="/" label={onStore ? t.store : t.stores} icon={<IconBuildingStore size={18} />} />
        <Entry to="/subscriptions" label={t.subscriptions} icon={<IconReceipt size={18} />} />
        {is('customer') && <Entry to="/approvals" label={t.approvals} icon={<IconChecks size={18} />} />}
        <Entry to="/organisations" label={t.organisations} icon={<IconBuilding size={18} />} />
      </Section>
      {sells && (
        <Section title={t.selling}>
          {is('publisher') && <Entry to="/offerings" label={t.offerings} icon={<IconPackage size={18} />} />}
          {is('reseller') && <Entry to="/my-stores" label={t.myStores} icon={<IconPalette size={18} />} />}
          <Entry to="/sales" label={t.sales} icon={<IconChartBar size={18} />} />
        </Section>
      )}
      {session.project !== null && (
        <Section title={t.cloud}>
          <Entry to="/servers" label={t.servers} icon={<IconServer size={18} />} />
          <Entry to="/networks" label={t.networks} icon={<IconNetwork size={18} />} />
          <Entry to="/security-groups" label={t.securityGroups} icon={<IconShield size={18} />} />
          <Entry to="/volumes" label={t.volumes} icon={<IconDatabase size={18} />} />
          <Entry to="/images" label={t.images} icon={<IconDisc size={18} />} />
          <Entry to="/key-pairs" label={t.keyPairs} icon={<IconKey size={18} />} />
        </Section>
      )}
    </>
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
