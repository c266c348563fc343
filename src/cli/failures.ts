/** What `bin/andromede` ends with; `--help` lists them. */
export const exitCodes = { done: 0, refused: 1, usage: 2, deadline: 4 } as const;

/** A failure in words for whoever typed the command, with the exit code that it ends in. */
export class CommandFailure extends Error {
  override readonly name: string = 'CommandFailure';
  readonly exitCode: number;

  constructor(message: string, exitCode: number = exitCodes.refused) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** The API said no: its own text, its status and the id under which the operator finds the request. */
export class ApiRefusal extends CommandFailure {
  override readonly name = 'ApiRefusal';
  readonly status: number;
  readonly requestId: string;

  constructor(text: string, status: number, requestId: string) {
    super(`${text} (HTTP ${status}${requestId === '' ? '' : `, ${requestId}`})`);
    this.status = status;
    this.requestId = requestId;
  }
}

/** What was typed makes no sense, or says too little. */
export function usageFailure(message: string): CommandFailure {
  return new CommandFailure(message, exitCodes.usage);
}
