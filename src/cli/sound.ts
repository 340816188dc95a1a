import { Command } from 'commander';
import { UsageError } from '../errors.ts';
import { openClock } from '../host/clock.ts';
import { raisePriority } from '../host/priority.ts';
import { openMicrophone } from '../microphone/open.ts';
import type { FromSound, ToSound } from '../run/sound/ipc.ts';
import { SoundRun } from '../run/sound/sound-run.ts';

/** What a take's sound is recorded in: for `record` alone, which tells it what to do. */
export function soundCommand(): Command {
  return new Command('sound')
    .argument('<spec>')
    .argument('<name>')
    .argument('<file>')
    .argument('<drift>')
    .action(async (spec: string, name: string, file: string, drift: string) => {
      if (process.send === undefined) throw new UsageError('sound: is started by genlock record; give that --audio');
      process.exitCode = await recordSound(spec, { name, file, correct: drift === 'corrected' });
    });
}

async function recordSound(
  spec: string,
  options: { readonly name: string; readonly file: string; readonly correct: boolean },
): Promise<number> {
  const tell = (message: FromSound): void => {
    if (process.connected) process.send?.(message, undefined, undefined, () => {});
  };
  process.on('error', () => {});
  let orphaned = false;
  process.once('disconnect', () => {
    orphaned = true;
  });
  try {
    const clock = openClock();
    const microphone = await openMicrophone(spec, clock);
    if (orphaned) return 0;
    raisePriority();
    const run = new SoundRun(options, microphone, clock, tell);
    const finished = new Promise<void>((resolve, reject) => {
      process.on('message', (message: ToSound) => {
        if (message.kind === 'begin') run.begin(message.frame0Us, message.lengthUs);
        else run.finish(message.lengthUs).then(resolve, reject);
      });
      process.once('disconnect', () => run.orphaned().then(resolve, reject));
    });
    const { rate, channels } = microphone;
    tell({ kind: 'opened', rate, channels });
    void run.run();
    await finished;
    tell({ kind: 'done' });
    return 0;
  } catch (error) {
    tell({ kind: 'failed', message: (error as Error).message, usage: error instanceof UsageError });
    return 1;
  } finally {
    // What was opened and hangs does not hold it up.
    setTimeout(() => process.exit(), 200).unref();
    if (process.connected) process.disconnect();
  }
}
