import { version } from '../version.ts';

// A reader that goes away (`| head`) ends the output, not the recording.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

// Node's own answer to this signal is to open a debugger's port.
process.on('SIGUSR1', () => {});

// What nobody caught ends the process as any other failure does: in a line.
process.on('uncaughtException', (error) => {
  const bare = (): never => {
    process.stderr.write(`genlock: ${error.message}\n`);
    process.exit(1);
  };
  // Where the program can't be loaded, what says so in its own way may not be either.
  void import('./failed.ts').then(({ failed }) => process.exit(failed(error)), bare);
});

// What asks for the version alone (scripts, before each use) does not wait for the program to be loaded.
if (process.argv.length === 3 && process.argv[2] === '--version') process.stdout.write(`${version}\n`);
else {
  const { runProgram } = await import('./program.ts');
  process.exitCode = (await runProgram(process.argv.slice(2))) ?? process.exitCode;
}
