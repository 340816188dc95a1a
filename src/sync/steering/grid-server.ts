import { bootUs as asBoot, wallUs as asWall } from '../../time/units.ts';
import { decodeMessage, encodeMessage, type SyncMessage } from '../../wire/message.ts';
import { TrackingServer, type TrackingServerOptions } from '../tracking/server.ts';
import { frameAt, type Grid } from './grid.ts';

/**
 * The least by which a period can be told to differ, in us. Clients take a word that stays the same to the last digit
 * for one that is carried on without its server, and trust it less and less.
 */
const TOLD_STEP_US = 2 ** -20;
/** Of a frame is told so much later, in frames: no client takes its time for one that is to come. */
const TOLD_AFTER = 0.5;

/**
 * A server without a camera: it says of a grid's frames what `TrackingServer` says of a camera's. Times are on the boot
 * clock, in us.
 */
export class GridServer {
  readonly #grid: Grid;
  readonly #server: TrackingServer;
  /** The last frame of the grid that was told of, or passed over. */
  #frame: number | undefined;
  #readyNumber: number | undefined;
  #odd = false;

  constructor(grid: Grid, options: TrackingServerOptions) {
    this.#grid = grid;
    this.#server = new TrackingServer(options);
  }

  /** Number of the recording's frame 0 on the grid; undefined as long as that is open. */
  get readyNumber(): number | undefined {
    return this.#readyNumber;
  }

  /** Fixes the beginning of the recording. */
  begin(): void {
    this.#server.begin();
  }

  /** When it wants to be woken next; undefined as long as nothing is known of the grid. */
  get wakeUs(): number | undefined {
    const origin = this.#grid.at(0);
    if (origin === undefined || this.#frame === undefined) return origin;
    return origin + (this.#frame + 1 + TOLD_AFTER) * this.#grid.periodUs;
  }

  /** It is time. @param wallUs the host's wall clock at the same moment. @returns the datagram to send now. */
  wake(nowUs: number, wallUs: number): Uint8Array | undefined {
    const grid = this.#grid;
    const frame = frameAt(grid, nowUs - TOLD_AFTER * grid.periodUs);
    if (frame === undefined || frame <= (this.#frame ?? Number.NEGATIVE_INFINITY)) return undefined;
    this.#frame = frame;
    const at = grid.at(frame) as number;
    const { index, send } = this.#server.frame(asWall(at + wallUs - nowUs), asBoot(at));
    if (this.#server.fixed) this.#readyNumber ??= frame - index;
    return send === undefined || grid.errorAt(frame) > 0 ? send : this.#surely(send);
  }

  /** What is said of a grid that is known exactly. */
  #surely(bytes: Uint8Array): Uint8Array {
    const message = decodeMessage(bytes) as SyncMessage;
    this.#odd = !this.#odd;
    const periodUs = this.#grid.periodUs + (this.#odd ? TOLD_STEP_US : 0);
    return encodeMessage({ ...message, envelope: { ...message.envelope, periodUs } });
  }
}
