import { copyFileSync, statSync, truncateSync } from 'node:fs';

const limitBytes = 16 * 1024 * 1024;

/**
 * Keeps a log from growing without end: past 16 MiB it becomes `PATH.1`, and the file starts over in place, for whoever
 * writes it (in append mode) holds it open.
 */
export function boundLog(path: string): void {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size <= limitBytes) return;
  copyFileSync(path, `${path}.1`);
  truncateSync(path);
}
