import { openClock } from '../host/clock.ts';
import { onEndSignal } from '../host/end-signals.ts';
import { raisePriority } from '../host/priority.ts';
import { SteeredClient, type SteeredClientResult, type SteeredClientState } from '../run/steered/client.ts';
import { formatFrameRate } from '../time/frame-rate.ts';
import { listenForControls } from './controls.ts';
import type { Asked } from './options/read.ts';
import { steeredRun } from './options/steered-options.ts';
import { lineSayer } from './vid-lines.ts';

const WORDS: Readonly<Record<SteeredClientState, string>> = {
  waiting: 'waiting for a server',
  acquiring: 'server heard: closing in on its frames',
  locked: 'locked to the server',
  recording: 'recording',
};

/** A stock camera that follows a server on the network: rpicam-vid runs it, and it is steered to the line. */
export async function followWithStock(asked: Asked): Promise<number> {
  const { verbose, signal } = asked.values;
  const { name, options, lines } = steeredRun(asked);
  raisePriority();
  const clock = openClock();
  const say = lineSayer(name, verbose);
  const news = (text: string): void => say({ level: 'news', text });
  const client = new SteeredClient(options, clock, {
    onCommand: (words, { listed, run }) => {
      const { group, port } = options.network;
      const rate = formatFrameRate(options.request.frameRate);
      news(
        `rpicam:${options.number} (${listed.model}, ${run.about.mode}) at ${rate} fps, sync client on ${group}:${port}`,
      );
      if (verbose >= 2) news(`$ ${words.join(' ')}`);
    },
    onState: (state) => news(WORDS[state]),
    onLine: say,
  });
  const leaveSignals = onEndSignal(() => client.stop());
  // rpicam-vid answers them itself.
  const forwarded = (name: NodeJS.Signals) => (): undefined => client.signal(name) as undefined;
  const asSignals = { toggle: forwarded('SIGUSR1'), save: forwarded('SIGUSR1'), stop: forwarded('SIGUSR2') };
  const leaveControls = listenForControls({ keypress: false, signal, circular: false }, asSignals, news);
  if (clock.coarse !== undefined) say({ level: 'warning', text: clock.coarse });
  if (process.env.LIBCAMERA_LOG_FILE)
    say({ level: 'warning', text: 'LIBCAMERA_LOG_FILE: no effect: what rpicam-vid logs is read here' });
  for (const text of lines) say({ level: 'warning', text });
  try {
    news(ended(await client.run(), asked.values.output));
    return 0;
  } finally {
    leaveControls();
    leaveSignals();
  }
}

function ended({ recorded, interrupted, phases, learned }: SteeredClientResult, output = ''): string {
  if (!recorded) return 'stopped before the recording began';
  const held =
    phases === undefined
      ? ''
      : `, ${phases.rms.toFixed(1)} us rms from the server's frames by its own stamps` +
        (learned === undefined ? '' : ` (a line is ${learned.lineUs.toFixed(1)} us)`);
  return `${interrupted ? 'stopped: ' : ''}recorded by rpicam-vid${held}${output === '' || output === '-' ? '' : ` -> ${output}`}`;
}
