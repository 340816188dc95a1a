import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Finding } from '../../src/doctor/finding.ts';
import type { DoctorReport } from '../../src/doctor/report.ts';
import { doctorErrors } from '../support/doctor-report.ts';
import { CLI, genlock, inFolder, type Outcome, SMALL, start } from '../support/genlock.ts';
import { Installation, namespaceCommand, whyNoNamespaces } from '../support/isolation.ts';
import { mountSmallDisk, noSmallDisk } from '../support/small-disk.ts';
import { standIn } from '../support/stand-in.ts';

const VIRTUAL = ['--camera', 'virtual:imx219', 'virtual:imx708', ...SMALL];

/** What `--json` printed, held to the published schema. */
function reportOf({ stdout, stderr }: Outcome): DoctorReport {
  expect(stderr).toBe('');
  const report: unknown = JSON.parse(stdout);
  expect(doctorErrors(report)).toEqual([]);
  return report as DoctorReport;
}

const found = ({ findings }: DoctorReport, check: Finding['check']): Finding | undefined =>
  findings.find((each) => each.check === check);

/** What lets a take fail, and what to do. */
const failures = ({ findings }: DoctorReport): string[] =>
  findings.flatMap(({ check, verdict, value, advice }) =>
    verdict === 'fail' ? [`${check}: ${value} > ${advice}`] : [],
  );

describe('genlock doctor', () => {
  it('says of this machine what it is, with virtual cameras: exit code 0, nothing left in the folder', () =>
    inFolder(async (folder) => {
      const ended = await genlock(['doctor', ...VIRTUAL, '--steering', '--json', '-o', folder]);
      const report = reportOf(ended);
      expect(failures(report)).toEqual([]);
      expect({ code: ended.code, good: report.good }).toEqual({ code: 0, good: true });
      expect(report.asked).toEqual({
        cameras: ['virtual:imx219', 'virtual:imx708'],
        ...{ width: 160, height: 120, framesPerSecond: 30 },
      });
      expect(report.versions.node).toBe(process.versions.node);
      expect(found(report, 'steering')?.value).toBe('no rpicam-vid: not applicable');
      expect(found(report, 'network')?.value).toBe('a message to 239.255.255.250 comes back by lo');
      expect(found(report, 'disk')?.value).toMatch(/^writes [\d.]+ MB\/s/);
      expect(found(report, 'encoder')?.value).toMatch(/does \d+ frames\/s of 160x120; 2 cameras at 30 fps make 60$/);
      expect(readdirSync(folder)).toEqual([]);
    }));

  it('says it to people as well, without colours where there is no terminal', async () => {
    const { code, stdout, stderr } = await genlock(['doctor', ...VIRTUAL]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^genlock [\d.]+, for a take of 2 cameras, 160x120 at 30 fps$/m);
    expect(stdout).toMatch(/^ {2}good {2}multicast/m);
    expect(stdout).toMatch(/^A take like this works here/m);
    expect(stdout).not.toContain(String.fromCharCode(27));
  });

  // This one and the next two mostly wait: beside each other.
  it.concurrent('with --steering says how well each stock camera is held, and of one that dies that a take would fail', () =>
    inFolder(async (folder) => {
      const { env } = standIn(folder, { 0: 'models=imx219', 1: 'models=imx708,crash=1s' });
      const cameras = ['--camera', 'rpicam:0', 'rpicam:1', ...SMALL];
      const ended = await genlock(['doctor', '--steering', '--json', ...cameras, '-o', folder], env);
      const report = reportOf(ended);
      const [held, dead] = report.findings.filter(({ check }) => check === 'steering');
      expect(held).toMatchObject({
        of: 'rpicam:0',
        value: expect.stringMatching(/^imx219: held within [\d.]+ us rms/),
      });
      expect(held?.limits?.[0]).toMatch(/^heard by its log .* a line is 18\.90\d+ us, lengths are floored to lines/);
      expect(dead).toMatchObject({ of: 'rpicam:1', verdict: 'fail', value: expect.stringMatching(/^rpicam-vid /) });
      expect(dead?.advice).toContain('docs/raspberry-pi.md');
      expect({ code: ended.code, good: report.good }).toEqual({ code: 1, good: false });
      expect(readdirSync(folder).sort()).toEqual(['bin', 'ipa']);
    }));

  it.concurrent('lets no program hold it up that does not answer', () =>
    inFolder(async (folder) => {
      const { program, env } = standIn(folder);
      writeFileSync(program, '#!/bin/sh\nexec sleep 60\n');
      const ended = await genlock(['doctor', ...SMALL, '--json', '-o', folder], env);
      expect(ended.code).toBe(1);
      expect(failures(reportOf(ended))).toContainEqual(expect.stringMatching(/^cameras: .*no answer within 5 s/));
    }));

  it.concurrent('is ended by SIGTERM at once, and leaves nothing in the folder', () =>
    inFolder(async (folder) => {
      const { program, env } = standIn(folder);
      writeFileSync(program, '#!/bin/sh\necho asked >&2\nexec sleep 4\n');
      const output = join(folder, 'takes');
      mkdirSync(output);
      const run = start(['doctor', ...SMALL, '-o', output], env);
      setTimeout(() => run.child.kill('SIGTERM'), 1500);
      expect(await run.ended).toMatchObject({ signal: 'SIGTERM', stdout: '' });
      expect(readdirSync(output)).toEqual([]);
    }));

  it('looks at stock cameras, their modes and versions', () =>
    inFolder(async (folder) => {
      const { program, env } = standIn(folder);
      const ended = await genlock(['doctor', '--cameras', '2', ...SMALL, '--json', '-o', folder], env);
      const report = reportOf(ended);
      expect(report.asked.cameras).toEqual(['rpicam:0', 'rpicam:1']);
      expect(report.versions).toMatchObject({ rpicamApps: '1.12.0', libcamera: '0.7.1' });
      expect(found(report, 'rpicam-vid')).toMatchObject({ verdict: 'good', value: `1.12.0 (${program})` });
      expect(found(report, 'tuning')).toMatchObject({ verdict: 'good' });
      expect(report.findings.filter(({ check }) => check === 'modes').map(({ of }) => of)).toEqual([
        'rpicam:0',
        'rpicam:1',
      ]);
    }));

  it('says of a frame rate that no mode has which one would do', () =>
    inFolder(async (folder) => {
      const { env } = standIn(folder);
      const args = ['doctor', '--cameras', '1', '--width', '1640', '--height', '1232', '--framerate', '60', '--json'];
      const ended = await genlock([...args, '-o', folder], env);
      expect(ended.code).toBe(1);
      expect(failures(reportOf(ended))).toContainEqual(expect.stringMatching(/^modes: imx219.*at most --framerate \d/));
    }));
});

describe('where a take would fail', () => {
  it('a read-only folder is said, and what to do', (context) => {
    const why = noSmallDisk();
    if (why !== undefined) context.skip(why);
    const disk = mountSmallDisk(64 << 20);
    return (async () => {
      execFileSync('mount', ['-o', 'remount,ro', disk.folder], { stdio: 'pipe' });
      const ended = await genlock(['doctor', ...VIRTUAL, '--json', '-o', join(disk.folder, 'new', 'takes')]);
      expect(ended.code).toBe(1);
      expect(failures(reportOf(ended))).toEqual([expect.stringMatching(/^folder: .*read-only > .*--output FOLDER$/)]);
    })().finally(() => disk.unmount());
  });

  it('a full disk is said, and what to do', (context) => {
    const why = noSmallDisk();
    if (why !== undefined) context.skip(why);
    const disk = mountSmallDisk(1 << 20);
    return (async () => {
      const ended = await genlock(['doctor', ...VIRTUAL, '--json', '-o', disk.folder]);
      expect(ended.code).toBe(1);
      expect(failures(reportOf(ended))).toEqual([
        expect.stringMatching(/^folder: .*too little for a take > delete takes/),
      ]);
    })().finally(() => disk.unmount());
  });

  describe('without node-av and without ffmpeg', () => {
    let program: Installation;
    beforeAll(() => {
      program = new Installation('node-av', '@seydx');
    });
    afterAll(() => program.remove());

    it('a line says how to get either', () =>
      inFolder(async (folder) => {
        const ended = await program.run(['doctor', ...VIRTUAL, '--json', '-o', folder], { PATH: folder });
        expect(ended.code).toBe(1);
        expect(failures(reportOf(ended))).toEqual([
          expect.stringMatching(/^ffmpeg: none.*npm install node-av.*install it \(Debian: apt install ffmpeg/),
        ]);
      }));
  });

  describe('on a host without a route', () => {
    const host = `genlock-${process.pid}-doctor`;
    const inside = namespaceCommand(host, [process.execPath, resolve(CLI)]);
    const unset = { GENLOCK_INTERFACE: undefined };
    let missing: string | undefined;
    beforeAll(() => {
      missing = whyNoNamespaces(host);
    });
    afterAll(() => {
      if (missing === undefined) execFileSync('ip', ['netns', 'del', host]);
    });

    it('whose loopback is down virtual cameras can not be recorded; then it is up', async (context) => {
      if (missing !== undefined) context.skip(missing);
      const ended = await start(['doctor', ...VIRTUAL, '--json'], unset, inside).ended;
      expect(ended.code).toBe(1);
      expect(failures(reportOf(ended))).toEqual([expect.stringMatching(/^network: .*> .*sudo ip link set lo up$/)]);
      execFileSync('ip', ['-n', host, 'link', 'set', 'lo', 'up']);
      const after = await start(['doctor', ...VIRTUAL, '--json'], unset, inside).ended;
      expect(after.code).toBe(0);
      expect(found(reportOf(after), 'network')).toMatchObject({
        verdict: 'warn',
        limits: [expect.stringContaining('only virtual cameras')],
      });
    });

    it('stock cameras hear nothing: a line says which route they need', (context) => {
      if (missing !== undefined) context.skip(missing);
      return inFolder(async (folder) => {
        const { env } = standIn(folder);
        const args = ['doctor', '--cameras', '2', ...SMALL, '--json', '-o', folder];
        const ended = await start(args, { ...env, ...unset }, inside).ended;
        expect(ended.code).toBe(1);
        expect(failures(reportOf(ended))).toEqual([
          expect.stringMatching(/^network: no route for multicast.*> .*sudo ip route add 239\.0\.0\.0\/8 dev lo/),
        ]);
      });
    });
  });
});
