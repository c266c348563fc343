/** The commands that speak to a cloud over HTTP; `bin/andromede` sends everything here that is not about this machine. */
import { CommandLine } from './program.ts';

// A reader that goes away early (`| head`) is not a failure of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

const commandLine = new CommandLine({
  environment: process.env,
  out: (line) => process.stdout.write(`${line}\n`),
  err: (line) => process.stderr.write(`${line}\n`),
});
const args = process.argv.slice(2);
process.exitCode = await commandLine.run(args.length === 0 ? ['--help'] : args);
