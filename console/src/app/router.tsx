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

const approvals = createRoute({
  getParentRoute: () => root,
  path: '/approvals',
  component: lazyRouteComponent(() => import('../pages/approvals/approvals-page.tsx'), 'ApprovalsPage'),
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

const servers = createRoute({
  getParentRoute: () => root,
  path: '/servers',
  component: lazyRouteComponent(() => import('../pages/servers/servers-page.tsx'), 'ServersPage'),
});

const newServer = createRoute({
  getParentRoute: () => root,
  path: '/servers/new',
  component: lazyRouteComponent(() => import('../pages/servers/new-server-page.tsx'), 'NewServerPage'),
});

const server = createRoute({
  getParentRoute: () => root,
  path: '/servers/$serverId',
  component: lazyRouteComponent(() => import('../pages/servers/server-page.tsx'), 'ServerPage'),
});

const terminal = createRoute({
  getParentRoute: () => root,
  path: '/servers/$serverId/console',
  component: lazyRouteComponent(() => import('../pages/terminal/terminal-page.tsx'), 'TerminalPage'),
});

const networks = createRoute({
  getParentRoute: () => root,
  path: '/networks',
  component: lazyRouteComponent(() => import('../pages/networks/networks-page.tsx'), 'NetworksPage'),
});

const volumes = createRoute({
  getParentRoute: () => root,
  path: '/volumes',
  component: lazyRouteComponent(() => import('../pages/volumes/volumes-page.tsx'), 'VolumesPage'),
});

const volume = createRoute({
  getParentRoute: () => root,
  path: '/volumes/$volumeId',
  component: lazyRouteComponent(() => import('../pages/volumes/volume-page.tsx'), 'VolumePage'),
});

const securityGroups = createRoute({
  getParentRoute: () => root,
  path: '/security-groups',
  component: lazyRouteComponent(
    () => import('../pages/security-groups/security-groups-page.tsx'),
    'SecurityGroupsPage',
  ),
});

const securityGroup = createRoute({
  getParentRoute: () => root,
  path: '/security-groups/$groupId',
  component: lazyRouteComponent(() => import('../pages/security-groups/security-group-page.tsx'), 'SecurityGroupPage'),
});

const images = createRoute({
  getParentRoute: () => root,
  path: '/images',
  component: lazyRouteComponent(() => import('../pages/images/images-page.tsx'), 'ImagesPage'),
});

const keyPairs = createRoute({
  getParentRoute: () => root,
  path: '/key-pairs',
  component: lazyRouteComponent(() => import('../pages/key-pairs/key-pairs-page.tsx'), 'KeyPairsPage'),
});

const offerings = createRoute({
  getParentRoute: () => root,
  path: '/offerings',
  component: lazyRouteComponent(() => import('../pages/selling/offerings-page.tsx'), 'OfferingsPage'),
});

const newOffering = createRoute({
  getParentRoute: () => root,
  path: '/offerings/new',
  component: lazyRouteComponent(() => import('../pages/selling/new-offering-page.tsx'), 'NewOfferingPage'),
});

const sales = createRoute({
  getParentRoute: () => root,
  path: '/sales',
  component: lazyRouteComponent(() => import('../pages/selling/sales-page.tsx'), 'SalesPage'),
});

const myStores = createRoute({
  getParentRoute: () => root,
  path: '/my-stores',
  component: lazyRouteComponent(() => import('../pages/selling/stores-page.tsx'), 'MyStoresPage'),
});

const organisations = createRoute({
  getParentRoute: () => root,
  path: '/organisations',
  component: lazyRouteComponent(() => import('../pages/organisations/organisations-page.tsx'), 'OrganisationsPage'),
});

const organisation = createRoute({
  getParentRoute: () => root,
  path: '/organisations/$organisationId',
  component: lazyRouteComponent(() => import('../pages/organisations/organisation-page.tsx'), 'OrganisationPage'),
});

const invitation = createRoute({
  getParentRoute: () => root,
  path: '/invitation',
  component: lazyRouteComponent(() => import('../pages/organisations/invitation-page.tsx'), 'InvitationPage'),
});

const overview = createRoute({
  getParentRoute: () => root,
  path: '/overview',
  component: lazyRouteComponent(() => import('../pages/operator/overview-page.tsx'), 'OverviewPage'),
});

const screen = createRoute({
  getParentRoute: () => root,
  path: '/vnc',
  validateSearch: ({ path }: Record<string, unknown>) => ({ path: String(path ?? '') }),
  component: lazyRouteComponent(() => import('../pages/screen/screen-page.tsx'), 'ScreenPage'),
});

/** The pages; each is a file of its own, fetched when first opened. */
export const router = createRouter({
  routeTree: root.addChildren([
    index,
    store,
    offering,
    order,
    approvals,
    subscriptions,
    subscription,
    servers,
    newServer,
    server,
    terminal,
    networks,
    securityGroups,
    securityGroup,
    volumes,
    volume,
    images,
    keyPairs,
    offerings,
    newOffering,
    sales,
    myStores,
    organisations,
    organisation,
    invitation,
    overview,
    screen,
  ]),
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
