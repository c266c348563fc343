/** Wrong passwords that cost nothing: people mistype. */
export const freeFailures = 5;
/** Sign-ins that may be under way at once for one person and source, as long as none was wrong. */
export const mostAtOnce = 64;
const firstWaitMs = 1000;
const longestWaitMs = 15 * 60_000;

/** How long the next attempt has to wait after so many wrong ones: 1 s, 2 s, 4 s, … at most a quarter of an hour. */
export function waitAfter(failures: number): number {
  if (failures < freeFailures) return 0;
  return Math.min(firstWaitMs * 2 ** Math.min(failures - freeFailures, 30), longestWaitMs);
}

/** How many may be tried at once, so that guesses that run side by side gain nothing. */
export function allowedAtOnce(failures: number): number {
  return failures === 0 ? mostAtOnce : Math.max(1, freeFailures - failures);
}
