import { Center, Group, Text } from '@mantine/core';
import type { Window } from '../api/market.ts';

/** The store's logo and name, or the house's. */
export function Brand({ window }: { readonly window: Window | null }) {
  return (
    <Group gap={10} wrap="nowrap" miw={0}>
      <Center
        h={32}
        miw={32}
        px={6}
        bg="var(--mantine-primary-color-filled)"
        c="var(--mantine-primary-color-contrast)"
        fw={700}
        style={{ borderRadius: 8 }}
        aria-hidden
      >
        {window?.brand.logoText ?? 'A'}
      </Center>
      <Text fw={650} size="lg" truncate className="brand-name">
        {window?.brand.name ?? 'Andromède'}
      </Text>
    </Group>
  );
}
