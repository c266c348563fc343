import Type from 'typebox';
import type { Context } from '../../../kernel/access/context.ts';
import { policies } from '../../../kernel/access/policy.ts';
import type { Clock } from '../../../kernel/base/clock.ts';
import { conflict, Fault, notFound } from '../../../kernel/base/errors.ts';
import { caller, type Route, route } from '../../../kernel/http/index.ts';
import type { Connection, Store } from '../../../kernel/store/index.ts';
import { type ImageRecord, mayChange } from '../domain/image.ts';
import { ownImage, visibleImage } from '../operations/images.ts';
import { deleteMember, findMember, insertMember, listMembers, updateMember } from '../store/members.ts';
import type { MemberRow } from '../store/tables.ts';
import { memberView } from './view.ts';

const params = Type.Object({ imageId: Type.String(), memberId: Type.String({ maxLength: 255 }) });

async function sharedImage(connection: Connection, context: Context, id: string): Promise<ImageRecord> {
  const image = await visibleImage(connection, context, id);
  if (image.visibility !== 'shared') throw new Fault('forbidden', 'Only shared images have members.');
  return image;
}

/** The member, as far as the caller may see it: its owner sees all, a member itself. */
async function visibleMember(
  connection: Connection,
  context: Context,
  imageId: string,
  memberId: string,
): Promise<MemberRow> {
  const image = await sharedImage(connection, context, imageId);
  const member = await findMember(connection, imageId, memberId);
  if (member === undefined || !(mayChange(context, image) || context.projectId === memberId)) {
    throw notFound('Member', memberId);
  }
  return member;
}

/** With whom an image is shared: its owner names projects, each of them accepts or rejects. */
export function memberRoutes({ store, clock }: { store: Store; clock: Clock }): Route[] {
  return [
    route({
      method: 'GET',
      path: '/v2/images/:imageId/members',
      operation: 'image:members:list',
      policy: policies.projectReader,
      async handler(request) {
        const context = caller(request);
        const image = await sharedImage(store.db, context, request.params.imageId ?? '');
        const all = await listMembers(store.db, image.id);
        const seen = mayChange(context, image) ? all : all.filter(({ member_id }) => member_id === context.projectId);
        return { members: seen.map(memberView), schema: '/v2/schemas/members' };
      },
    }),
    route({
      method: 'POST',
      path: '/v2/images/:imageId/members',
      operation: 'image:members:create',
      policy: policies.projectMember,
      body: Type.Object({ member: Type.String({ minLength: 1, maxLength: 255 }) }),
      async handler(request) {
        const { imageId = '' } = request.params;
        const now = clock.now();
        const member: MemberRow = {
          image_id: imageId,
          member_id: request.body.member,
          status: 'pending',
          created_at: now,
          updated_at: now,
        };
        await store.transact(async (tx) => {
          const image = await ownImage(tx, caller(request), imageId);
          if (image.visibility !== 'shared') throw new Fault('forbidden', 'Only shared images have members.');
          if (!(await insertMember(tx, member))) throw conflict(`Project ${member.member_id} is a member already.`);
        });
        return memberView(member);
      },
    }),
    route({
      method: 'GET',
      path: '/v2/images/:imageId/members/:memberId',
      operation: 'image:members:get',
      policy: policies.projectReader,
      params,
      async handler(request) {
        const { imageId, memberId } = request.params;
        return memberView(await visibleMember(store.db, caller(request), imageId, memberId));
      },
    }),
    route({
      method: 'PUT',
      path: '/v2/images/:imageId/members/:memberId',
      operation: 'image:members:update',
      policy: policies.projectMember,
      params,
      body: Type.Object({
        status: Type.Union([Type.Literal('pending'), Type.Literal('accepted'), Type.Literal('rejected')]),
      }),
      async handler(request) {
        const { imageId, memberId } = request.params;
        const context = caller(request);
        return store.transact(async (tx) => {
          await visibleMember(tx, context, imageId, memberId);
          if (!context.isAdmin && context.projectId !== memberId) {
            throw new Fault('forbidden', 'Only the project that an image is shared with may accept it.');
          }
          await updateMember(tx, imageId, memberId, { status: request.body.status, updated_at: clock.now() });
          return memberView(await visibleMember(tx, context, imageId, memberId));
        });
      },
    }),
    route({
      method: 'DELETE',
      path: '/v2/images/:imageId/members/:memberId',
      operation: 'image:members:delete',
      policy: policies.projectMember,
      params,
      status: 204,
      async handler(request) {
        const { imageId, memberId } = request.params;
        await store.transact(async (tx) => {
          await ownImage(tx, caller(request), imageId);
          if (!(await deleteMember(tx, imageId, memberId))) throw notFound('Member', memberId);
        });
      },
    }),
  ];
}
