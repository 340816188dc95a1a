import type { Random } from '../sensor/random.ts';
import { decodeMessage, encodeMessage, type SyncMessage } from '../wire/message.ts';

/** Somebody else on the network, who hears the server and sends what he likes. */
export interface StrangerOptions {
  /**
   * Datagrams of random bytes, of a server of another rate, and copies under another name: so many for each message of
   * the server.
   */
  readonly flood?: number;
  /**
   * From a true time on, each message of the server is preceded by one under its name, with times that run away from
   * the server's by so much a frame, in us.
   */
  readonly drag?: Drag;
}

/** How a stranger drags. */
export interface Drag {
  /** From when on, in true time, in us. */
  readonly fromUs: number;
  /** By how much a frame, in us. */
  readonly usAFrame: number;
  /** What its first message is away from the server's at once, in us; default 0. */
  readonly jumpUs?: number;
  /** True where its messages tell the rate that they have. */
  readonly tellsRate?: boolean;
  /**
   * From the server's message to what it says, in us; default `SOON_US`, before the link delivers the message itself.
   */
  readonly afterUs?: number;
}

interface Said {
  readonly atUs: number;
  readonly bytes: Uint8Array;
  readonly from: string;
  /** True where it poses as the server. */
  readonly posing: boolean;
}

/** From the server's message to what comes of it, in us: sooner than the link delivers the message itself. */
const SOON_US = 50;
const FLOOD_US = 900_000;
const LONGEST_BYTES = 120;
const OTHER_SESSION = 'fedcba9876543210';
const OTHER_RATE_US = 40_000;

export class Stranger {
  private readonly options: StrangerOptions;
  private readonly random: Random;
  private draggedFrom: number | undefined;

  constructor(options: StrangerOptions, random: Random) {
    this.options = options;
    this.random = random;
  }

  /** What comes of a message that the server sends. */
  *says(sentUs: number, bytes: Uint8Array, server: string): Generator<Said> {
    const message = decodeMessage(bytes);
    if (message === undefined) return;
    const { flood = 0, drag } = this.options;
    for (let i = 0; i < flood; i++) yield this.flood(sentUs, message, i);
    if (drag === undefined || sentUs < drag.fromUs) return;
    const frame = message.envelope?.frameNumber ?? 0;
    this.draggedFrom ??= frame;
    const { usAFrame, jumpUs = 0, tellsRate = false, afterUs = SOON_US } = drag;
    const us = Math.round(jumpUs + usAFrame * (frame - this.draggedFrom));
    const said = tellsRate ? atRate(message, usAFrame) : message;
    yield { atUs: sentUs + afterUs, bytes: encodeMessage(moved(said, us)), from: server, posing: true };
  }

  private flood(sentUs: number, message: SyncMessage, i: number): Said {
    const { random } = this;
    const said = { atUs: sentUs + random.between(0, FLOOD_US), posing: false };
    if (i % 3 === 0) {
      const bytes = Uint8Array.from({ length: random.between(0, LONGEST_BYTES) }, () => random.between(0, 256));
      return { ...said, bytes, from: `random${i}` };
    }
    if (i % 3 === 1) {
      const { envelope, ...stock } = message;
      return { ...said, bytes: encodeMessage({ ...stock, frameDurationUs: OTHER_RATE_US }), from: `rate${i}` };
    }
    const copy = { ...message, envelope: { ...message.envelope, sessionId: OTHER_SESSION } };
    return { ...said, bytes: encodeMessage(moved(copy, Math.floor(random.between(0, 1e6)))), from: `copy${i}` };
  }
}

function moved(message: SyncMessage, us: number): SyncMessage {
  const { envelope } = message;
  return {
    ...message,
    wallClockUs: message.wallClockUs + us,
    readyTimeUs: message.readyTimeUs + us,
    ...(envelope && {
      envelope: { ...envelope, ...(envelope.bootUs !== undefined && { bootUs: envelope.bootUs + us }) },
    }),
  };
}

function atRate({ envelope, ...stock }: SyncMessage, usAFrame: number): SyncMessage {
  const periodUs = (envelope?.periodUs ?? stock.frameDurationUs) + usAFrame;
  return { ...stock, frameDurationUs: Math.round(periodUs), ...(envelope && { envelope: { ...envelope, periodUs } }) };
}
