import { counted } from '../counted.ts';
import { openClock } from '../host/clock.ts';
import { onEndSignal } from '../host/end-signals.ts';
import { raisePriority } from '../host/priority.ts';
import { GridRun, type GridRunOptions } from '../run/grid/grid-run.ts';
import { formatFrameRate } from '../time/frame-rate.ts';
import { listenForControls } from './controls.ts';
import { gridRun } from './options/grid-options.ts';
import type { Asked } from './options/read.ts';
import { lineSayer } from './vid-lines.ts';

/** A server without a camera, until it is stopped or its time is up. @throws UsageError for what it can't do. */
export async function serveGrid(asked: Asked): Promise<number> {
  const { verbose, keypress, signal, circular } = asked.values;
  const { options, lines } = gridRun(asked);
  raisePriority();
  const clock = openClock();
  const say = lineSayer(options.name, verbose);
  const run = new GridRun(options, clock, say);
  const leaveSignals = onEndSignal(() => run.stop());
  const leaveControls = listenForControls({ keypress, signal, circular: circular > 0 }, run, (text) =>
    say({ level: 'news', text }),
  );
  if (clock.coarse !== undefined) say({ level: 'warning', text: clock.coarse });
  for (const text of lines) say({ level: 'warning', text });
  say({ level: 'news', text: described(options) });
  try {
    const { frames, messages, interrupted } = await run.run();
    const stopped = interrupted ? 'stopped: ' : '';
    say({ level: 'news', text: `${stopped}${counted(frames, 'frame')}, ${counted(messages, 'message')}` });
    return 0;
  } finally {
    leaveControls();
    leaveSignals();
  }
}

function described({ rate, epoch, phase, network }: GridRunOptions): string {
  const later = epoch && phase.num > 0 ? `, ${Number((phase.num / phase.den).toFixed(4))} of a frame later` : '';
  const where = epoch ? "by this host's clock since 1970" : 'from now on';
  return `no camera: even frames at ${formatFrameRate(rate)} fps ${where}${later}, sync server on ${network.group}:${network.port}`;
}
