import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DOCTOR_SCHEMA_FILE, doctorSchemaText } from '../scripts/doctor-schema.ts';
import { withoutHome } from '../src/doctor/report.ts';
import { doctorErrors, someReport } from './support/doctor-report.ts';

describe(`${DOCTOR_SCHEMA_FILE}, the schema of what doctor --json prints`, () => {
  it('is what scripts/doctor-schema.ts writes', () => {
    expect(readFileSync(DOCTOR_SCHEMA_FILE, 'utf8')).toBe(doctorSchemaText());
  });

  it('takes a report, and fields of later versions', () => {
    expect(doctorErrors(someReport)).toEqual([]);
    expect(doctorErrors({ ...someReport, later: 1 })).toEqual([]);
  });

  it('refuses one without a verdict, and one of another format', () => {
    const [{ verdict: _, ...without }] = someReport.findings as [(typeof someReport.findings)[number]];
    expect(doctorErrors({ ...someReport, findings: [without] })).not.toEqual([]);
    expect(doctorErrors({ ...someReport, format: 'genlock take' })).not.toEqual([]);
  });
});

describe('a report for others to read', () => {
  it("does not say what the user's folder is called", () => {
    const value = '/home/jane/takes: 5.0 GB free';
    const report = { ...someReport, findings: [{ check: 'folder' as const, verdict: 'good' as const, value }] };
    expect(withoutHome(report, '/home/jane').findings[0]?.value).toBe('~/takes: 5.0 GB free');
  });

  it('is left as it is where the home folder is the root', () => {
    expect(withoutHome(someReport, '/')).toEqual(someReport);
  });
});
