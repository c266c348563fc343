import type { Language } from '../../kernel/base/i18n.ts';
import { waitFor } from '../waiting.ts';
import { storyTexts } from './texts.ts';

/** What the template's server makes besides its page. */
export const fileBytes = 104_857_600;

const tryMs = 5_000;
const downloadMs = 180_000;

/** The page at that address, once the server answers; rejects when it does not in time. */
export async function openPage(url: string, language: Language): Promise<string> {
  let last = '';
  const look = async () => {
    try {
      const answer = await fetch(url, { signal: AbortSignal.timeout(tryMs) });
      last = `HTTP ${answer.status}`;
      return answer.ok ? await answer.text() : undefined;
    } catch (error) {
      last = reasonOf(error);
      return undefined;
    }
  };
  return waitFor(look, { seconds: 240, inVain: () => storyTexts(language).noPage(url, last) });
}

/** Downloads the file whole; answers how long that took, in milliseconds. It is being written when the page opens already. */
export async function download(url: string, language: Language): Promise<number> {
  let last = '';
  const look = async () => {
    try {
      const startedAt = performance.now();
      const answer = await fetch(url, { signal: AbortSignal.timeout(downloadMs) });
      const announced = Number(answer.headers.get('content-length'));
      if (!answer.ok || announced !== fileBytes) {
        last = `HTTP ${answer.status}, Content-Length ${announced}`;
        await answer.body?.cancel();
        return undefined;
      }
      const received = await countBytes(answer);
      last = `${received} / ${fileBytes}`;
      return received === fileBytes ? performance.now() - startedAt : undefined;
    } catch (error) {
      last = reasonOf(error);
      return undefined;
    }
  };
  return waitFor(look, { seconds: 180, everyMs: 1000, inVain: () => storyTexts(language).noFile(url, last) });
}

async function countBytes({ body }: Response): Promise<number> {
  let bytes = 0;
  for await (const part of body ?? []) bytes += (part as Uint8Array).length;
  return bytes;
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause instanceof Error) return cause.message;
  return error instanceof Error ? error.message : String(error);
}
