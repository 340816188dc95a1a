import { z } from 'zod';
import { type Finding, findingSchema } from './finding.ts';

const text = (about: string) => z.string().optional().describe(about);

/**
 * What `genlock doctor --json` prints, for a bug report. It holds no secrets: not what this host and its user are
 * called, nor its addresses.
 */
export const doctorSchema = z.object({
  format: z.literal('genlock doctor').describe('What this is.'),
  version: z.literal(1).describe('Version of this format.'),
  genlock: z.string().describe('Version of genlock.'),
  made: z.iso.datetime().describe('When it was made, UTC.'),
  good: z.boolean().describe('True where a take as it was asked for would not fail for what was looked at.'),
  asked: z
    .object({
      cameras: z.array(z.string()).describe('Specs of the cameras; empty where there are none.'),
      width: z.int().describe('Width of the videos, in pixels.'),
      height: z.int().describe('Height of the videos, in pixels.'),
      framesPerSecond: z.number().describe('Frames a second of each camera.'),
    })
    .describe('The take that was looked at this for.'),
  versions: z
    .object({
      node: z.string().describe('Of Node.js.'),
      os: z.string().describe('Kernel: `Linux 6.12.25`.'),
      distribution: text('What the system calls itself.'),
      arch: z.string().describe('Of the processor, as Node names it: `arm64`.'),
      board: text('What the device tree calls the board.'),
      koffi: text('Of koffi, where it loads.'),
      nodeAv: text('Of node-av, where it loads, with that of its FFmpeg.'),
      ffmpeg: text("Of the system's ffmpeg."),
      rpicamApps: text('Of rpicam-apps.'),
      libcamera: text('Of libcamera.'),
    })
    .describe('What there is. What is not there, or not known, is left out.'),
  findings: z.array(findingSchema).describe('What was found, in the order in which it is shown.'),
});

/** What `genlock doctor` found. */
export type DoctorReport = z.infer<typeof doctorSchema>;

/** Whether a take would not fail. */
export const isGood = (findings: readonly Finding[]): boolean => findings.every(({ verdict }) => verdict !== 'fail');

/** The report with the user's home folder as `~` in all its texts: its name says whose it is. */
export function withoutHome(report: DoctorReport, home: string): DoctorReport {
  if (home.length < 2) return report;
  const hidden = JSON.stringify(report).replaceAll(JSON.stringify(home).slice(1, -1), '~');
  return doctorSchema.parse(JSON.parse(hidden));
}
