/** Where commands read and write. */
export interface Terminal {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** What was asked for: a line of standard output. */
  out(line: string): void;
  /** What a person should know besides. */
  err(line: string): void;
}
