import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { extname, join, relative } from 'node:path';
import { Reply } from '../kernel/http/index.ts';

/** A built file in memory, compressed ahead of time. */
interface Asset {
  readonly headers: Readonly<Record<string, string>>;
  readonly plain: Buffer;
  /** Absent for what does not get smaller, e.g. fonts. */
  readonly brotli: Buffer | undefined;
}

/** The console as `vite build` leaves it. */
export interface Assets {
  /** `index.html` with its marks; undefined when the console has not been built. */
  readonly page: string | undefined;
  /** The file under that path, as this client takes it; undefined when there is none. */
  find(path: string, headers: IncomingHttpHeaders): Reply | undefined;
}

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
};

const year = 31_536_000;

/**
 * Reads the built files once (about a megabyte). What is not in this list does not exist, so that no path of a request
 * ever reaches the file system.
 */
export function readAssets(directory: string): Assets {
  const pageFile = join(directory, 'index.html');
  if (!existsSync(pageFile)) return { page: undefined, find: () => undefined };
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map((name) => join(directory, name))
    .filter((file) => types[extname(file)] !== undefined && statSync(file).isFile());
  const assets = new Map(files.map((file) => [relative(directory, file), assetOf(file)]));
  return {
    page: readFileSync(pageFile, 'utf8'),
    find: (path, headers) => answer(assets.get(path), headers),
  };
}

function assetOf(file: string): Asset {
  const plain = readFileSync(file);
  // Vite puts a hash of the content into the names of everything below `assets/`.
  const isHashed = file.includes('/assets/');
  const compressed = `${file}.br`;
  return {
    plain,
    brotli: existsSync(compressed) ? readFileSync(compressed) : undefined,
    headers: {
      'Content-Type': types[extname(file)] ?? 'application/octet-stream',
      'Cache-Control': isHashed ? `public, max-age=${year}, immutable` : 'no-cache',
      ETag: `"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`,
      'X-Content-Type-Options': 'nosniff',
      Vary: 'Accept-Encoding',
    },
  };
}

function answer(asset: Asset | undefined, sent: IncomingHttpHeaders): Reply | undefined {
  if (asset === undefined) return undefined;
  const { headers, plain, brotli } = asset;
  if (sent['if-none-match'] === headers.ETag) return new Reply({ status: 304, headers });
  const takesBrotli = /\bbr\b/.test(String(sent['accept-encoding'] ?? ''));
  if (brotli === undefined || !takesBrotli) return new Reply({ headers, body: plain });
  return new Reply({ headers: { ...headers, 'Content-Encoding': 'br' }, body: brotli });
}
