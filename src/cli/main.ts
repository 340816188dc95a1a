#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { SUPERVISED } from '../run/camera/ipc.ts';
import { STAND_IN } from '../run/camera/stand-in.ts';
import { version } from '../version.ts';
import { alignCommand } from './align.ts';
import { camerasCommand } from './cameras.ts';
import { clockCommand } from './clock.ts';
import { checkDashes } from './dashes.ts';
import { failed } from './failed.ts';
import { recordCommand } from './record.ts';
import { repairCommand } from './repair.ts';
import { reportCommand } from './report.ts';
import { simulateCommand } from './simulate.ts';
import { standInVersion } from './stand-in.ts';
import { standInFailed } from './stand-in-errors.ts';
import { verifyCommand } from './verify.ts';
import { vidCommand } from './vid.ts';

const standsIn =
  process.argv[2] === 'vid' && process.env[STAND_IN] !== undefined && process.env[SUPERVISED] === undefined;
const program = new Command('genlock')
  .description('Software genlock for ordinary cameras: many cameras, one shutter, no wire.')
  .version(standsIn ? standInVersion() : version, '--version', 'print the version')
  .helpOption('-h, --help', 'show this help')
  .addHelpText(
    'after',
    `
Start here:
  genlock record --cameras 2 -t 5s    record two cameras frame for frame, then prove it
  genlock verify takes/...            prove a take from its pixels
  genlock report takes/... --open     look at it: the report as a page
  genlock repair takes/...            finish a take that was cut off
  genlock align A.mp4 B.mp4           put files from elsewhere on one timeline
  genlock cameras                     list the cameras
  genlock clock                       show a clock on a screen that proves takes of real cameras

Two machines, or two terminals, in either order:
  genlock vid -n -t 20s --camera 1 --framerate 30 --codec libav -o client.mp4 --sync client
  genlock vid -n -t 20s --camera 0 --framerate 30 --codec libav -o server.mp4 --sync server`,
  )
  .exitOverride()
  .configureOutput({ outputError: () => {} });

const commands = [
  ...[recordCommand(), vidCommand(), verifyCommand(), reportCommand(), repairCommand(), alignCommand()],
  ...[simulateCommand(), camerasCommand(), clockCommand()],
];
for (const command of commands) {
  program.addCommand(command.exitOverride().configureOutput({ outputError: () => {} }));
}

// A reader that goes away (`| head`) ends the output, not the recording.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

// Node's own answer to this signal is to open a debugger's port.
process.on('SIGUSR1', () => {});

try {
  checkDashes(process.argv.slice(2));
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError && error.exitCode === 0) process.exitCode = 0;
  else if (error instanceof CommanderError && error.code === 'commander.help') process.exitCode = 2;
  else process.exitCode = standsIn ? standInFailed(error) : failed(error);
}
