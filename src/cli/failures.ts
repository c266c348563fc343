import type { Fault } from '../kernel/base/errors.ts';

/** What `bin/andromede` ends with; `--help` lists them. */
export const exitCodes = { done: 0, refused: 1, usage: 2, deadline: 4 } as const;

/** A failure in words for whoever typed the command, with the exit code that it ends in. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';
  readonly exitCode: number;

  constructor(message: string, exitCode: number = exitCodes.refused) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** The API said no: its own text, its status, and the id under which the operator finds the request. */
export function refusal({ message, status, data }: Fault): CommandFailure {
  const facts = [`HTTP ${data.status ?? status}`, data.requestId].filter((fact) => fact !== undefined);
  return new CommandFailure(`${message} (${facts.join(', ')})`);
}

/** What was typed makes no sense, or says too little. */
export function usageFailure(message: string): CommandFailure {
  return new CommandFailure(message, exitCodes.usage);
}
