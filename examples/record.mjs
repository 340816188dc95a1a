// Records two virtual cameras for three seconds from a script, and says how far apart their frames are.
// Run it with: node examples/record.mjs
import { record } from 'genlock/node';

const { good, folder, report, problems } = await record({ cameras: 2, seconds: 3 });
for (const problem of problems) console.error(problem);
for (const { file, matched, compared, rmsUs, maxUs } of report?.pairs ?? []) {
  console.log(`${file}: ${matched} of ${compared} frames match, ${rmsUs} us rms, ${maxUs} us at most`);
}
console.log(`${folder}: ${report?.verdict ?? 'no verdict'}`);
process.exitCode = good ? 0 : 1;
