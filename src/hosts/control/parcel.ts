import { z } from 'zod';

const id = z.string().min(1).max(64);
const from = z.string().min(1).max(128);
const whole = z.int().nonnegative();

const order = z.object({ is: z.literal('order'), id, from, kind: z.string().max(64), with: z.unknown().optional() });
const answer = z.object({
  is: z.literal('answer'),
  id,
  value: z.unknown().optional(),
  error: z
    .object({
      message: z.string(),
      usage: z.boolean(),
      fault: z.object({ option: z.string(), value: z.unknown(), text: z.string() }).optional(),
    })
    .optional(),
});
const message = z.object({
  is: z.literal('message'),
  channel: id,
  from,
  /** What the channel is for. */
  name: z.string().max(200),
  /** Counts from 0, in each direction. */
  number: whole,
  /** So many of this direction are known to have come. */
  known: whole,
  /** How many of the other direction have come. */
  heard: whole,
  message: z.unknown().optional(),
  /** True on the last one, which holds nothing else. */
  last: z.boolean().optional(),
});
const heard = z.object({ is: z.literal('heard'), channel: id, from, heard: whole });
const unknown = z.object({ is: z.literal('unknown'), channel: id, from });

const parcel = z.discriminatedUnion('is', [order, answer, message, heard, unknown]);

/** What one end sends to another. */
export type Parcel = z.infer<typeof parcel>;
export type OrderParcel = z.infer<typeof order>;
export type AnswerParcel = z.infer<typeof answer>;
export type ChannelParcel = z.infer<typeof message> | z.infer<typeof heard> | z.infer<typeof unknown>;

/** Undefined where it is none: another version may send what this one does not know. */
export function readParcel(text: string): Parcel | undefined {
  const read = parcel.safeParse(parsed(text));
  return read.success ? read.data : undefined;
}

/** A JSON value; undefined where it is none. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
