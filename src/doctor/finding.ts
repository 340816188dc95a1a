import { z } from 'zod';

/** What is looked at, in the order shown: a name for programs, where it belongs, and a title for people. */
export const CHECKS = {
  board: ['machine', 'board'],
  processors: ['machine', 'processors'],
  temperature: ['machine', 'temperature'],
  throttling: ['machine', 'throttling'],
  cma: ['machine', 'camera memory'],
  node: ['software', 'Node.js'],
  koffi: ['software', 'koffi'],
  ffmpeg: ['software', 'FFmpeg'],
  'rpicam-vid': ['cameras', 'rpicam-vid'],
  libcamera: ['cameras', 'libcamera'],
  cameras: ['cameras', 'cameras'],
  modes: ['cameras', 'modes'],
  tuning: ['cameras', 'tuning files'],
  steering: ['cameras', 'steering'],
  network: ['network and clock', 'multicast'],
  clock: ['network and clock', 'clock'],
  folder: ['speed', 'folder'],
  disk: ['speed', 'disk'],
  encoder: ['speed', 'encoder'],
} as const satisfies Readonly<Record<string, readonly [section: string, title: string]>>;

/** A check, by its name for programs. */
export type Check = keyof typeof CHECKS;
const NAMES = Object.keys(CHECKS) as [Check, ...Check[]];

/** `fail` where a take would fail; `warn` where one may be worse than it could be. */
export const VERDICTS = ['good', 'warn', 'fail', 'not applicable'] as const;
/** What is to be thought of what was found. */
export type Verdict = (typeof VERDICTS)[number];

/** One thing that was looked at. */
export const findingSchema = z.object({
  check: z.enum(NAMES).describe('What was looked at.'),
  of: z.string().optional().describe('Of which camera, by its spec, where there is a finding for each.'),
  verdict: z
    .enum(VERDICTS)
    .describe(
      'good; warn: a take may be worse than it could be; fail: a take would fail; ' +
        'not applicable: this machine has no such thing.',
    ),
  value: z.string().describe('What was found, in one line.'),
  limits: z.array(z.string()).optional().describe('What this can not do, a line each.'),
  advice: z.string().optional().describe('What to do about it, in one line.'),
});
/** One thing that was looked at: what was found, what to think of it and what to do. */
export type Finding = z.infer<typeof findingSchema>;

/** What else there is to say of a finding. */
export type FindingDetail = Pick<Finding, 'of' | 'limits' | 'advice'>;

/** A finding; empty details are left out. */
export function finding(check: Check, verdict: Verdict, value: string, detail: FindingDetail = {}): Finding {
  const { of, limits = [], advice } = detail;
  return {
    check,
    ...(of !== undefined && { of }),
    verdict,
    value,
    ...(limits.length > 0 && { limits }),
    ...(advice !== undefined && { advice }),
  };
}

/** What is to be thought of a machine that has no such thing. */
export const notApplicable = (check: Check, why: string): Finding =>
  finding(check, 'not applicable', `${why}: not applicable`);

/** Of what did not answer in its time, s. */
export const unanswered = (check: Check, seconds: number): Finding =>
  finding(check, 'warn', `no answer within ${seconds} s`, {
    advice: 'try again when the machine has less to do; what hangs here may hang in a take',
  });
