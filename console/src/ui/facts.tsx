import { Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';

/** Names and values, one below the other; `undefined` values are left out. */
export function Facts({ items }: { readonly items: readonly (readonly [name: string, value: ReactNode])[] }) {
  return (
    <Stack component="dl" gap="sm" m={0}>
      {items
        .filter(([, value]) => value !== undefined)
        .map(([name, value]) => (
          <div key={name}>
            <Text component="dt" size="sm" c="dimmed">
              {name}
            </Text>
            <Text component="dd" m={0} className="breakable">
              {value}
            </Text>
          </div>
        ))}
    </Stack>
  );
}
