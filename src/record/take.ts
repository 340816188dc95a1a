import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { UsageError } from '../errors.ts';
import { writeWhole } from './whole-file.ts';

const rate = z.object({ num: z.int().positive(), den: z.int().positive() });

/** What is known of a host's clock; a part that is not known is left out, never 0. */
const clock = z.object({
  host: z.string(),
  source: z.string().describe('how the wall clock is read'),
  resolutionUs: z.number(),
  synchronised: z.boolean().optional(),
  offsetUs: z.number().optional().describe('ahead of true time by, as the kernel has it'),
  boundUs: z.number().optional().describe('largest error that the time service vouches for'),
  timeService: z
    .object({
      service: z.string(),
      synchronised: z.boolean(),
      ownReference: z.boolean().optional().describe('other hosts follow this one'),
      source: z.string().optional(),
      address: z.string().optional(),
      offsetUs: z.number().optional().describe('ahead of its source by, as last measured'),
      jitterUs: z.number().optional(),
      boundUs: z.number().optional(),
      ageS: z.number().optional(),
    })
    .optional()
    .describe('what keeps the clock, where cameras are synchronised'),
  injected: z
    .object({
      offsetUs: z.number(),
      ppm: z.number(),
      steps: z.array(z.object({ byUs: z.number(), afterUs: z.number(), sinceBoot: z.boolean().optional() })).readonly(),
    })
    .optional()
    .describe('error added on purpose by FRAMELOCK_CLOCK'),
});

/** How a camera that the machine's own rpicam-vid runs was recorded, and what became of its file. */
const stock = z.object({
  program: z.string().describe('path of the program'),
  version: z.string().optional().describe('first line of its --version'),
  arguments: z.array(z.string()).readonly(),
  log: z.string().describe('all that it said; relative to the take'),
  metadata: z.string(),
  pts: z.string(),
  original: z.string().optional().describe('the file as it was recorded, where it was kept'),
  conformed: z
    .enum(['copied', 're-encoded'])
    .optional()
    .describe('how its file was made to hold exactly the slots of the take: frames as they were, or some encoded anew'),
  reencodedFrames: z.int().optional(),
  slotsBy: z
    .enum(['announced', 'first frame'])
    .optional()
    .describe("frame 0 is where the server's messages say, or the server's first recorded frame where none was heard"),
});

/** A stretch of one camera's recording: one file. A camera that was started again during the take has several. */
const part = z.object({
  file: z.string().describe('relative to the take'),
  framesCsv: z.string(),
  firstIndex: z.int().nonnegative().optional().describe("index of the file's first frame on the take's timeline"),
  frames: z.int().nonnegative().optional(),
  pid: z.int().positive().optional().describe('the process that writes it, as long as the take is being recorded'),
});

const camera = z.object({
  name: z.string(),
  sync: z.enum(['server', 'client']),
  spec: z.string(),
  file: z.string().describe('relative to the take'),
  framesCsv: z.string(),
  files: z
    .array(part)
    .readonly()
    .optional()
    .describe('all files of the camera, in the order of time; the first is `file`'),
  model: z.string().optional(),
  mode: z.string().optional(),
  lineUs: z.number().optional(),
  steered: z.boolean().optional(),
  whyNotSteered: z.string().optional(),
  pixelClock: z.boolean().optional().describe('the camera puts a pixel clock into its picture'),
  encoder: z.string().optional(),
  clock: clock.optional(),
  firstIndex: z.int().optional(),
  frames: z.int().optional(),
  captured: z.int().optional(),
  repeated: z.int().optional(),
  drops: z.int().optional().describe('frames that the camera did not deliver, or that the encoder had no time for'),
  overload: z.int().optional().describe('of the drops, those that the encoder had no time for'),
  lost: z
    .int()
    .optional()
    .describe(
      'slots that have no frame of their own since a process died: repeats stand for them, or no file has them',
    ),
  corrections: z.int().optional(),
  messages: z.int().optional().describe('sync messages sent or acted on'),
  refused: z.record(z.string(), z.int()).readonly().optional().describe('datagrams turned away, by reason'),
  interrupted: z.boolean().optional(),
  warnings: z.array(z.string()).readonly().optional(),
  error: z.string().optional(),
  stock: stock.optional(),
});

/** `take.json`: what a take is made of and how it went. */
export const takeSchema = z.object({
  format: z.literal('framelock take'),
  version: z.literal(1),
  framelock: z.string().describe('version of the program'),
  commandLine: z.array(z.string()).optional(),
  pid: z.int().positive().optional().describe('the `framelock record` that records it, as long as it does'),
  state: z.enum(['recording', 'complete', 'interrupted', 'failed']),
  started: z.iso.datetime(),
  ended: z.iso.datetime().optional(),
  frameRate: rate,
  timestamps: z
    .literal('true')
    .optional()
    .describe('the files hold true capture times; absent: slots at the nominal rate'),
  frames: z.int().optional().describe('slots of every camera; absent where the take had no set end and is not over'),
  wanted: z.int().optional().describe('slots that were asked for; absent where the take had no set end'),
  width: z.int(),
  height: z.int(),
  sync: z.object({
    controller: z.string(),
    group: z.string(),
    port: z.int(),
    interface: z.string().optional().describe('addresses with commas between; default is where the routes lead'),
    periodFrames: z.int(),
    readyFrames: z.int(),
    minAdjustmentUs: z.number(),
    readyTimeUs: z
      .number()
      .optional()
      .describe("when frame 0 was announced for, on the server's wall clock; where record itself listened"),
  }),
  exposure: z
    .object({
      exposureUs: z.number().optional(),
      gain: z.number().optional(),
      awbGains: z.array(z.number()).length(2).readonly().optional().describe('red, blue'),
      matched: z.boolean().describe("true where these are the server's own choice, measured before the take"),
    })
    .optional()
    .describe('fixed on all cameras'),
  cameras: z.array(camera).min(1),
  problems: z.array(z.string()).readonly().optional().describe('what went wrong, a line each, each naming its camera'),
  repaired: z.iso.datetime().optional().describe('when `framelock repair` last changed something'),
});

export type Take = z.infer<typeof takeSchema>;
export type TakeCamera = z.infer<typeof camera>;
export type TakePart = z.infer<typeof part>;

export const TAKE_FILE = 'take.json';
export const REPORT_FILE = 'report.json';

/** `take.json` as it stands in the file. */
export const formatTake = (take: Take): string => `${JSON.stringify(takeSchema.parse(take), null, 2)}\n`;

/** Writes `take.json` whole: a reader never sees half of it. @throws FailureError that names it where it can't be written. */
export const writeTake = (folder: string, take: Take): Promise<void> =>
  writeWhole(join(folder, TAKE_FILE), formatTake(take));

/** The files of a camera, also of one that has but one. */
export const partsOf = ({ files, file, framesCsv, firstIndex, frames }: TakeCamera): readonly TakePart[] =>
  files ?? [
    { file, framesCsv, ...(firstIndex !== undefined && { firstIndex }), ...(frames !== undefined && { frames }) },
  ];

/** Reads a take's description. @throws UsageError where the folder is no take. */
export async function readTake(folder: string): Promise<Take> {
  const file = join(folder, TAKE_FILE);
  const text = await readFile(file, 'utf8').catch((cause) => {
    throw new UsageError(`${folder}: no take: there is no ${TAKE_FILE} in it`, { cause });
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new UsageError(`${file}: not JSON`, { cause });
  }
  const parsed = takeSchema.safeParse(value);
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0] as { path: PropertyKey[]; message: string };
    const field = path.length === 0 ? '' : `${path.join('.')}: `;
    throw new UsageError(`${file}: ${field}${message}`);
  }
  return parsed.data;
}
