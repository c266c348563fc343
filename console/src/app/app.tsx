import { MantineProvider } from '@mantine/core';
import { QueryClientProvider, useQuery } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { useMemo } from 'react';
import { windowQuery } from '../api/market.ts';
import { LanguageProvider } from './language.tsx';
import { queryClient } from './queries.ts';
import { router } from './router.tsx';
import { styleNonce } from './style-nonce.ts';
import { greys, houseColour, themeOf } from './theme.ts';

// For what writes a style element of its own: the scroll lock of dialogs.
Object.assign(globalThis, { __webpack_nonce__: styleNonce });

/** Everything that all pages stand in. */
export function App() {
  return (
    <QueryClientProvider client={queryClient}>
      <LanguageProvider>
        <Branded />
      </LanguageProvider>
    </QueryClientProvider>
  );
}

/** The brand of the store whose host this is, before anything is painted. */
function Branded() {
  const { data: window, isPending } = useQuery(windowQuery);
  const theme = useMemo(() => themeOf(window?.brand.colours.primary ?? houseColour), [window]);
  return (
    <MantineProvider
      theme={theme}
      defaultColorScheme="auto"
      cssVariablesResolver={greys}
      getStyleNonce={() => styleNonce}
    >
      {isPending ? null : <RouterProvider router={router} />}
    </MantineProvider>
  );
}
