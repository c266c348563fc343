/** What the sweeps do not judge, route by route, and why. Names that are here without need make the sweep fail. */
type Uncovered = Readonly<Record<string, string>>;

/** Paths with a parameter for which the scene has nothing, by what they begin with. Called all the same, with an id of nothing. */
export const unfilled: Uncovered = {
  '/console/*': 'every path is a page or a file that anybody may read; `console.test.ts` has it',
  '/compute/v2.1/servers/:serverId/migrations':
    'there is one only while a server moves to another host, and here is one host',
  '/market/v1/callbacks': 'of publishers’ systems, each with a key of its own; fulfilment’s own tests have strangers',
  '/market/v1/endpoints/:endpointId': 'the scene’s publisher has Heat templates only; `tenancy.test.ts` has one',
  '/market/v1/tasks/:taskId': 'the scene’s offering needs no person; fulfilment’s own tests have strangers',
};

/** A stranger's call that is refused for another reason than its being a stranger's. */
export const notProved: Uncovered = {
  'PUT /orchestration/v1/:projectId/stacks/:stack/:id': 'not supported yet, for anybody',
  'PATCH /orchestration/v1/:projectId/stacks/:stack/:id': 'not supported yet, for anybody',
};

/** What a reader may rightly do with a method that changes something. */
export const readersMay: Uncovered = {
  'POST /identity/v3/OS-TRUST/trusts':
    'delegates no more than the caller has; identity’s own tests have what is refused',
  'PUT /console/v1/session': 'keeps the caller’s own token in the caller’s own browser',
  'DELETE /identity/v3/auth/tokens':
    'takes back the caller’s own token, named in a header that the sweep does not send',
  'POST /orchestration/v1/:projectId/validate': 'only reads the template',
  'POST /market/v1/applications': 'anybody may ask for an organisation to be admitted',
};

/** What anybody may ask of another project. */
export const openToAll: Uncovered = {
  'GET /volume/v3/os-quota-sets/:project from 3.67': 'as in Cinder, names every volume type, private ones too',
  'GET /volume/v3/os-quota-sets/:project/defaults from 3.67': 'as in Cinder, names every volume type, private ones too',
  'GET /compute/v2.1/os-quota-sets/:projectId/defaults': 'the same for every project, whether it exists or not',
};

/** What the owner sees change though nobody does anything. */
export const movesByItself: Uncovered = {
  'GET /network/v2.0/auto-allocated-topology/:projectId': 'makes the network when it is first asked for',
  'GET /compute/v2.1/os-simple-tenant-usage/:projectId': 'grows while the server runs',
  'GET /market/v1/subscriptions/:subscriptionId/cost': 'grows while the server runs',
  'GET /market/v1/subscriptions/:subscriptionId/forecast': 'follows that cost',
  'GET /market/v1/subscriptions/:subscriptionId/events': 'tells that cost',
  'GET /market/v1/orders/:orderId/events': 'is a stream, of which only the beginning is read',
  'GET /console/v1/changes': 'each stream has a name of its own',
};
