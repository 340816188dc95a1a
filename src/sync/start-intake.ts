import type { SyncMessage } from '../wire/message.ts';
import type { GuardNotice } from './guard.ts';

/** When frame 0 of the recording is, as far as a client was told. */
export interface HeardStart {
  /** On the server's wall clock, us since 1970. */
  readonly wallUs: number;
  /**
   * Undefined where the server does not say what its local time is: the start is its latest estimate then, and not the
   * same for all.
   */
  readonly utcOffsetMinutes: number | undefined;
}

/**
 * What a client hears of the start of the recording: as its server decided it, or, from one that does not tell that,
 * the ready time of the last message. Once the recording runs it stays; before that another server's is another.
 */
export class StartIntake {
  private start: HeardStart | undefined;

  /** The guard had something to say. */
  note(notice: GuardNotice, recording: boolean): void {
    const anew = notice.kind === 'server' || (notice.kind === 'regrid' && notice.reason === 'restart');
    if (anew && !recording) this.start = undefined;
  }

  /** A message was taken. */
  update({ envelope, readyTimeUs }: SyncMessage, recording: boolean): void {
    if (recording && this.start !== undefined) return;
    // As long as one of ours leaves the beginning open, its ready time moves along.
    const open = envelope?.frameNumber !== undefined && envelope.frameIndex === undefined;
    if (open) this.start = undefined;
    else this.start = envelope?.start ?? { wallUs: readyTimeUs, utcOffsetMinutes: undefined };
  }

  get heard(): HeardStart | undefined {
    return this.start;
  }
}
