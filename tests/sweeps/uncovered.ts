/** What the sweeps do not judge, route by route, and why. Names that are here without need make the sweep fail. */
type Uncovered = Readonly<Record<string, string>>;

/** Paths with a parameter for which the scene has nothing. */
export const unfilled: Uncovered = {
  'GET /console/*': 'every path is a page or a file that anybody may read; `console.test.ts` has it',
};

/** A stranger's call that is refused for another reason than its being a stranger's. */
export const notProved: Uncovered = {
  'PATCH /image/v2/images/:imageId':
    'takes a media type of its own, and is refused for lacking it; `images.test.ts` has it',
  'PUT /orchestration/v1/:projectId/stacks/:stack/:id': 'not supported yet, for anybody',
  'PATCH /orchestration/v1/:projectId/stacks/:stack/:id': 'not supported yet, for anybody',
};

/** What a reader may rightly do with a method that changes something. */
export const readersMay: Uncovered = {
  'PUT /console/v1/session': 'keeps the caller’s own token in the caller’s own browser',
  'DELETE /identity/v3/auth/tokens':
    'takes back the caller’s own token, named in a header that the sweep does not send',
  'POST /orchestration/v1/:projectId/validate': 'only reads the template',
};

/** What anybody may ask of another project. */
export const openToAll: Uncovered = {
  'GET /compute/v2.1/os-quota-sets/:projectId/defaults': 'the same for every project, whether it exists or not',
};

/** What the owner sees change though nobody does anything. */
export const movesByItself: Uncovered = {
  'GET /market/v1/subscriptions/:subscriptionId/cost': 'grows while the server runs',
  'GET /market/v1/subscriptions/:subscriptionId/events': 'tells that cost',
  'GET /market/v1/orders/:orderId/events': 'is a stream, of which only the beginning is read',
  'GET /console/v1/changes': 'each stream has a name of its own',
};
