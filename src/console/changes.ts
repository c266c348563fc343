import { randomUUID } from 'node:crypto';
import { policies } from '../kernel/access/policy.ts';
import { callerProject, EventStreamQuery, eventStream, type Route, route } from '../kernel/http/index.ts';
import { type Notifications, onProjectEvent } from '../kernel/store/index.ts';

/**
 * Tells a page that something of its project has changed, not what: the page asks the public API again, with its own rights.
 * Each stream begins with an event, for whoever was away.
 */
export function changeRoutes(notifications: Notifications): Route[] {
  return [
    route({
      method: 'GET',
      path: '/v1/changes',
      operation: 'console:changes:watch',
      policy: policies.projectReader,
      query: EventStreamQuery,
      handler(request) {
        const stream = randomUUID();
        let count = 0;
        return eventStream(request, {
          look: async () => ({ changed: { stream, count } }),
          listen: (wake) =>
            onProjectEvent(notifications, callerProject(request), () => {
              count += 1;
              wake();
            }),
        });
      },
    }),
  ];
}
