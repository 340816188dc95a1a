import { Command } from 'commander';
import { listCameras } from '../camera/listing.ts';
import { openClock } from '../host/clock.ts';
import { raisePriority } from '../host/priority.ts';
import { CameraRun } from '../run/camera/camera-run.ts';
import type { Line } from '../run/camera/notices.ts';
import { standInHere } from '../run/camera/stand-in.ts';
import { Supervised } from '../run/camera/supervised.ts';
import { version } from '../version.ts';
import { listenForControls } from './controls.ts';
import { vidHelp } from './options/help.ts';
import { optionsInForce } from './options/lines.ts';
import { type Asked, readOptions } from './options/read.ts';
import { vidRun } from './options/run-options.ts';
import { recordAsStock, standInVersion, withLiteralNames } from './stand-in.ts';
import { StatusLine } from './status-line.ts';

/** The command; its options are read by their own grammar (`options/`), which is rpicam-vid's and not Commander's. */
export function vidCommand(): Command {
  const command = new Command('vid')
    .summary('record one camera, with the options of rpicam-vid')
    .helpOption(false)
    .allowUnknownOption()
    .allowExcessArguments()
    .action(async () => {
      process.exitCode = await vid(command.args);
    });
  command.helpInformation = vidHelp;
  return command;
}

async function vid(args: readonly string[]): Promise<number> {
  const supervised = Supervised.here();
  try {
    const asked = readOptions(args);
    const standIn = standInHere();
    const text = instead(asked, standIn !== undefined);
    if (text !== undefined) {
      process.stdout.write(text);
      return 0;
    }
    if (standIn === undefined) return await runCamera(asked, supervised);
    const { frames, timeout: timeoutUs } = asked.values;
    return await recordAsStock(vidRun(withLiteralNames(asked)).options, { frames, timeoutUs }, standIn);
  } catch (error) {
    supervised?.failed(error);
    throw error;
  } finally {
    supervised?.leave();
  }
}

/** What is printed in place of a recording. */
function instead({ values }: Asked, asStock: boolean): string | undefined {
  if (values.help) return vidHelp();
  if (values.version) return `${asStock ? standInVersion() : version}\n`;
  return values['list-cameras'] ? listCameras() : undefined;
}

async function runCamera(asked: Asked, supervised: Supervised | undefined): Promise<number> {
  const { verbose, keypress, signal, circular } = asked.values;
  const { options, lines } = vidRun(asked);
  raisePriority();
  const clock = openClock();
  const status = new StatusLine(supervised === undefined ? verbose : 0, options.camera.name);
  const say = (line: Line): void => {
    status.line(line);
    supervised?.line(line);
  };
  if (verbose >= 2 && supervised === undefined) process.stderr.write(optionsInForce(asked, options));
  if (clock.coarse !== undefined) say({ level: 'warning', text: clock.coarse, once: true });
  status.begin(options);
  // A take chooses its cameras' options itself, the same for servers and clients.
  if (supervised === undefined) for (const text of lines) say({ level: 'warning', text });
  const run = new CameraRun(options, clock, {
    onOpened: (info, clockInfo) => supervised?.opened(info, clockInfo),
    onSnapshot: (snapshot) => {
      status.snapshot(snapshot);
      supervised?.snapshot(snapshot);
    },
    onLine: say,
  });
  supervised?.onStop((index) => run.stop(index));
  supervised?.onBegin(() => run.begin());
  supervised?.onOrphaned(() => run.orphaned());
  let requests = 0;
  const stop = (): void => {
    // A second request does not wait for the files.
    if (++requests > 1) process.exit(130);
    run.stop();
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const name of signals) process.on(name, stop);
  const leaveControls = listenForControls({ keypress, signal, circular: circular > 0 }, run, (text) =>
    say({ level: 'news', text }),
  );
  try {
    const result = await run.run();
    status.end(result);
    supervised?.done(result);
    return 0;
  } finally {
    leaveControls();
    for (const name of signals) process.off(name, stop);
  }
}
