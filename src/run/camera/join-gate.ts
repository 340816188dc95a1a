import { LOCKED_US } from '../../sync/locked.ts';
import type { RoleFrame } from './role.ts';

/** A client that is to be locked before it joins has been in its place for so many frames in a row. */
export const JOIN_AFTER = 5;
/** A client that is to be locked before it joins, and is not after this long, joins as it is, in s. */
export const JOIN_PATIENCE_S = 5;

/** Keeps a client that joins a recording which runs from recording frames that are not in their place yet. */
export class JoinGate {
  private readonly patience: number;
  private readonly endFrame: number;
  private inPlace = 0;
  private waited = 0;

  /** @param endFrame where the recording ends: nothing is waited for behind that. */
  constructor(framesPerSecond: number, endFrame = Number.POSITIVE_INFINITY) {
    this.patience = JOIN_PATIENCE_S * framesPerSecond;
    this.endFrame = endFrame;
  }

  /** A frame of the timeline's recording, asked for once each. @returns true where it may be the first. */
  admits({ index = 0, state, phaseUs }: Pick<RoleFrame, 'index' | 'state' | 'phaseUs'>): boolean {
    const inPlace = state !== 'acquiring' && Math.abs(phaseUs ?? Number.POSITIVE_INFINITY) <= LOCKED_US;
    this.inPlace = inPlace ? this.inPlace + 1 : 0;
    if (this.inPlace >= JOIN_AFTER || this.waited >= this.patience || index >= this.endFrame) return true;
    this.waited++;
    return false;
  }
}
