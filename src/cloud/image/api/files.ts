import { open } from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import type { Context } from '../../../kernel/access/context.ts';
import { policies } from '../../../kernel/access/policy.ts';
import { Fault, notFound } from '../../../kernel/base/errors.ts';
import { caller, Reply, type Route, route } from '../../../kernel/http/index.ts';
import type { ImageRecord } from '../domain/image.ts';
import type { ImageApi } from '../operations/index.ts';

/** Which bytes a `Range` header asks for (RFC 9110, section 14); undefined: all of them. */
export function parseRange(
  header: string | undefined,
  size: number,
): { readonly start: number; readonly end: number } | undefined {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? '');
  if (match === null || (match[1] === '' && match[2] === '')) return undefined;
  const [, first = '', last = ''] = match;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (start > end) {
    throw new Fault('rangeNotSatisfiable', `The image has ${size} bytes: the range asked for lies outside of them.`);
  }
  return { start, end };
}

async function download(
  api: ImageApi,
  context: Context,
  image: ImageRecord,
  rangeHeader: string | undefined,
): Promise<Reply> {
  if (image.status === 'deactivated' && !context.isAdmin) {
    throw new Fault('forbidden', 'The requested image has been deactivated. Image data download is forbidden.');
  }
  if (image.sizeBytes === null) return new Reply({ status: 204 });
  const size = Number(image.sizeBytes);
  const range = parseRange(rangeHeader, size);
  const { start, end } = range ?? { start: 0, end: size - 1 };
  const headers: Record<string, string> = {
    'Content-Type': 'application/octet-stream',
    'Content-Length': String(end - start + 1),
    'Accept-Ranges': 'bytes',
  };
  if (range !== undefined) headers['Content-Range'] = `bytes ${start}-${end}/${size}`;
  else if (image.checksum !== null) headers['Content-MD5'] = image.checksum;
  const body = size === 0 ? '' : await openBytes(api, image.id, start, end);
  return new Reply({ status: range === undefined ? 200 : 206, headers, body });
}

/** Opened before the answer begins, so that an image that was deleted meanwhile is still a 404. */
async function openBytes(api: ImageApi, id: string, start: number, end: number): Promise<Readable> {
  const file = await open(api.localPath(id)).catch((error: unknown) => {
    throw (error as { code?: unknown }).code === 'ENOENT' ? notFound('Image', id) : error;
  });
  return file.createReadStream({ start, end });
}

/** 415 unless the body is announced as bytes. */
export function requireOctets(headers: IncomingHttpHeaders): void {
  const type = String(headers['content-type'] ?? '')
    .split(';')[0]
    ?.trim();
  if (type !== 'application/octet-stream') {
    throw new Fault('unsupportedMediaType', 'Send the image as application/octet-stream.');
  }
}

/** The bytes of images. */
export function fileRoutes(api: ImageApi): Route[] {
  return [
    route({
      method: 'PUT',
      path: '/v2/images/:imageId/file',
      operation: 'image:file:upload',
      policy: policies.projectMember,
      body: 'stream',
      status: 204,
      async handler(request) {
        requireOctets(request.headers);
        const { imageId = '' } = request.params;
        const bytes = () => request.stream;
        await api.upload(caller(request), imageId, bytes, request.signal);
      },
    }),
    route({
      method: 'GET',
      path: '/v2/images/:imageId/file',
      operation: 'image:file:download',
      policy: policies.projectReader,
      async handler(request) {
        const context = caller(request);
        const image = await api.getImage(context, request.params.imageId ?? '');
        return download(api, context, image, request.headers.range);
      },
    }),
  ];
}
