import { call } from './http.ts';

const compute = '/compute/v2.1';

/** The end of what a server has said on its serial console. */
export async function consoleLog(serverId: string, lines: number): Promise<string> {
  const body = { 'os-getConsoleOutput': { length: lines } };
  return (await call<{ output: string }>('POST', `${compute}/servers/${serverId}/action`, { body })).output;
}
