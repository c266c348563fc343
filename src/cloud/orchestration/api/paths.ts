import { Type } from 'typebox';
import type { Context } from '../../../kernel/access/context.ts';
import { Fault } from '../../../kernel/base/errors.ts';
import { caller } from '../../../kernel/http/index.ts';

export const projectPath = Type.Object({ projectId: Type.String() });
export const stackPath = Type.Object({ projectId: Type.String(), stack: Type.String(), id: Type.String() });

/** The caller, whose project must be the one in the path. */
export function inProject(request: { context: Context | undefined; params: { projectId: string } }): Context {
  const context = caller(request);
  if (context.projectId !== request.params.projectId) {
    throw new Fault('forbidden', 'The token is for another project than the one in the path.');
  }
  return context;
}
