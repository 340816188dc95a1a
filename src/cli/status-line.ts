import { counted } from '../counted.ts';
import type { Line } from '../run/camera/notices.ts';
import type { CameraRunOptions } from '../run/camera/run-options.ts';
import type { CameraResult, CameraSnapshot } from '../run/camera/snapshot.ts';
import { formatFrameRate } from '../time/frame-rate.ts';

/** What `vid` says on stderr: a line when something changes, nothing at verbosity 0. */
export class StatusLine {
  private readonly verbose: number;
  private readonly name: string;
  /** The state that was said last. */
  private state = '';
  /** Since when a client that was locked is not, in ms. */
  private outSinceMs: number | undefined;
  private recording = false;
  private paused = false;
  /** Something was recorded before the pause. */
  private begun = false;
  private lastMs = 0;

  constructor(verbose: number, name: string) {
    this.verbose = verbose;
    this.name = name;
  }

  begin({ camera, sync, network }: CameraRunOptions): void {
    const { width, height, frameRate, spec } = camera;
    const where = sync === 'off' ? '' : `, sync ${sync} on ${network.group}:${network.port}`;
    this.say(`${spec}, ${width}x${height} at ${formatFrameRate(frameRate)} fps${where}`);
  }

  snapshot(snapshot: CameraSnapshot): void {
    const { state, recording, offsetUs, frames, paused = false } = snapshot;
    if (recording && !this.recording)
      this.say(
        paused
          ? 'paused from the beginning on'
          : offsetUs === undefined || snapshot.sync === 'server'
            ? 'recording'
            : `recording, ${offset(offsetUs)} from the server`,
      );
    else if (recording && paused !== this.paused)
      this.say(paused ? 'paused' : this.begun ? 'recording again' : 'recording');
    else if (!recording && state !== 'done') this.tell(state);
    this.recording = recording;
    this.paused = paused;
    this.begun ||= recording && !paused;
    if (this.verbose < 2 || performance.now() - this.lastMs < 1000) return;
    this.lastMs = performance.now();
    this.say(
      `${state}: frame ${snapshot.index ?? '-'}, ${frames} recorded, offset ${offset(offsetUs)}, ` +
        `${snapshot.corrections} corrections, ${snapshot.drops} drops, ${snapshot.messages} messages, ${snapshot.refused} refused`,
    );
  }

  line({ level, text }: Line): void {
    if (level === 'warning') this.say(`warning: ${text}`);
    else if (level === 'news' || this.verbose >= 2) this.say(text);
  }

  end(result: CameraResult): void {
    const { frames, repeated, drops, overload, interrupted, files } = result;
    const behind = overload > 0 ? ` (${overload} because the encoder could not keep up)` : '';
    const lost =
      drops > 0 || repeated > 0 ? `, ${drops} dropped${behind}, ${repeated} filled by a repeat` : ', none dropped';
    if (interrupted && frames === 0) this.say('stopped before the recording began: nothing written');
    else this.say(`${interrupted ? 'stopped: ' : ''}${counted(frames, 'frame')}${lost}${named(files)}`);
  }

  /** A client that is out of its place for a moment is not worth two lines. */
  private tell(state: CameraSnapshot['state']): void {
    if (this.state !== 'locked' || state !== 'acquiring') this.outSinceMs = undefined;
    else {
      this.outSinceMs ??= performance.now();
      if (performance.now() - this.outSinceMs < MOMENT_MS) return;
    }
    if (state !== this.state) this.say(WORDS[state] ?? state);
    this.state = state;
  }

  private say(text: string): void {
    if (this.verbose > 0) process.stderr.write(`${this.name}: ${text}\n`);
  }
}

/** One file by its name, several by the first and the last. */
function named(files: readonly string[]): string {
  const [first, last] = [files[0], files.at(-1)];
  if (first === undefined) return '';
  return files.length === 1 ? ` -> ${first}` : ` -> ${files.length} files, ${first} to ${last}`;
}

/** Out of its place for less than this is a moment, in ms. */
const MOMENT_MS = 1000;

const WORDS: Partial<Record<CameraSnapshot['state'], string>> = {
  waiting: 'waiting for a server',
  acquiring: 'server heard: closing in on its frames',
  locked: 'locked to the server',
  counting: 'serving: the recording begins at the synchronisation point',
};

const offset = (us: number | undefined): string =>
  us === undefined ? '-' : `${us >= 0 ? '+' : ''}${us.toFixed(0)} us`;
