import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { replay, type VectorCase } from '../src/sync/replay.ts';

const FILE = 'test/fixtures/rpi-sync.json';
const cases: VectorCase[] = JSON.parse(readFileSync(FILE, 'utf8'));

describe('recorded runs of the stock algorithm', () => {
  it('come out the same from our server and our client, to the last microsecond', () => {
    const { events, mismatches } = replay(cases);
    expect(mismatches).toEqual([]);
    expect(events).toBe(9457);
  });

  it('that say something else are found: every decision is compared', () => {
    const broken = structuredClone(cases.slice(0, 1)) as unknown as { events: Record<string, unknown>[] }[];
    const events = broken[0]?.events ?? [];
    const server = events.findIndex((event) => event.sent);
    const client = events.findIndex((event) => event.at === 'client' && event.correctionUs !== 0);
    (events[server]?.sent as { readyTimeUs: string }).readyTimeUs += '1';
    (events[client] as { correctionUs: number }).correctionUs += 1;
    (events[3] as { ready: boolean }).ready = true;
    expect(replay(broken as unknown as VectorCase[]).mismatches).toHaveLength(3);
  });

  it('are replayed by npm run vectors, which counts events and mismatches', () => {
    const folder = mkdtempSync(join(tmpdir(), 'genlock-'));
    try {
      const out = execFileSync('npm', ['run', '--silent', 'vectors', '--', FILE], { encoding: 'utf8' });
      expect(out.trim().split('\n').at(-1)).toBe('9457 events, 0 mismatches');
      const bad = join(folder, 'bad.json');
      const wrong = structuredClone(cases.slice(0, 1)) as unknown as { events: { timerUs: number }[] }[];
      (wrong[0]?.events[5] as { timerUs: number }).timerUs += 1;
      writeFileSync(bad, JSON.stringify(wrong));
      const run = spawnSync('npm', ['run', '--silent', 'vectors', '--', bad], { encoding: 'utf8' });
      expect(run.status).toBe(1);
      expect(run.stdout.trim().split('\n').at(-1)).toBe('525 events, 1 mismatches');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
