import { queryOptions } from '@tanstack/react-query';
import { call } from './http.ts';

/** A part of a stack as Heat lists it. */
export interface StackResource {
  readonly resource_name: string;
  readonly resource_type: string;
  readonly resource_status: string;
  readonly physical_resource_id: string;
}

/** What a stack is made of. */
export const stackResourcesQuery = (projectId: string, name: string, id: string) =>
  queryOptions({
    queryKey: ['stack-resources', id],
    queryFn: async () => {
      const path = `/orchestration/v1/${projectId}/stacks/${encodeURIComponent(name)}/${id}/resources`;
      return (await call<{ resources: StackResource[] }>('GET', path)).resources;
    },
  });

/** Has Heat look at a template; refused with the line and the key of what is wrong. */
export async function validateTemplate(projectId: string, template: string): Promise<void> {
  await call('POST', `/orchestration/v1/${projectId}/validate`, { body: { template } });
}
