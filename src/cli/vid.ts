import { Command } from 'commander';
import { numberedListing } from '../camera/numbered-listing.ts';
import { openClock } from '../host/clock.ts';
import { endBySignal, onEndSignal } from '../host/end-signals.ts';
import { raisePriority } from '../host/priority.ts';
import { CameraRun } from '../run/camera/camera-run.ts';
import type { Line } from '../run/camera/notices.ts';
import { Supervised } from '../run/camera/supervised.ts';
import { type StandIn, standInHere } from '../run/stand-in/behaviour.ts';
import { version } from '../version.ts';
import { listenForControls } from './controls.ts';
import { NO_CAMERA } from './options/grid-options.ts';
import { vidHelp } from './options/help.ts';
import { optionsInForce } from './options/lines.ts';
import { type Asked, readOptions } from './options/read.ts';
import { vidRun } from './options/run-options.ts';
import { isSteered } from './options/steered-options.ts';
import { recordAsStock, standInVersion, withLiteralNames } from './stand-in.ts';
import { listStandIns } from './stand-in-cameras.ts';
import { StatusLine } from './status-line.ts';

/** A camera that was asked to end before it was open, and does not get there, is left after this long, in ms. */
const HUNG_MS = 4_000;

/** The command; its options are read by their own grammar (`options/`), which is rpicam-vid's and not Commander's. */
export function vidCommand(): Command {
  const command = new Command('vid')
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
    const text = await instead(asked, standIn);
    if (text !== undefined) {
      process.stdout.write(text);
      return 0;
    }
    if (asked.values.camera === NO_CAMERA) {
      const { serveGrid } = await import('./vid-grid.ts');
      return await serveGrid(asked);
    }
    if (standIn === undefined && isSteered(asked)) {
      const { followWithStock } = await import('./vid-steered.ts');
      return await followWithStock(asked);
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
async function instead({ values }: Asked, standIn: StandIn | undefined): Promise<string | undefined> {
  if (values.help) return vidHelp();
  if (values.version) return `${standIn === undefined ? version : standInVersion()}\n`;
  if (!values['list-cameras']) return undefined;
  return standIn === undefined ? numberedListing() : listStandIns(standIn);
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
  let opened = false;
  const run = new CameraRun({ ...options, take: supervised?.tie }, clock, {
    onOpened: (info, clockInfo) => {
      opened = true;
      supervised?.opened(info, clockInfo);
    },
    onSnapshot: (snapshot) => {
      status.snapshot(snapshot);
      supervised?.snapshot(snapshot);
    },
    onSending: (ports) => supervised?.sending(ports),
    onHearing: (port) => supervised?.hearing(port),
    onAnnounced: (announcement) => supervised?.announced(announcement),
    onRecorded: (take, end) => supervised?.recorded(take, end),
    onLine: say,
  });
  supervised?.onServer(
    (ports) => run.link.serverSends(ports),
    (announcement) => run.link.serverAnnounced(announcement),
  );
  supervised?.onHosts({
    clock: (hostId, offset) => run.link.hostIs(hostId, offset),
    signing: (key, from) => run.link.signedBy(key, from),
    peers: (peers) => run.link.sendAlsoTo(peers),
  });
  supervised?.onStop((index) => run.stop(index));
  supervised?.onBegin(() => run.begin());
  supervised?.onTakes(
    (order) => run.recordTake(order),
    (number, index) => run.endTake(number, index),
  );
  supervised?.onOrphaned(() => run.orphaned());
  const leaveSignals = onEndSignal((signal) => {
    if (!opened) setTimeout(() => !opened && endBySignal(signal), HUNG_MS).unref();
    run.stop();
  });
  const leaveControls = listenForControls({ keypress, signal, circular: circular > 0 }, run, (text) =>
    say({ level: 'news', text }),
  );
  // Whoever reads the first line may end the camera by a signal from then on.
  if (verbose >= 2 && supervised === undefined) process.stderr.write(optionsInForce(asked, options));
  if (clock.coarse !== undefined) say({ level: 'warning', text: clock.coarse, once: true });
  status.begin(options);
  // A take chooses its cameras' options itself, the same for servers and clients.
  if (supervised === undefined) for (const text of lines) say({ level: 'warning', text });
  try {
    if (supervised?.tie.inARow) {
      await run.runTakes();
      supervised.left();
      return 0;
    }
    const result = await run.run();
    status.end(result);
    supervised?.done(result);
    return 0;
  } finally {
    leaveControls();
    leaveSignals();
  }
}
