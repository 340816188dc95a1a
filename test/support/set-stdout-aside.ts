/** Sets the file behind its stdout aside by two names of it, puts it back, and says a word there. */
import { ReplacedFile } from '../../src/record/replaced-file.ts';

for (const file of ['/dev/stdout', '/dev/fd/1']) await (await ReplacedFile.setAside(file)).putBack();
process.stdout.write('still here');
