import { z } from 'zod';
import { NAME } from '../../hosts/name.ts';
import type { HostOffset } from '../../sync/exchange/host-offset.ts';

/** How the channel is called on which a host is held for a take: this, and the take's name. */
export const HOLD_CHANNEL = 'take/';
/** Who asks says so often that it is there, in ms. */
export const ALIVE_MS = 2_000;

const hostId = z.string().regex(/^[0-9a-f]{16}$/);
const toHold = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('hold'),
    take: z.string().regex(NAME),
    clocks: z
      .array(
        z.object({
          hostId,
          addresses: z.array(z.string().max(64)).max(64),
          exchangePort: z.int().min(0).max(65_535),
        }),
      )
      .max(4),
  }),
  z.object({ kind: z.literal('alive') }),
]);

/** A host as its clock is asked for. */
export interface ClockHost {
  /** Of the host's run, as its messages name it. */
  readonly hostId: string;
  readonly addresses: readonly string[];
  readonly exchangePort: number;
}

/**
 * What an agent is told over such a channel: first the take, and the hosts whose clocks its cameras go by: that of the
 * server, and that of whoever asks, who carries on for it. Its own among them is none.
 */
export type ToHold = { kind: 'hold'; take: string; clocks: readonly ClockHost[] } | { kind: 'alive' };

/** What it tells: that the host is held, or why not; and how each clock lies that it was told of, as it is known. */
export type FromHold =
  | { kind: 'held' }
  | { kind: 'refused'; message: string }
  | { kind: 'clock'; hostId: string; offset: HostOffset };

/** What came over such a channel; undefined for what no agent is told. */
export function readToHold(given: unknown): ToHold | undefined {
  const read = toHold.safeParse(given);
  return read.success ? read.data : undefined;
}
