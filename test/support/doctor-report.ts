import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { DoctorReport } from '../../src/doctor/report.ts';

/** A report of a machine on which one thing is not as it should be. */
export const someReport: DoctorReport = {
  format: 'genlock doctor',
  version: 1,
  genlock: '0.1.0',
  made: '2026-01-02T03:04:05.678Z',
  good: false,
  asked: { cameras: ['rpicam:0', 'rpicam:1'], width: 1280, height: 720, framesPerSecond: 30 },
  versions: { node: '20.20.2', os: 'Linux 6.12.25', arch: 'arm64', board: 'Raspberry Pi 5 Model B Rev 1.0' },
  findings: [
    { check: 'node', verdict: 'good', value: '20.20.2' },
    { check: 'throttling', verdict: 'not applicable', value: 'no Raspberry Pi: not applicable' },
    { check: 'modes', of: 'rpicam:0', verdict: 'good', value: 'imx219: 640x480 to 206.6 fps' },
    {
      check: 'folder',
      verdict: 'fail',
      value: "takes can't be written: the file system is read-only",
      advice: 'give a folder that can be: --output FOLDER',
    },
    {
      check: 'clock',
      verdict: 'warn',
      value: 'kernel, not synchronised',
      limits: ['matters where several hosts take part'],
      advice: 'run chronyd on all hosts',
    },
  ],
};

// The form of a date stands in a pattern as well.
const validate = new Ajv2020({ strict: true, allErrors: true, formats: { 'date-time': true } }).compile(
  JSON.parse(readFileSync('docs/doctor.schema.json', 'utf8')),
);

/** What is wrong with a report by the published schema, a line each. */
export const doctorErrors = (report: unknown): string[] =>
  validate(report) ? [] : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath}: ${message}`);
