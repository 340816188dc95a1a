import {
  appendFileSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FetchProgress, fetchFile, fetchGrowing } from '../src/hosts/files/fetcher.ts';
import { CHUNK_BYTES, hashOf } from '../src/hosts/files/manifest.ts';
import { RigKey } from '../src/hosts/key/rig-key.ts';
import { Random } from '../src/sensor/random.ts';
import { anyBytes, FilesHost, Relay } from './support/files-host.ts';

const MIB = 1 << 20;
const NAME = 'cam2.mp4';
const NO_WAIT = [0, 0, 0, 0, 0];

let host: FilesHost;
beforeEach(() => {
  host = new FilesHost();
});
afterEach(() => host.close());

const got = (name = NAME): Buffer => readFileSync(join(host.here, name));

describe('a file that is fetched', () => {
  it('has the bytes that it has there, whatever its length, and nothing is left beside it', async () => {
    const port = await host.serve();
    const lengths = [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 70 * CHUNK_BYTES + 5];
    for (const [i, length] of lengths.entries()) {
      const name = `cam${i}.mp4`;
      const bytes = anyBytes(length, i);
      host.put(name, bytes);
      const { bytes: said } = await fetchFile({ remote: host.ask(port), folder: host.here, name });
      expect([said, hashOf(got(name))]).toEqual([length, hashOf(bytes)]);
    }
    expect(readdirSync(host.here)).toHaveLength(lengths.length);
  });

  it('is fetched once where the way is cut at ten random moments, the server being another one every third time', async () => {
    const bytes = anyBytes(24 * MIB);
    host.put(NAME, bytes);
    let port = await host.serve();
    const relay = new Relay(() => port);
    const random = new Random(17);
    let [cuts, next] = [0, random.between(0, 2 * MIB)];
    relay.onPiece = () => {
      if (cuts >= 10 || relay.carried < next) return;
      cuts++;
      next = relay.carried + random.between(0.2 * MIB, 2.5 * MIB);
      relay.cut();
      if (cuts % 3 === 0) void host.stop().then(async () => (port = await host.serve()));
    };
    const relayed = await relay.listen();
    let fetched = 0;
    await fetchFile({
      remote: host.ask(relayed),
      folder: host.here,
      name: NAME,
      waitsMs: [10, 50, 100, 500, 1000, 1000],
      onProgress: (progress) => (fetched += progress.fetched),
    });
    relay.close();
    expect(cuts).toBe(10);
    expect(fetched).toBe(bytes.length);
    // What was on its way when it was cut, and what HTTP and TLS need.
    expect(relay.carried).toBeLessThan(bytes.length * 1.02 + cuts * MIB);
    expect(hashOf(got())).toBe(hashOf(bytes));
  });

  it('may grow meanwhile; what is changed in it at its end is fetched anew, and nothing else', async () => {
    const port = await host.serve();
    const remote = host.ask(port);
    const bytes = anyBytes(10 * CHUNK_BYTES + 100);
    let fetched = 0;
    const options = {
      remote,
      folder: host.here,
      name: NAME,
      onProgress: (progress: FetchProgress) => (fetched += progress.fetched),
    };
    host.put(NAME, bytes.subarray(0, 3 * CHUNK_BYTES + 7));
    await fetchGrowing(options);
    expect(fetched).toBe(3 * CHUNK_BYTES);
    appendFileSync(join(host.there, NAME), bytes.subarray(3 * CHUNK_BYTES + 7, 8 * CHUNK_BYTES));
    await fetchGrowing(options);
    expect(fetched).toBe(8 * CHUNK_BYTES);
    expect(existsSync(join(host.here, NAME))).toBe(false);
    appendFileSync(join(host.there, NAME), bytes.subarray(8 * CHUNK_BYTES));
    writeSync(openSync(join(host.there, NAME), 'r+'), 'eight!!!', 40);
    await fetchFile(options);
    expect(fetched).toBe(bytes.length + CHUNK_BYTES);
    expect(hashOf(got())).toBe(hashOf(readFileSync(join(host.there, NAME))));
  });

  it('is fetched anew where the disk lost what the journal says, and only there', async () => {
    const port = await host.serve();
    const bytes = anyBytes(6 * CHUNK_BYTES);
    host.put(NAME, bytes);
    const options = { remote: host.ask(port), folder: host.here, name: NAME };
    await fetchGrowing(options);
    // As after a power cut: a chunk of zeros, and a line of the journal that was cut.
    writeSync(
      openSync(join(host.here, `${NAME}.gather`), 'r+'),
      Buffer.alloc(CHUNK_BYTES),
      0,
      CHUNK_BYTES,
      CHUNK_BYTES,
    );
    appendFileSync(join(host.here, `${NAME}.gather-journal`), '4 0123');
    let fetched = 0;
    await fetchFile({ ...options, onProgress: (progress) => (fetched += progress.fetched) });
    expect(fetched).toBe(CHUNK_BYTES);
    expect(hashOf(got())).toBe(hashOf(bytes));
  });

  it('counts where it is here already, and is refused where another of its name is', async () => {
    const port = await host.serve();
    host.put(NAME, anyBytes(CHUNK_BYTES + 9));
    writeFileSync(join(host.here, NAME), anyBytes(CHUNK_BYTES + 9));
    let fetched = 0;
    const options = { remote: host.ask(port), folder: host.here, name: NAME };
    await fetchFile({ ...options, onProgress: (progress) => (fetched += progress.fetched) });
    expect(fetched).toBe(0);
    writeFileSync(join(host.here, NAME), anyBytes(CHUNK_BYTES + 9, 2));
    await expect(fetchFile(options)).rejects.toThrow(`${NAME}: is here already, and is not what pi2 has`);
    expect(hashOf(got())).toBe(hashOf(anyBytes(CHUNK_BYTES + 9, 2)));
  });

  it('is not written through a link in its place', async () => {
    const port = await host.serve();
    host.put(NAME, anyBytes(100));
    const victim = join(host.root, 'victim');
    writeFileSync(victim, 'untouched');
    symlinkSync(victim, join(host.here, `${NAME}.gather`));
    await expect(fetchFile({ remote: host.ask(port), folder: host.here, name: NAME })).rejects.toThrow(
      `${NAME}.gather: can't be written: symbolic links`,
    );
    expect(readFileSync(victim, 'utf8')).toBe('untouched');
  });

  it('is not given to another key, and the line says so', async () => {
    const port = await host.serve();
    host.put(NAME, anyBytes(100));
    const other = host.ask(port, new RigKey(Buffer.alloc(32, 8), 1));
    await expect(fetchFile({ remote: other, folder: host.here, name: NAME, waitsMs: NO_WAIT })).rejects.toThrow(
      'pi2: has another key than this host',
    );
    const rotated = host.ask(port, new RigKey(Buffer.alloc(32, 7), 2));
    await expect(rotated.list()).rejects.toThrow('pi2: has another key than this host');
  });

  it('keeps what is here where its host stays away, and the line names host and file', async () => {
    const port = await host.serve();
    host.put(NAME, anyBytes(3 * CHUNK_BYTES));
    const options = { remote: host.ask(port), folder: host.here, name: NAME, waitsMs: NO_WAIT };
    await fetchGrowing(options);
    await host.stop();
    await expect(fetchFile(options)).rejects.toThrow(`pi2: ${NAME}: can't be fetched: ECONNREFUSED`);
    expect(readdirSync(host.here)).toContain(`${NAME}.gather-journal`);
  });

  it('ends where it is told to', async () => {
    const port = await host.serve();
    host.put(NAME, anyBytes(8 * MIB));
    const end = new AbortController();
    const fetching = fetchFile({
      remote: host.ask(port),
      folder: host.here,
      name: NAME,
      signal: end.signal,
      onProgress: () => end.abort(new Error('told to')),
    });
    await expect(fetching).rejects.toThrow('told to');
    expect(existsSync(join(host.here, NAME))).toBe(false);
  });
});
