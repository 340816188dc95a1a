import { z } from 'zod';
import { TAKE_WORD } from '../take-words.ts';
import { TAKE_NAME } from './take-path.ts';

/** `take.json` on one microphone's sound. */
export const takeSound = z
  .object({
    name: z.string().regex(TAKE_WORD).describe('what the microphone is called'),
    spec: z.string().describe('the microphone, as it was named'),
    file: z
      .string()
      .max(200)
      .regex(TAKE_NAME)
      .regex(/\.wav$/, 'is no name of a .wav file')
      .describe(
        'its sound, 24 bits a sample; relative to the take. Its first sample is at frame 0, its end at that of the pictures',
      ),
    rate: z.int().positive().max(1_000_000).optional().describe('samples a second, nominally'),
    channels: z.int().positive().max(256).optional().describe('channels of the file'),
    startUs: z
      .number()
      .optional()
      .describe(
        "when its first sample was taken, on the boot clock of record's host, in us: that of `sensor_us` there",
      ),
    driftPpm: z
      .number()
      .optional()
      .describe("how much faster than nominal its clock ran, by the host's, in ppm: 278 are a second an hour"),
    driftErrorPpm: z.number().optional().describe('standard error of that, in ppm'),
    corrected: z.boolean().describe('true where the drift is taken out of the file'),
    lostSamples: z.int().optional().describe('samples that were lost on the way: silence stands in their place'),
    lostTimes: z.int().optional().describe('how often some were'),
    silentFromS: z
      .number()
      .optional()
      .describe('from here on the file is silence: the sound ended before the pictures, in s'),
    pid: z.int().positive().optional().describe('the process that records it, as long as it does'),
    error: z.string().optional().describe('why it ended before the pictures'),
  })
  .meta({ id: 'Sound', description: "A microphone's sound, in a file of its own." });

/** What `take.json` holds of a sound. */
export type TakeSound = z.infer<typeof takeSound>;
