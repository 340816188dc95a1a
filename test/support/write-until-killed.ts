/* Writes frames without end and says how many; for tests that kill it. Arguments: encoder, file. */
import { chooseBackend } from '../../src/record/encoders/ways.ts';
import { testPicture } from './pictures.ts';

const [name, file] = process.argv.slice(2);
const backend = await chooseBackend(name);
const encoder = await backend.open({ file: file ?? '', width: 320, height: 240, frameRate: { num: 30, den: 1 } });
for (let slot = 0; ; slot++) {
  await encoder.write(testPicture(slot), slot);
  process.stdout.write(`${slot + 1}\n`);
}
