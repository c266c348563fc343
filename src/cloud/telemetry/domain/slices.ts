/** What is known of a resource's usage. Instants are whole seconds since 1970. */
export interface Progress {
  readonly reportedUntil: number;
  readonly sequence: number;
}

/** Usage in the half-open interval [start, end). */
export interface Slice {
  readonly start: number;
  readonly end: number;
  readonly sequence: number;
}

/** The second in which the instant lies: both ends of every interval are cut alike, so that lengths add up. */
export function secondOf(instant: Date | string): number {
  return Math.floor(new Date(instant).getTime() / 1000);
}

/**
 * The slices between what is reported and `until`, one after the other without gap or overlap, none longer than `longest`
 * seconds; none when nothing is left to report.
 */
export function slicesUntil(progress: Progress, until: number, longest: number): Slice[] {
  const slices: Slice[] = [];
  for (let { reportedUntil: start, sequence } = progress; start < until; start += longest) {
    sequence += 1;
    slices.push({ start, end: Math.min(start + longest, until), sequence });
  }
  return slices;
}
