import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { RIG_PAGE, RIG_SCHEMA_FILE, rigPageText, rigSchemaText } from '../scripts/rig-schema.ts';
import { rigFields } from '../src/options/rig/fields.ts';
import { parseRig } from '../src/options/rig/read.ts';
import { docBlocks } from './support/doc-blocks.ts';

const isRig = new Ajv2020().compile(JSON.parse(readFileSync(RIG_SCHEMA_FILE, 'utf8')));

const taken = (rig: object): boolean => {
  try {
    parseRig('genlock.json', JSON.stringify(rig));
    return true;
  } catch {
    return false;
  }
};

const camera = { name: 'left', camera: 'rpicam:0' };

const GOOD: readonly object[] = [
  ...[{}, { $schema: './x.json' }, { cameras: 2 }, { cameras: [0, 'rpicam:1', camera] }, { seconds: 0, frames: 3 }],
  ...[{ frameRate: 29.97 }, { frameRate: '30000/1001' }, { width: 1280, height: 720 }, { size: '1080p' }],
  ...[{ awbGains: [1.6, 1.8] }, { cameras: [{ ...camera, exposureUs: 4000, gain: 2, awbGains: [1, 1] }] }],
  ...[
    { verify: false, maxRepeats: 0.5, toleranceUs: 50 },
    { output: 'shots', name: 'a-1', note: 'wind' },
  ],
  ...[
    { port: 10_001, group: '239.1.2.3', interface: 'lo' },
    { preset: 'fast', lockTimeout: 1e9 },
  ],
];
const BAD: readonly object[] = [
  ...[{ fps: 30 }, { force: true }, { cameras: 0 }, { cameras: [] }, { cameras: [camera, {}] }, { gain: 65 }],
  ...[{ cameras: [{ ...camera, shutter: 1 }] }, { cameras: [{ ...camera, exposureUs: 0 }] }, { width: 641 }],
  ...[{ frameRate: 0 }, { frameRate: 'fast' }, { frameRate: 1001 }, { size: '8k' }, { size: '720p', width: 640 }],
  ...[{ awbGains: [1] }, { awbGains: [1, 0] }, { verify: 1 }, { name: 'a b' }, { note: '' }, { port: 70_000 }],
  ...[{ preset: 'quick' }, { output: '' }, { seconds: -1 }, { lockTimeout: 0 }, { maxRepeats: 2 }, { frames: 0 }],
];

describe('the schema of rig files', () => {
  it('that is published is the present one: npx tsx scripts/rig-schema.ts', () => {
    expect(readFileSync(RIG_SCHEMA_FILE, 'utf8')).toBe(rigSchemaText());
  });

  it("is of the fields in the page's tables, and takes the page's examples", () => {
    const page = readFileSync(RIG_PAGE, 'utf8');
    expect(page).toBe(rigPageText(page));
    for (const [name] of rigFields) expect(page).toContain(`| \`${name}\` |`);
    const examples = docBlocks(RIG_PAGE, ['jsonc']);
    expect(examples.length).toBeGreaterThan(0);
    for (const { code } of examples) expect(parseRig('genlock.json', code).values.cameras).toHaveLength(2);
  });

  it.each(GOOD)('takes %j, as the reader does', (rig) => {
    expect([taken(rig), isRig(rig)]).toEqual([true, true]);
  });

  it.each(BAD)('refuses %j, as the reader does', (rig) => {
    expect([taken(rig), isRig(rig)]).toEqual([false, false]);
  });
});
