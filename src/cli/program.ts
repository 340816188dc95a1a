import { Command, CommanderError } from 'commander';
import { UsageError } from '../errors.ts';
import { SUPERVISED } from '../run/camera/ipc.ts';
import { STAND_IN } from '../run/stand-in/behaviour.ts';
import { version } from '../version.ts';
import { commandsFor, commandTerm } from './commands.ts';
import { checkDashes } from './dashes.ts';
import { failed } from './failed.ts';

const HELP = `
Start here:
  genlock record --cameras 2 -t 5s  record two cameras frame for frame, prove it
  genlock verify takes/...          prove a take from its pixels
  genlock report takes/... --open   look at it: the report as a page
  genlock repair takes/...          finish a take that was cut off
  genlock takes                     list the takes
  genlock record --session          takes in a row, cameras open between them
  genlock align A.mp4 B.mp4         put files from elsewhere on one timeline
  genlock cameras                   list the cameras
  genlock doctor                    look whether takes work on this machine
  genlock clock                     a clock on a screen, for cameras to look at

Two machines, or two terminals, in either order:
  genlock vid -n -t 20s --camera 1 --codec libav -o client.mp4 --sync client
  genlock vid -n -t 20s --camera 0 --codec libav -o server.mp4 --sync server`;

/**
 * Does what a command line asks for.
 * @param args what stands behind the program's name.
 * @returns the exit code; undefined where the command has set it.
 */
export async function runProgram(args: readonly string[]): Promise<number | undefined> {
  const standsIn = args[0] === 'vid' && process.env[STAND_IN] !== undefined && process.env[SUPERVISED] === undefined;
  const program = new Command('genlock')
    .description('Software genlock for ordinary cameras: many cameras, one shutter, no wire.')
    .version(standsIn ? (await import('./stand-in.ts')).standInVersion() : version, '--version', 'print the version')
    .helpOption('-h, --help', 'show this help')
    .addHelpText('after', HELP)
    .configureHelp({ subcommandTerm: commandTerm })
    .exitOverride()
    .configureOutput({ outputError: () => {} });
  for (const command of await commandsFor(args)) {
    program.addCommand(inOneLine(command));
  }
  try {
    checkDashes(args);
    await program.parseAsync(args, { from: 'user' });
    return undefined;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    if (error instanceof CommanderError && error.code === 'commander.help') return 2;
    if (standsIn) return (await import('./stand-in-errors.ts')).standInFailed(error);
    const command = program.commands.find((each) => each.name() === args[0]);
    const hint =
      error instanceof CommanderError ? await (await import('./hints.ts')).optionHint(error, args, command) : undefined;
    return failed(hint === undefined ? error : new UsageError(hint, { cause: error }));
  }
}

/** A command, and those below it, whose errors come out here, as one line. */
function inOneLine(command: Command): Command {
  for (const below of command.commands) inOneLine(below);
  return command.exitOverride().configureOutput({ outputError: () => {} });
}
