import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { UsageError } from '../errors.ts';
import { parseJson, readText } from '../regular-file.ts';
import { LONGEST_NOTE, TAKE_WORD } from '../take-words.ts';
import { EARLIER, MOVING } from './aside.ts';
import { type TakeCamera, type TakePart, takeCamera } from './take-camera.ts';
import { takePath } from './take-path.ts';
import { writeWhole } from './whole-file.ts';
import { writeReason } from './write-failure.ts';

export type { TakeCamera, TakePart, TakeState } from './take-camera.ts';

const rate = z
  .object({
    num: z.int().positive().max(1_000_000_000).describe('numerator, frames'),
    den: z.int().positive().max(1_000_000_000).describe('denominator, s'),
  })
  .refine(({ num, den }) => num / den <= 10_000 && den / num <= 86_400, 'is no frame rate of a camera')
  .meta({ id: 'Rate', description: 'An exact rate: num / den a second.' });

/** What recorded a take: versions. A part that is not known is left out. */
const software = z
  .object({
    node: z.string().describe('version of Node.js'),
    os: z.string().describe('the system and its release, for example `Linux 6.1.0-18-amd64`'),
    distribution: z.string().optional().describe('name and version of the distribution, as it names itself'),
    arch: z.string().describe("the processor's architecture as Node.js names it: x64, arm64, ..."),
    encoder: z.string().optional().describe('what encodes: `node-av` (FFmpeg in process), or the program `ffmpeg`'),
    nodeAv: z.string().optional().describe('version of node-av, where that encodes'),
    ffmpeg: z.string().optional().describe('version of the FFmpeg that encodes, as it names itself'),
  })
  .meta({ id: 'Software', description: 'What recorded the take, besides genlock itself.' });

/** What a description may have, in bytes and in cameras. */
const MOST_BYTES = 8 << 20;
const MOST_CAMERAS = 256;

const sync = z
  .object({
    controller: z
      .string()
      .describe(
        'how clients follow: `tracking` learns rates and plans whole lines, `stock` is the algorithm of rpicam-vid',
      ),
    align: z
      .enum(['start', 'middle', 'end'])
      .optional()
      .describe('what of two frames coincides: starts, middles or ends of the exposures of their first rows'),
    group: z.string().describe('multicast group of the sync messages: an IPv4 address'),
    port: z.int().describe('UDP port of the sync messages'),
    interface: z
      .string()
      .optional()
      .describe('where sync messages go out: addresses with commas between; `default` is where the routes lead'),
    periodFrames: z.int().describe("from one of the server's messages to the next, in frames"),
    readyFrames: z
      .int()
      .describe(
        'frames from the start of a stock server to the ready time; `genlock record` begins once all are locked',
      ),
    minAdjustmentUs: z.number().describe('phase from which on the stock controller corrects, in us'),
    readyTimeUs: z
      .number()
      .optional()
      .describe(
        "when frame 0 was announced for, on the server's wall clock, in us since 1970 (UTC); where record heard the server's messages",
      ),
  })
  .meta({ id: 'Sync', description: 'How the cameras were held together.' });

const exposure = z
  .object({
    exposureUs: z.number().optional().describe('exposure time, in us'),
    gain: z.number().optional().describe('gain, as a factor'),
    awbGains: z.array(z.number()).length(2).readonly().optional().describe('colour gains of red and blue, as factors'),
    matched: z.boolean().describe("true where these are the server's own choice, measured before the take"),
  })
  .meta({ id: 'Exposure', description: 'What is fixed on all cameras; what is left out is the choice of each.' });

/** What stood in the way of a take, for programs: what can be done about it is told from this. */
const trouble = z
  .object({
    kind: z
      .enum(['not-locked-in-time', 'other-server', 'disk-full', 'clock-set'])
      .describe(
        '`not-locked-in-time`: a camera was not locked in the time that it had; `other-server`: somebody else sends sync ' +
          'messages to the same group and port; `disk-full`: the take was ended before its disk was full; `clock-set`: a clock was set meanwhile',
      ),
    camera: z.string().optional().describe('the camera that it is about; absent where it is about all of them'),
    state: z.string().optional().describe('what that camera was doing'),
    from: z.string().optional().describe('who sent, an address with its port'),
  })
  .meta({ id: 'Trouble', description: 'What stood in the way of a take.' });

/** A name stands for one thing: two cameras with one file prove nothing, and rows in place of a video lose it. */
function eachItsOwn(cameras: readonly TakeCamera[], context: z.RefinementCtx): void {
  const owners = new Map<string, string>();
  const claim = (name: string, camera: number, field: string): void => {
    const [key, owner] = [name.toLowerCase(), `${camera}.${field}`];
    const other = owners.get(key);
    if (other === undefined) owners.set(key, owner);
    else if (other !== owner) {
      context.addIssue({
        code: 'custom',
        path: [camera, field.replace(/ .*/, '')],
        message: `${name} is named twice: also as cameras.${other}`,
      });
    }
  };
  for (const [i, camera] of cameras.entries()) {
    if (cameras.some(({ name }, other) => other < i && name === camera.name)) {
      context.addIssue({ code: 'custom', path: [i, 'name'], message: `${camera.name} is named twice` });
    }
    for (const [k, { file, framesCsv }] of partsOf(camera).entries()) {
      claim(file, i, k === 0 ? 'file' : `files ${k}`);
      claim(framesCsv, i, k === 0 ? 'framesCsv' : `files ${k} rows`);
    }
    for (const field of ['log', 'metadata', 'pts', 'original'] as const) {
      const name = camera.stock?.[field];
      if (name !== undefined) claim(name, i, `stock ${field}`);
    }
  }
}

/** `take.json`: what a take is made of and how it went. `scripts/take-schema.ts` publishes it as a JSON Schema. */
export const takeSchema = z.object({
  format: z.literal('genlock take').describe('what this file is; always the same'),
  version: z
    .literal(1)
    .describe('version of the format: fields may be added to it, but none changes its meaning or goes'),
  genlock: z.string().describe('version of the program that recorded the take'),
  software: software.optional().describe('versions of what it ran on and with'),
  commandLine: z
    .array(z.string())
    .optional()
    .describe('the command with its arguments; absent where a script recorded'),
  note: z.string().max(LONGEST_NOTE).optional().describe('what its people noted of it'),
  pid: z.int().positive().optional().describe('the `genlock record` that records it, as long as it does'),
  state: z
    .enum(['recording', 'complete', 'interrupted', 'failed'])
    .describe(
      '`recording` (also where everything was killed: `genlock repair` finishes it), `complete`, `interrupted` (stopped before its set ' +
        'end), `failed` (`problems` say why; what was recorded is there)',
    ),
  started: z.iso
    .datetime()
    .describe("when `genlock record` began, before cameras were opened, on its host's wall clock, UTC"),
  ended: z.iso.datetime().optional().describe('when all cameras had ended, on that clock, UTC'),
  frameRate: rate.describe('frames a second of all cameras, exactly'),
  timestamps: z
    .literal('true')
    .optional()
    .describe(
      'the files hold true capture times; absent: frame k of a file is at k periods of the frame rate, exactly',
    ),
  frames: z
    .int()
    .nonnegative()
    .optional()
    .describe('slots of every camera; absent where the take had no set end and is not over'),
  wanted: z.int().nonnegative().optional().describe('slots that were asked for; absent where the take had no set end'),
  width: z.int().positive().max(65_536).describe('width of the videos, in pixels'),
  height: z.int().positive().max(65_536).describe('height of the videos, in pixels'),
  preset: z.string().optional().describe('x264 preset, where one was asked for'),
  restart: z
    .literal(true)
    .optional()
    .describe('a camera whose process died was to be started again; absent where that was not asked for'),
  sync: sync.describe('how the cameras were held together'),
  exposure: exposure.optional().describe('what was fixed on all cameras, where anything was'),
  name: z
    .string()
    .max(64)
    .regex(TAKE_WORD, 'is no name of a take (letters, digits, - and _)')
    .optional()
    .describe('what its folder is called on the hosts of its cameras, where there are other hosts'),
  cameras: z
    .array(takeCamera)
    .min(1)
    .max(MOST_CAMERAS)
    .superRefine(eachItsOwn)
    .describe('the cameras; the first is the server'),
  problems: z.array(z.string()).readonly().optional().describe('what went wrong, a line each, each naming its camera'),
  troubles: z.array(trouble).readonly().optional().describe('what stood in the way, for programs, each once'),
  repaired: z.iso.datetime().optional().describe('when `genlock repair` last changed something, UTC'),
});

/** What `take.json` holds; docs/take.schema.json says what each field means. */
export type Take = z.infer<typeof takeSchema>;

/** What stood in the way of a take, as `take.json` has it. */
export type Trouble = z.infer<typeof trouble>;

export const TAKE_FILE = 'take.json';
export const REPORT_FILE = 'report.json';
/** How far each frame of each file is from the reference's, a row a frame. */
export const OFFSETS_FILE = 'offsets.csv';
/** The proof as a page for people. */
export const REPORT_PAGE_FILE = 'report.html';
/** What a proof leaves in the folder: of no use once the videos are others. */
export const PROOF_FILES: readonly string[] = [REPORT_FILE, OFFSETS_FILE, REPORT_PAGE_FILE];

/** `take.json` as it stands in the file. */
export const formatTake = (take: Take): string => `${JSON.stringify(takeSchema.parse(take), null, 2)}\n`;

/**
 * Writes `take.json` whole: a reader never sees half of it.
 * @throws FailureError that names it where it can't be written.
 */
export const writeTake = async (folder: string, take: Take): Promise<void> =>
  writeWhole(join(folder, TAKE_FILE), formatTake(take));

/** Whether a camera puts a pixel clock into its picture: where its description doesn't say so, virtual ones do. */
export const drawsPixelClock = ({ pixelClock, spec }: TakeCamera): boolean =>
  pixelClock ?? /^virtual(:|\?|$)/.test(spec);

/** The host on which the files of a camera still lie; undefined where they are here. */
export const liesOn = ({ host, gathered }: TakeCamera): string | undefined => (gathered ? undefined : host);

/** What to do about cameras whose files still lie on other hosts, a line for each. */
export const elsewhere = (folder: string, { cameras }: Pick<Take, 'cameras'>): string[] =>
  cameras.flatMap((camera) => {
    const host = liesOn(camera);
    return host === undefined ? [] : `${liesElsewhere(camera.name, host)}: genlock gather ${folder}`;
  });

/** @throws UsageError that names what lies elsewhere: without it the take can't be judged. */
export function refuseElsewhere(folder: string, take: Take): void {
  const lines = elsewhere(folder, take);
  if (lines.length > 0) throw new UsageError(lines.join('; '));
}

/** What all lines begin with that say so. */
export const liesElsewhere = (camera: string, host: string): string => `${camera} lies on ${host}`;

/** The files of a camera, also of one that has but one. */
export const partsOf = ({ files, file, framesCsv, firstIndex, frames }: TakeCamera): readonly TakePart[] =>
  files ?? [
    { file, framesCsv, ...(firstIndex !== undefined && { firstIndex }), ...(frames !== undefined && { frames }) },
  ];

/**
 * Reads a take's description, `take.json`; docs/take.schema.json says what each field means.
 * @throws UsageError where the folder is no take, or its description is not as it should be.
 */
export async function readTake(folder: string): Promise<Take> {
  const file = takePath(folder, TAKE_FILE);
  const text = await readText(file, MOST_BYTES).catch((cause) => {
    throw cause instanceof UsageError ? cause : unreadable(folder, cause);
  });
  let value: unknown;
  try {
    value = parseJson(text, file);
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    throw new UsageError(`${file}: not JSON`, { cause });
  }
  const parsed = takeSchema.safeParse(value);
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0] as { path: PropertyKey[]; message: string };
    const field = path.length === 0 ? '' : `${path.join('.').slice(0, 200)}: `;
    throw new UsageError(`${file}: ${field}${message}`);
  }
  return parsed.data;
}

/** Why there is no description to read. */
function unreadable(folder: string, cause: NodeJS.ErrnoException): UsageError {
  const isThere = (name: string): boolean => existsSync(join(folder, name));
  if (cause.code !== 'ENOENT') {
    return new UsageError(`${join(folder, TAKE_FILE)}: can't be read: ${writeReason(cause)}`, { cause });
  }
  const aside = [EARLIER, MOVING].find(isThere);
  const repair = aside === undefined ? '' : `; one is on its way in ${aside}: genlock repair brings it back`;
  return new UsageError(`${folder}: no take: there is no ${TAKE_FILE} in it${repair}`, { cause });
}
