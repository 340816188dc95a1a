import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { readTimeService } from '../src/host/ask-time-service.ts';
import { parseChrony, parseSourceName } from '../src/host/chrony.ts';
import { describeHostClock, hostClockAdvice } from '../src/host/clock-advice.ts';
import type { RunText } from '../src/host/system-text.ts';
import type { TimeService } from '../src/host/time-service.ts';
import { parseTimesyncd, timeSpanUs } from '../src/host/timesyncd.ts';

/**
 * Printed by chronyc 4.3: a client on a wire to its server, one told that its server is 310 us off, a server, one that
 * hears nobody.
 */
const CLIENT = `0A090001,10.9.0.1,9,1795392487.720273588,0.000000828,0.000000083,0.000004310,-0.023,0.002,0.507,0.000002587,0.000003060,1.0,Normal
^,*,10.9.0.1,8,0,377,2,0.000000032,0.000000097,0.000001328
10.9.0.1,9,5,5,0.002,0.466,0.000000001,0.000000419
`;
const CLIENT_NAMED =
  '0A090001,raspberrypi.local,9,1795392487.720273588,0.000000828,0.000000083,0.000004310,-0.023,0.002,0.507,0.000002587,0.000003064,1.0,Normal\n';
const SLEWING = `0A090001,10.9.0.1,9,1795392448.123333362,0.000310851,0.000000142,0.000000142,-0.008,0.002,0.177,0.000002848,0.000002753,1.0,Normal
^,*,10.9.0.1,8,0,377,2,0.000000094,0.000000208,0.000001459
10.9.0.1,10,5,6,0.002,0.158,0.000000001,0.000000180
`;
const SERVER =
  '7F7F0101,,8,1795392440.587287026,0.000000000,0.000000000,0.000000000,0.000,0.000,0.000,0.000000000,0.000000000,0.0,Normal\n';
const DEAF = `00000000,,0,0.000000000,0.000000000,0.000000000,0.000000000,0.000,0.000,0.000,1.000000000,1.000000000,0.0,Not synchronised
^,?,10.9.0.77,0,6,0,4294967295,0.000000000,0.000000000,0.000000000
10.9.0.77,0,0,0,0.000,2000.000,0.000000000,4.000000000
`;

/** Printed by timedatectl 252 with LC_ALL=C TZ=UTC. */
const TIMESYNC_STATUS = `       Server: 10.9.0.1 (raspberrypi.local)
Poll interval: 1min 4s (min: 32s; max 34min 8s)
         Leap: normal
      Version: 4
      Stratum: 8
    Reference: 7F7F0101
    Precision: 1us (-26)
Root distance: 0 (max: 5s)
       Offset: +89us
        Delay: 199us
       Jitter: 0
 Packet count: 1
    Frequency: +0.000ppm
`;
const TIMESYNC_UNHEARD = `       Server: 10.9.0.1 (raspberrypi.local)
Poll interval: 32s (min: 32s; max 34min 8s)
 Packet count: 0
`;
const TIMESYNC_MESSAGE =
  'NTPMessage={ Leap=0, Version=4, Mode=4, Stratum=8, Precision=-26, RootDelay=0, RootDispersion=0, Reference=7F7F0101, OriginateTimestamp=Mon 2026-11-23 00:08:41 UTC, ReceiveTimestamp=Mon 2026-11-23 00:08:41 UTC, TransmitTimestamp=Mon 2026-11-23 00:08:41 UTC, DestinationTimestamp=Mon 2026-11-23 00:08:41 UTC, Ignored=no, PacketCount=1, Jitter=0 }\n';
const ARRIVED_S = Date.UTC(2026, 10, 23, 0, 8, 41) / 1000;

describe('chrony', () => {
  it('gives offset, scatter, bound and age of the source that is followed', () => {
    expect(parseChrony(CLIENT, 1795392490)).toEqual({
      service: 'chrony',
      synchronised: true,
      source: '10.9.0.1',
      address: '10.9.0.1',
      offsetUs: -0.828,
      jitterUs: 0.419,
      boundUs: expect.closeTo(0.828 + 3.06 + 2.587 / 2, 2),
      ageS: 2,
    });
  });

  it('that is slow of NTP time is behind, so its offset is negative', () => {
    expect(parseChrony(SLEWING, 0)).toMatchObject({ offsetUs: -310.851, boundUs: 315.028 });
  });

  it('without the lines of its source still says where the clock is, and how old that is', () => {
    const [tracking = ''] = CLIENT.split('\n');
    const info = parseChrony(tracking, 1795392497.7);
    expect(info).toMatchObject({ source: '10.9.0.1', offsetUs: -0.828, ageS: 10 });
    expect(info).not.toHaveProperty('jitterUs');
    expect(info).not.toHaveProperty('address');
  });

  it('that serves its own clock is a reference, not a clock with an error of 0', () => {
    expect(parseChrony(SERVER, 0)).toEqual({ service: 'chrony', synchronised: true, ownReference: true });
  });

  it('that hears nobody is not synchronised', () => {
    expect(parseChrony(DEAF, 0)).toEqual({ service: 'chrony', synchronised: false });
  });

  it('that does not run, or prints something else, says nothing', () => {
    for (const text of ['506 Cannot talk to daemon\n', '', CLIENT.replaceAll(',', ';'), 'x,'.repeat(13)]) {
      expect(parseChrony(text, 0)).toBeUndefined();
    }
  });

  it('calls the source as chrony.conf does', () => {
    expect(parseSourceName(CLIENT_NAMED)).toBe('raspberrypi.local');
    expect(parseSourceName(SERVER)).toBeUndefined();
  });
});

describe('systemd-timesyncd', () => {
  it('gives the last measurement, and a bound that grows with its age', () => {
    expect(parseTimesyncd(TIMESYNC_STATUS, TIMESYNC_MESSAGE, ARRIVED_S + 60)).toEqual({
      service: 'systemd-timesyncd',
      synchronised: true,
      source: 'raspberrypi.local',
      address: '10.9.0.1',
      offsetUs: -89,
      boundUs: 89 + 199 / 2 + 15 * 60,
      ageS: 60,
    });
  });

  it('without the time of the measurement knows no bound', () => {
    const info = parseTimesyncd(TIMESYNC_STATUS.replace('+89us', '-1.207ms'), '', ARRIVED_S);
    expect(info).toMatchObject({ offsetUs: 1207 });
    expect(info).not.toHaveProperty('boundUs');
    expect(info).not.toHaveProperty('ageS');
  });

  it('that has had no answer is not synchronised', () => {
    expect(parseTimesyncd(TIMESYNC_UNHEARD, '', 0)).toEqual({ service: 'systemd-timesyncd', synchronised: false });
    const leap = TIMESYNC_STATUS.replace('Leap: normal', 'Leap: not synchronized');
    expect(parseTimesyncd(leap, TIMESYNC_MESSAGE, 0)).toMatchObject({ synchronised: false });
  });

  it('that does not run says nothing', () => {
    expect(parseTimesyncd('Failed to connect to bus: Host is down\n', '', 0)).toBeUndefined();
  });

  it.each([
    ['0', 0],
    ['89us', 89],
    ['1.207ms', 1207],
    ['1min 4s', 64e6],
    ['34min 8.5s', 2048.5e6],
    ['', undefined],
    ['n/a', undefined],
    ['3 fortnights', undefined],
  ])('prints the time span %j', (text, us) => {
    expect(timeSpanUs(text)).toBe(us);
  });
});

describe('the time service', () => {
  const answers =
    (texts: Record<string, string>): RunText =>
    async (command, args) => {
      const out = texts[[...args, command].find((word) => word in texts) ?? ''];
      return out === undefined ? { code: -1, out: '' } : { code: 0, out };
    };
  const kernel = () => ({ synchronised: true, offsetUs: undefined, boundUs: 700 });

  it('is chrony where it holds the clock, with the name of its source', async () => {
    const run = answers({ '-N': CLIENT_NAMED, chronyc: CLIENT, 'timesync-status': TIMESYNC_STATUS });
    expect(await readTimeService(run)).toMatchObject({
      service: 'chrony',
      source: 'raspberrypi.local',
      address: '10.9.0.1',
    });
  });

  it('is the next one where the first has lost its source', async () => {
    const run = answers({ chronyc: DEAF, 'timesync-status': TIMESYNC_STATUS, 'show-timesync': TIMESYNC_MESSAGE });
    expect(await readTimeService(run, () => undefined)).toMatchObject({ service: 'systemd-timesyncd' });
    expect(await readTimeService(answers({ chronyc: DEAF }), () => undefined)).toEqual(parseChrony(DEAF, 0));
  });

  it('is the kernel where no service answers, and unknown where that does not either', async () => {
    expect(await readTimeService(answers({}), kernel)).toEqual({ service: 'kernel', synchronised: true, boundUs: 700 });
    expect(await readTimeService(answers({}), () => undefined)).toBeUndefined();
  });

  it('of this host can be asked, whatever keeps its clock', async () => {
    expect(describeHostClock(await readTimeService())).toMatch(/^clock: /);
  });

  it('is asked in the C locale and in UTC, through the programs on the PATH', async (context) => {
    if (process.platform === 'win32') return context.skip('needs a shell script as a program');
    const folder = await mkdtemp(join(tmpdir(), 'genlock-chronyc-'));
    const script =
      '#!/bin/sh\ncase "$LC_ALL $TZ $*" in\n"C UTC -n -N "*) echo "$NAMED";;\n"C UTC "*) echo "$REPORTS";;\n*) exit 1;;\nesac\n';
    await writeFile(join(folder, 'chronyc'), script, { mode: 0o755 });
    vi.stubEnv('PATH', `${folder}:${process.env.PATH}`);
    vi.stubEnv('LC_ALL', 'de_DE.UTF-8');
    vi.stubEnv('REPORTS', CLIENT);
    vi.stubEnv('NAMED', CLIENT_NAMED);
    try {
      expect(await readTimeService()).toMatchObject({
        service: 'chrony',
        source: 'raspberrypi.local',
        jitterUs: 0.419,
      });
    } finally {
      vi.unstubAllEnvs();
      await rm(folder, { recursive: true });
    }
  });
});

describe('the advice', () => {
  const near: TimeService = {
    service: 'chrony',
    synchronised: true,
    source: 'raspberrypi.local',
    address: '192.168.1.10',
    offsetUs: -12,
    jitterUs: 9,
    boundUs: 45,
    ageS: 2,
  };

  it('is silent for a host that follows another of its network closely, whatever lies beyond that', () => {
    expect(hostClockAdvice(near)).toBeUndefined();
    expect(hostClockAdvice({ ...near, source: 'pi0.fritz.box', boundUs: 8000 })).toBeUndefined();
    expect(hostClockAdvice({ service: 'chrony', synchronised: true, ownReference: true })).toBeUndefined();
  });

  it('says how far the clock may be off and what to do, in one line', () => {
    const advice = hostClockAdvice({ ...near, jitterUs: 60 });
    expect(advice).toMatch(/^this host's clock may be 192 us from raspberrypi\.local/);
    expect(advice).toMatch(/local stratum 8.*allow.*iburst minpoll 0 maxpoll 2 xleave.*PTP.*docs\/raspberry-pi\.md/);
    expect(advice).not.toContain('\n');
  });

  it('takes the bound for a source far away: its path may be slower one way', () => {
    const far = { ...near, source: '0.debian.pool.ntp.org', address: '193.0.2.7', boundUs: 8123 };
    expect(hostClockAdvice(far)).toContain('may be 8.1 ms from 0.debian.pool.ntp.org');
  });

  it('names a clock that nothing keeps, or of which nothing is known', () => {
    expect(hostClockAdvice({ service: 'chrony', synchronised: false })).toContain('is not synchronised');
    expect(hostClockAdvice(undefined)).toContain('nothing says whether');
    expect(hostClockAdvice({ service: 'kernel', synchronised: true })).toBeUndefined();
  });

  it('goes with a line that shows what is known', () => {
    expect(describeHostClock(near)).toBe('clock: chrony, 12 us from raspberrypi.local, bound 45 us');
    expect(describeHostClock({ service: 'kernel', synchronised: true })).toBe(
      'clock: kernel, offset not known, no bound known',
    );
    expect(describeHostClock({ service: 'chrony', synchronised: false })).toBe('clock: chrony, not synchronised');
  });
});
