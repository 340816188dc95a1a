import type { SyncMessage } from '../wire/message.ts';
import { type GuardNotice, indexOf } from './guard.ts';
import type { RecordingChange } from './recording-change.ts';

/** A change further ahead than this was never decided by anybody, in us. */
const FURTHEST_US = 3600e6;
/** Changes of one recording that are kept apart: no person makes so many. */
const MOST = 4096;

/**
 * What a client hears of pauses, resumes and saves: gives out each change once, from the first frame of the recording
 * on.
 *
 * Until then a server may be replaced by another, whose recording is another one: what the first one said is forgotten.
 * Once the recording runs, it stays on the timeline that it began with: a server that began anew counts its frames
 * anew, and its changes are not taken.
 */
export class ChangeIntake {
  private readonly heard = new Map<string, RecordingChange>();
  private fresh: RecordingChange[] = [];
  /** The server on whose timeline this client records; undefined where it is no more. */
  private from: string | undefined;
  private foreign = false;

  /** The guard had something to say. */
  note(notice: GuardNotice, recording: boolean): void {
    if (notice.kind !== 'server' && notice.kind !== 'regrid') return;
    const restarted = notice.kind === 'regrid' && notice.reason === 'restart';
    if (notice.kind === 'regrid' && !restarted) return;
    if (recording) {
      if (restarted) this.from = undefined;
      this.foreign = notice.from !== this.from;
    } else {
      this.from = notice.from;
      this.heard.clear();
      this.fresh = [];
    }
  }

  /**
   * A message was taken. A list of changes that is out of order, or reaches too far ahead, is garbled: nothing of it
   * counts.
   */
  update(message: SyncMessage): void {
    const changes = message.envelope?.changes;
    if (changes === undefined || this.foreign || !plausible(changes, message)) return;
    for (const change of changes) {
      const key = `${change.kind} ${change.index}`;
      if (this.heard.has(key) || this.heard.size >= MOST) continue;
      this.heard.set(key, change);
      this.fresh.push(change);
    }
  }

  /** What was heard since this was asked last, once the recording runs. */
  take(recording: boolean): readonly RecordingChange[] {
    if (!recording || this.fresh.length === 0) return NOTHING;
    const { fresh } = this;
    this.fresh = [];
    return fresh;
  }
}

const NOTHING: readonly RecordingChange[] = [];

function plausible(changes: readonly RecordingChange[], message: SyncMessage): boolean {
  const furthest = indexOf(message) + FURTHEST_US / message.frameDurationUs;
  let last = -1;
  for (const { index } of changes) {
    if (!(Number.isSafeInteger(index) && index > last && index <= furthest)) return false;
    last = index;
  }
  return true;
}
