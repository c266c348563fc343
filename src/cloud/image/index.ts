import { glanceFault } from '../../kernel/http/index.ts';
import type { Module, ModuleDeps } from '../../kernel/module/index.ts';
import type { Migrations } from '../../kernel/store/index.ts';
import { fileRoutes } from './api/files.ts';
import { imageRoutes } from './api/images.ts';
import { importRoutes } from './api/import.ts';
import { memberRoutes } from './api/members.ts';
import { definitionRoutes } from './api/metadefs/definitions.ts';
import { namespaceRoutes } from './api/metadefs/namespaces.ts';
import { resourceTypeRoutes } from './api/metadefs/resource-types.ts';
import { schemaRoutes } from './api/schemas.ts';
import { tagRoutes } from './api/tags.ts';
import { versionRoutes } from './api/versions.ts';
import { allowList } from './domain/web-source.ts';
import { type ImageApi, imageOperations } from './operations/index.ts';
import { imageFiles } from './work/files.ts';
import { createImportReconciler } from './work/import-image.ts';
import { createFileReconciler } from './work/reconcile-file.ts';

export type { ImageRecord, ImageStatus, Visibility } from './domain/image.ts';
export type { LocalImage } from './operations/bytes.ts';
export type { ImageAttributes } from './operations/images.ts';
export type { ImageApi } from './operations/index.ts';

/** What those need who only look images up. */
export type ImageLookup = Pick<ImageApi, 'getImage' | 'findImages'>;

export const imageMigrations: Migrations = {
  context: 'image',
  directory: new URL('./store/migrations/', import.meta.url),
};

export interface ImageDeps extends ModuleDeps {
  /** `DIR/images`: its set-group bit gives the files to the group that guests run in. */
  readonly directory: string;
  /** The largest image, in bytes; 100 GiB unless said. */
  readonly maxBytes?: number;
  /** Networks (CIDR) that imports may fetch from besides the Internet; none unless said. */
  readonly importSources?: readonly string[];
}

const defaultMaxBytes = 100 * 1024 ** 3;

/** Glance v2 at `/image`. */
export function createImage(deps: ImageDeps): Module & { readonly api: ImageApi } {
  const { store, work, clock } = deps;
  const files = imageFiles(deps.directory);
  const own = { store, work, clock, files, maxBytes: deps.maxBytes ?? defaultMaxBytes };
  const imports = { ...own, allowedSources: allowList(deps.importSources ?? []) };
  const api = imageOperations(own);
  work.registerReconciler(createFileReconciler({ store, files }));
  work.registerReconciler(createImportReconciler(imports));
  return {
    api,
    services: [
      {
        name: 'image',
        mount: '/image',
        faults: glanceFault,
        routes: [
          ...versionRoutes(),
          ...schemaRoutes(),
          ...imageRoutes(api),
          ...fileRoutes(api),
          ...importRoutes(imports),
          ...memberRoutes({ store, clock }),
          ...namespaceRoutes({ store, clock }),
          ...resourceTypeRoutes({ store, clock }),
          ...definitionRoutes({ store, clock }),
          ...tagRoutes(api),
        ],
      },
    ],
    start: () => files.prepare(),
  };
}
