/* Fetches a file and says where each chunk that came ends; for tests that kill it. Arguments: port, name, folder. */
import { writeSync } from 'node:fs';
import { fetchFile } from '../../src/hosts/files/fetcher.ts';
import { RemoteFiles } from '../../src/hosts/files/remote-files.ts';
import { clientTls } from '../../src/hosts/key/tls.ts';
import { HERE, KEY, TAKE } from './files-host.ts';

const [port, name = '', folder = ''] = process.argv.slice(2);
const tls = clientTls('studio', KEY, 'files');
const remote = new RemoteFiles({ host: 'pi2', address: HERE, port: Number(port) }, TAKE, tls);
await fetchFile({
  remote,
  name,
  folder,
  // At once: what was fetched is said even where the process is killed behind it.
  onProgress: ({ here, fetched }) => fetched > 0 && writeSync(1, `${here}\n`),
});
remote.close();
