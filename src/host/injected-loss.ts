import { UsageError } from '../errors.ts';
import { Random } from '../sensor/random.ts';

/** Names the variable of the environment that makes sync messages get lost. */
export const LINK = 'GENLOCK_LINK';

/**
 * Losses of datagrams on purpose, for trials without a bad network at hand.
 * @param text `loss=0.05` loses one in twenty, `loss=0.05,seed=7` others (the seed is 1 otherwise); empty means none.
 * @returns for each datagram, whether it is lost.
 * @throws UsageError that names GENLOCK_LINK.
 */
export function injectedLoss(text = process.env[LINK] ?? ''): () => boolean {
  if (text.trim() === '') return () => false;
  const [, share, seed = '1'] = /^loss=(0?\.\d+|0|1)(?:,seed=(\d+))?$/.exec(text.trim()) ?? [];
  if (share === undefined) {
    throw new UsageError(`${LINK}='${text}': it looks like 'loss=0.05' or 'loss=0.05,seed=7': a share from 0 to 1`);
  }
  // Processes that share the variable lose different messages.
  const random = new Random(Number(seed) * 65_536 + (process.pid % 65_536));
  return () => random.chance(Number(share));
}
