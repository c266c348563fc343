import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { Crash, NotFound } from '../ui/failure.tsx';
import { Gate } from './gate.tsx';

const root = createRootRoute({ component: Gate, notFoundComponent: NotFound });

const index = createRoute({
  getParentRoute: () => root,
  path: '/',
  component: lazyRouteComponent(() => import('../pages/store/home-page.tsx'), 'HomePage'),
});

const store = createRoute({
  getParentRoute: () => root,
  path: '/stores/$slug',
  component: lazyRouteComponent(() => import('../pages/store/store-page.tsx'), 'StorePage'),
});

const offering = createRoute({
  getParentRoute: () => root,
  path: '/stores/$slug/offers/$offeringId',
  component: lazyRouteComponent(() => import('../pages/offering/offering-page.tsx'), 'OfferingPage'),
});

const order = createRoute({
  getParentRoute: () => root,
  path: '/orders/$orderId',
  component: lazyRouteComponent(() => import('../pages/order/order-page.tsx'), 'OrderPage'),
});

const subscriptions = createRoute({
  getParentRoute: () => root,
  path: '/subscriptions',
  component: lazyRouteComponent(() => import('../pages/subscriptions/subscriptions-page.tsx'), 'SubscriptionsPage'),
});

const subscription = createRoute({
  getParentRoute: () => root,
  path: '/subscriptions/$subscriptionId',
  component: lazyRouteComponent(() => import('../pages/subscriptions/subscription-page.tsx'), 'SubscriptionPage'),
});

/** The pages; each is a file of its own, fetched when first opened. */
export const router = createRouter({
  routeTree: root.addChildren([index, store, offering, order, subscriptions, subscription]),
  basepath: '/console',
  defaultPreload: 'intent',
  defaultErrorComponent: Crash,
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
