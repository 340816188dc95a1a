/* Sets a file aside and says so, then waits to be told to exit or to be killed. Argument: file. */
import { writeFile } from 'node:fs/promises';
import { ReplacedFile } from '../../src/record/replaced-file.ts';

const [file = ''] = process.argv.slice(2);
await ReplacedFile.setAside(file);
await writeFile(file, 'half');
process.stdout.write('set aside\n');
process.stdin.once('data', () => process.exit(3));
