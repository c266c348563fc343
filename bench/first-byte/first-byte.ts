import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** A request to a machine that is not there yet is lost: it is asked again after that long. */
const patienceMs = 200;
const pauseMs = 10;
const deadlineMs = 120_000;

/** Resolves when the first byte of the page has come; asks all the time, as nobody tells. */
export async function firstByte(url: string): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  while (!(await answers(url))) {
    if (performance.now() > deadline) throw new Error(`${url} did not answer in ${deadlineMs / 1000} s`);
    await sleep(pauseMs);
  }
}

function answers(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(url, { agent: false, signal: AbortSignal.timeout(patienceMs) }, (response) => {
      response.once('data', () => {
        resolve(response.statusCode === 200);
        response.destroy();
      });
      response.once('close', () => resolve(false));
    });
    request.once('error', () => resolve(false));
  });
}
