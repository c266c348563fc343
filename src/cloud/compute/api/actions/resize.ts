import Type from 'typebox';
import { Reply } from '../../../../kernel/http/index.ts';
import { confirmResize, resizeServer, revertResize } from '../../operations/resize.ts';
import type { ComputeSettings } from '../../operations/settings.ts';
import { exact } from '../schemas.ts';
import { diskConfig, flavorRef } from '../server-schemas.ts';
import { type ActionHandlers, action, plain } from './action.ts';

interface Resize {
  readonly flavorRef: string | number;
  readonly 'OS-DCF:diskConfig'?: 'AUTO' | 'MANUAL';
}

/** Another flavor: asked for, looked at, and kept or not. */
export function resizeActions(settings: ComputeSettings): ActionHandlers {
  return {
    resize: action<Resize>({
      schemas: { '2.1': exact({ flavorRef, 'OS-DCF:diskConfig': Type.Optional(diskConfig) }) },
      async run({ context, id, argument }) {
        await resizeServer(settings, context, id, {
          flavorId: String(argument.flavorRef),
          diskConfig: argument['OS-DCF:diskConfig'],
        });
        return undefined;
      },
    }),
    confirmResize: {
      async run({ context, id }) {
        await confirmResize(settings, context, id);
        return new Reply({ status: 204 });
      },
    },
    revertResize: plain(({ context, id }) => revertResize(settings, context, id)),
  };
}
