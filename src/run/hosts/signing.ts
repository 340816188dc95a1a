import type { ToCamera } from '../camera/ipc.ts';

/** Each process of a camera counts its messages from this times its run on: none of an earlier one comes again. */
const SEQUENCES_A_RUN = 2 ** 40;

/** What a process is told so that it signs, and knows what is signed. @param run counts its camera's from 0. */
export const signingMessage = (key: Uint8Array, run: number): Extract<ToCamera, { kind: 'signing' }> => ({
  kind: 'signing',
  key: Buffer.from(key).toString('hex'),
  from: run * SEQUENCES_A_RUN,
});
