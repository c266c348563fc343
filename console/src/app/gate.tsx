import { useQuery } from '@tanstack/react-query';
import { Outlet, useRouterState } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { sessionQuery } from '../api/session.ts';
import { SignInPage } from '../pages/sign-in/sign-in-page.tsx';
import { Failure } from '../ui/failure.tsx';
import { Waiting } from '../ui/loaded.tsx';

// Whoever is not signed in need not load it.
const Shell = lazy(async () => ({ default: (await import('./shell.tsx')).Shell }));

/** The pages for whoever is signed in, the sign-in page for whoever is not: at the same address. */
export function Gate() {
  const { data: session, error, isPending } = useQuery(sessionQuery);
  const isScreen = useRouterState({ select: ({ location }) => location.pathname === '/vnc' });
  // A server's screen is opened by the token of its link.
  if (isScreen) return <Outlet />;
  if (isPending) return null;
  if (session === undefined) return <Failure error={error} />;
  if (session === null) return <SignInPage />;
  return (
    <Suspense fallback={null}>
      <Shell session={session}>
        <Suspense fallback={<Waiting />}>
          <Outlet />
        </Suspense>
      </Shell>
    </Suspense>
  );
}
